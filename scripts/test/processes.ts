import { readdirSync, readFileSync } from "node:fs";

/** A process with what it was started with. */
export interface Started {
  pid: number;
  /** parted at blanks where the system joins the words */
  argv: string[];
  /** NAME=value, each with a NUL before and behind it */
  environ: string;
}

/**
 * What is alive, zombies apart, of this user. None on Windows, which tells nobody the environment of another process: there
 * what a test leaves behind is not found.
 */
export function processesHere(
  platform: NodeJS.Platform = process.platform,
  ps: () => string = psOutput,
): Started[] {
  switch (platform) {
    case "linux":
      return readdirSync("/proc").flatMap(linuxProcess);
    case "win32":
      return [];
    default:
      return ps().split("\n").flatMap(psProcess);
  }
}

function linuxProcess(name: string): Started[] {
  const pid = Number(name);
  const environ = Number.isInteger(pid) ? read(pid, "environ") : "";
  // a zombie has neither
  const argv = environ === "" ? [] : read(pid, "cmdline").split("\0").slice(0, -1);
  return argv.length === 0 ? [] : [{ pid, argv, environ: `\0${environ}` }];
}

/** macOS: `  4711 /work/dist/cord serve HOME=/Users/ann PATH=/bin`, by -E with the environment behind the words. */
function psProcess(line: string): Started[] {
  const [, pid = "", rest = ""] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
  const [words = "", ...environ] = rest.split(/ (?=[A-Za-z_]\w*=)/);
  if (environ.length === 0) return [];
  return [{ pid: Number(pid), argv: words.split(" "), environ: `\0${environ.join("\0")}\0` }];
}

function psOutput(): string {
  return Bun.spawnSync(["ps", "-A", "-E", "-ww", "-o", "pid=,command="]).stdout.toString();
}

/** Empty for a process that is gone, and for another user's. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
