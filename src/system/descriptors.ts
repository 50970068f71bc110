import { readdirSync, readFileSync } from "node:fs";
import { thisSystem, type System } from "./system.ts";

/**
 * How many files and connections this process may have open at once. Bun has raised the soft limit to the hard one.
 * Infinity: no limit is known, as on Windows, which has none for a process but its memory.
 */
export function descriptorLimit(system: System = thisSystem): number {
  const limit = Number(saidLimit(system));
  return Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

function saidLimit(system: System): string | undefined {
  switch (system.platform) {
    case "linux":
      return /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    case "win32":
      return undefined;
    default:
      return system.run(["sh", "-c", "ulimit -n"]).trim();
  }
}

/** How many are open now. Infinity: there is none left to find out with. 0 where there is no limit to hold it against. */
export function descriptorsUsed({ platform }: Pick<System, "platform"> = thisSystem): number {
  if (platform === "win32") return 0;
  try {
    return readdirSync(platform === "linux" ? "/proc/self/fd" : "/dev/fd").length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
