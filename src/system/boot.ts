import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { thisSystem, type System } from "./system.ts";

let knownId: string | undefined;

/**
 * Which boot of the machine this is; empty where the system does not tell. Linux and macOS give each boot an id, Windows
 * counts them.
 */
export function bootId(system: System = thisSystem): string {
  if (system !== thisSystem) return readId(system);
  return (knownId ??= readId(system));
}

function readId(system: System): string {
  switch (system.platform) {
    case "linux":
      return contentsOf("/proc/sys/kernel/random/boot_id").trim();
    case "darwin":
      return /^[\w-]{1,64}$/.exec(system.run(["sysctl", "-n", "kern.bootsessionuuid"]).trim())?.[0] ?? "";
    case "win32":
      return system.windows().bootNumber()?.toString() ?? "";
    default:
      return "";
  }
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
