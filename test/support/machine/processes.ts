import { readdirSync, readFileSync } from "node:fs";

/** A process that was found by what it has in its environment. */
export interface Found {
  pid: number;
  argv: string[];
  /** of an agent's processes run/node/epoch, else empty */
  attempt: string;
}

/** What is alive, zombies apart, with such a variable (NAME=value) in the environment that it was started with. */
export function processesMarked(variable: string): Found[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const environ = Number.isInteger(pid) ? `\0${read(pid, "environ")}` : "";
    const argv = environ.includes(`\0${variable}\0`) ? read(pid, "cmdline").split("\0").slice(0, -1) : [];
    const attempt = /\0CORD_ATTEMPT=([^\0]*)/.exec(environ)?.[1] ?? "";
    return argv.length === 0 ? [] : [{ pid, argv, attempt }];
  });
}

export function isDaemon({ argv }: Found): boolean {
  return argv.includes("serve");
}

/** One that has ended by itself is left alone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}

/** Empty for a zombie, and for one that is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
