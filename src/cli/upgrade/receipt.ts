import { join } from "node:path";
import { z } from "zod";
import { dataFolder } from "../../client/paths.ts";
import { Version } from "../../client/releases/releases.ts";
import { readSmall } from "../../system/small-file.ts";

/** What install.sh and install.ps1 have written down: where from, and what lies where. docs/install.md shows it. */
export const Receipt = z.object({
  /** the releases, such as https://github.com/OWNER/REPO/releases */
  from: z.url(),
  target: z.string(),
  version: Version,
  /** of the program */
  path: z.string(),
  /** what was put beside it: completions and a man page */
  files: z.array(z.string()).max(20),
});
export type Receipt = z.output<typeof Receipt>;

export function receiptFile(): string {
  return join(dataFolder(), "installed.json");
}

/** Null: no script has installed a cord here, or what it wrote is no longer whole. */
export function readReceipt(): Receipt | null {
  try {
    // PowerShell 5.1 may put a mark before the text
    const text = readSmall(receiptFile(), 65_536)?.replace(/^\ufeff/, "") ?? "";
    return Receipt.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** One string a line, as install.sh reads it. */
export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}
