import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { shellWord } from "../../core/shell-word.ts";
import { isCompiled, ownProgram } from "../../system/self.ts";
import { readReceipt, type Receipt } from "./receipt.ts";

/** How a cord got where it is, and so what brings another version. */
export type Way =
  | { by: "script"; path: string; receipt: Receipt }
  | { by: "homebrew" | "clone"; path: string; command: string }
  | { by: "hand"; path: string };

/** Of the cord that runs: the binary, or the first of its sources. */
export function wayHere(
  running = { program: ownProgram(), isBinary: isCompiled() },
  receipt = readReceipt(),
  platform: NodeJS.Platform = process.platform,
): Way {
  const path = realOr(running.program);
  if (!running.isBinary) return cloneAt(dirname(dirname(path)), path);
  if (receipt !== null && isSame(realOr(receipt.path), path, platform))
    return { by: "script", path, receipt };
  // a keg: https://docs.brew.sh/Formula-Cookbook#homebrew-terminology
  if (path.includes("/Cellar/")) return { by: "homebrew", path, command: "brew upgrade cord" };
  const folder = dirname(dirname(path));
  return basename(dirname(path)) === "dist" && isClone(folder) ? cloneAt(folder, path) : { by: "hand", path };
}

function cloneAt(folder: string, path: string): Way {
  const word = shellWord(folder);
  return { by: "clone", path, command: `git -C ${word} pull && npm --prefix ${word} start` };
}

function isClone(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return Manifest.safeParse(manifest).success;
  } catch {
    return false;
  }
}

const Manifest = z.object({ name: z.literal("cord") });

/** Windows tells no case apart in names. */
function isSame(one: string, other: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? one.toLowerCase() === other.toLowerCase() : one === other;
}

function realOr(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
