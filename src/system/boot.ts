import { readFileSync } from "node:fs";
import { uptime } from "node:os";

let knownId: string | undefined;

/** Which boot of the machine this is; empty where the system does not tell. */
export function bootId(): string {
  knownId ??= contentsOf("/proc/sys/kernel/random/boot_id").trim();
  return knownId;
}

/**
 * Milliseconds since the machine's boot: a clock that no one sets, and that goes on while the machine sleeps. Linux tells it
 * in steps of 10 ms, other systems in whole seconds.
 */
export function sinceBootMs(): number {
  return (Number.parseFloat(contentsOf("/proc/uptime")) || uptime()) * 1000;
}

function contentsOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
