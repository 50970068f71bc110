import { readFileSync } from "node:fs";
import { posix, win32 } from "node:path";
import { thisSystem, type System } from "./system.ts";
import { wordsOf } from "./windows-tables.ts";

/** The words a process was started with; none where they are not told, as of another user's on Windows. */
export function argvOf(pid: number, system: System = thisSystem): string[] {
  switch (system.platform) {
    case "linux":
      return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
    case "win32":
      return wordsOf(system.windows().commandLineOf(pid));
    default:
      return psWords(system.run(["ps", "-ww", "-o", "command=", "-p", String(pid)]));
  }
}

/**
 * ps joins the words by blanks and quotes none, and a path on macOS often holds one ("Application Support"). What is looked
 * for are cord's own flags, so a word goes on until the next flag.
 */
function psWords(said: string): string[] {
  const [program = "", ...flags] = said.trim().split(/ +(?=--)/);
  return [
    ...program.split(" "),
    ...flags.flatMap((flag) => {
      const at = flag.indexOf(" ");
      return at === -1 ? [flag] : [flag.slice(0, at), flag.slice(at + 1)];
    }),
  ].filter((word) => word !== "");
}

/** The name of a process' program: text of others. Bun and node name their threads, so /proc/PID/comm may say nothing of it. */
export function programOf(pid: number, system: System = thisSystem): string {
  switch (system.platform) {
    case "linux":
      return posix.basename(argvOf(pid, system)[0] ?? "") || read(`/proc/${pid}/comm`).trim();
    case "win32":
      return win32.basename(system.windows().programOf(pid));
    default:
      return posix.basename(system.run(["ps", "-o", "comm=", "-p", String(pid)]).trim());
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
