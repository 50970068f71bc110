import { existsSync } from "node:fs";
import { win32 } from "node:path";
import { CordError } from "../../core/error.ts";
import { readSmall } from "../../system/small-file.ts";

/**
 * The program that is started where this one is called. On Windows npm installs a program as a .cmd that starts the real one,
 * and no .cmd is started here: cmd.exe would read the arguments again, in which plans have a word, and no quoting is safe for it
 * (CVE-2024-27980, "BatBadBut"). So the real one is read out of it. Throws `unavailable` where it names none.
 */
export function realProgram(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== "win32" || !script.test(path)) return path;
  const below = calls.exec(readSmall(path, maxBytes) ?? "")?.[1];
  if (below !== undefined && !script.test(below)) return win32.join(win32.dirname(path), below);
  throw new CordError(
    "unavailable",
    `${path} is a script for cmd.exe, and what it starts is not seen in it. Install the program itself, and put the folder of its .exe before this one on PATH.`,
  );
}

/**
 * The words with which a program is started. A JavaScript file is run by the node beside what npm has installed, else by that on PATH;
 * elsewhere than on Windows its first line says so. Throws `unavailable` where there is no node.
 */
export function programWords(
  path: string,
  platform: NodeJS.Platform = process.platform,
  node: () => string | null = () => Bun.which("node"),
): string[] {
  if (platform !== "win32" || !/\.[cm]?js$/i.test(path)) return [path];
  const beside = win32.join(path.replace(/[\\/]node_modules[\\/].*$/, ""), "node.exe");
  const runtime = existsSync(beside) ? beside : node();
  if (runtime !== null) return [runtime, path];
  throw new CordError(
    "unavailable",
    `${path} needs node, which is not on PATH. Install Node.js, or the .exe of the program.`,
  );
}

const script = /\.(?:cmd|bat|ps1)$/i;
/** What cmd-shim, npm's writer of such files, has it start: a path below its own folder, with all of its arguments. */
const calls = /"%~?dp0%?\\([^"%\r\n]+)"\s+%\*/i;
/** One of npm's has some 300 bytes. */
const maxBytes = 16_384;
