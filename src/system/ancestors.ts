import { readStat } from "./process-identity.ts";

/** The processes that a process stems from, the nearest first, as far as can be seen and no more than `max`. */
export function ancestorsOf(pid: number, parent: number, max: number): number[] {
  const parentOf = process.platform === "linux" ? linuxParent : parentsByPs();
  const found: number[] = [];
  for (let next = parent; next > 1 && next !== pid && found.length < max && !found.includes(next);) {
    found.push(next);
    next = parentOf(next);
  }
  return found;
}

function linuxParent(pid: number): number {
  return readStat(pid)?.parent ?? 0;
}

/** One look at all processes: a program for each ancestor would take too long. */
function parentsByPs(): (pid: number) => number {
  // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
  const ps = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid="]);
  const lines = ps.stdout.toString().split("\n");
  const parents = new Map(
    lines.map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0] as const;
    }),
  );
  return (pid) => parents.get(pid) ?? 0;
}
