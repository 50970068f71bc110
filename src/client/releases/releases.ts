import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import type { Target } from "../../core/targets.ts";
import { load, type Bounds } from "./load.ts";

/** What is small is there soon, or this machine is off line. */
const small: Bounds = { maxBytes: 8_388_608, withinMs: 20_000 };

/** A tenth of a megabit a second is enough. */
const archives: Bounds = { maxBytes: 536_870_912, withinMs: 1_800_000 };

/** A version as package.json has it, by https://semver.org. */
export const Version = z
  .string()
  .max(100)
  .regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/);

/** Of CycloneDX, what a release consists of: https://cyclonedx.org/docs/1.6/json */
const Contents = z.object({ metadata: z.object({ component: z.object({ version: Version }) }) });

/** The version of the newest release at a base such as https://github.com/OWNER/REPO/releases. Throws `unavailable`. */
export async function newestVersion(base: string): Promise<string> {
  const url = `${base}/latest/download/cord.cdx.json`;
  const text = new TextDecoder().decode(await load(url, small));
  const contents = Contents.safeParse(jsonOrNull(text));
  if (contents.success) return contents.data.metadata.component.version;
  throw new CordError(
    "unavailable",
    `${plain(url)} is not what a release of cord consists of, so it does not say which is the newest. Name one with --version, or look at ${plain(base)}.`,
  );
}

/** A release's archive, which is what its sums promise. Throws `unavailable`, and `failed` for another. */
export async function archiveOf(
  base: string,
  version: string,
  target: Target,
  onBytes: NonNullable<Bounds["onBytes"]>,
): Promise<Uint8Array> {
  const from = `${base}/download/v${version}`;
  const sum = sumIn(new TextDecoder().decode(await load(`${from}/SHA256SUMS`, small)), target.archive);
  if (sum === null)
    throw new CordError(
      "failed",
      `${plain(from)}/SHA256SUMS has no sum of ${target.archive}, so it cannot be checked. Nothing was changed; try again later, or take another version with --version.`,
    );
  const archive = await load(`${from}/${target.archive}`, { ...archives, onBytes });
  const is = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
  if (is === sum) return archive;
  throw new CordError(
    "failed",
    `What came as ${target.archive} is not what was released: its sha256 is ${is}, and ${sum} was promised. Nothing was changed; try again, and if it stays so, tell the project.`,
  );
}

/** Of the one line that names the file, as sha256sum writes it; null where there is not just one. */
function sumIn(text: string, name: string): string | null {
  const found = text.split("\n").flatMap((line) => {
    const [, sum = "", file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return file === name ? [sum] : [];
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
