import { readdirSync, readFileSync } from "node:fs";

/**
 * How many files and connections this process may have open at once. Bun has raised the soft limit to the hard one.
 * Infinity: no limit is known.
 */
export function descriptorLimit(): number {
  const said =
    process.platform === "linux"
      ? /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1]
      : // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
        Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString().trim();
  const limit = Number(said);
  return Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

/** How many are open now. Infinity: there is none left to find out with. */
export function descriptorsUsed(): number {
  try {
    return readdirSync(process.platform === "linux" ? "/proc/self/fd" : "/dev/fd").length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
