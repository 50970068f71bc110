import { readlinkSync } from "node:fs";

let known: string | undefined;

/**
 * The PID namespace of this process, by its number: a pid means something only within it. Each container has one of its
 * own. Empty where the system has none, or does not tell.
 */
export function pidNamespace(): string {
  known ??= numberIn("/proc/self/ns/pid");
  return known;
}

/** The number of the namespace that a machine begins with. Source: PROC_PID_INIT_INO of Linux, the same on every machine. */
export const firstPidNamespace = "4026531836";

/** The link reads "pid:[4026531836]". */
function numberIn(link: string): string {
  try {
    return /\d+/.exec(readlinkSync(link))?.[0] ?? "";
  } catch {
    return "";
  }
}
