import { CordError } from "../../core/error.ts";
import { wire } from "../../core/version.ts";
import type { Health } from "./health.ts";
import { restartAt } from "./fixes.ts";

/** Answers of other operations have not changed since daemons say what they speak. */
const changing = /^(?:runs|nodes)\/|^daemon\/status$/;

/** What a daemon has to speak for an operation's answer to be understood here. */
export function wireFor(operation: string): number {
  return changing.test(operation) ? wire : 0;
}

/** Throws `failed` for a daemon that speaks less than is needed: its answer would lack what is read in it. */
export function refuseOlder(url: string, { wire: spoken, pid }: Health, needed: number): void {
  if (spoken >= needed) return;
  const process = pid === null ? "" : ` (pid ${pid})`;
  throw new CordError(
    "failed",
    `The cord daemon at ${url}${process} is older than this program, and cannot tell it what it asks for. Replace it; waits, leases and runs go on across: ${restartAt(url)}`,
  );
}
