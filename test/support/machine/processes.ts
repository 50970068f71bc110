import { processesHere } from "../../../scripts/test/processes.ts";

/** A process that was found by what it has in its environment. */
export interface Found {
  pid: number;
  argv: string[];
  /** of an agent's processes run/node/epoch, else empty */
  attempt: string;
}

/** What is alive, zombies apart, with such a variable (NAME=value) in the environment that it was started with. */
export function processesMarked(variable: string): Found[] {
  return processesHere().flatMap(({ pid, argv, environ }) => {
    const attempt = /\0CORD_ATTEMPT=([^\0]*)/.exec(environ)?.[1] ?? "";
    return environ.includes(`\0${variable}\0`) ? [{ pid, argv, attempt }] : [];
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
