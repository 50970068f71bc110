import { readStat } from "./process-identity.ts";
import { thisSystem, type System } from "./system.ts";

/** The processes that a process stems from, the nearest first, as far as can be seen and no more than `max`. */
export function ancestorsOf(pid: number, parent: number, max: number, system: System = thisSystem): number[] {
  const parentOf = parents(system);
  const found: number[] = [];
  for (let next = parent; next > 1 && next !== pid && found.length < max && !found.includes(next);) {
    found.push(next);
    next = parentOf(next);
  }
  return found;
}

/** Elsewhere than on Linux one look at all processes: a call, or a program, for each ancestor would take too long. */
function parents(system: System): (pid: number) => number {
  switch (system.platform) {
    case "linux":
      return (pid) => readStat(pid)?.parent ?? 0;
    case "win32":
      return windowsParents(system);
    default:
      return psParents(system.run(["ps", "-A", "-o", "pid=,ppid="]));
  }
}

/** There nobody inherits the children of one that has ended: its number may be that of a later process, which is no ancestor. */
function windowsParents(system: System): (pid: number) => number {
  const { parents: all, startOf } = system.windows();
  const known = all();
  return (pid) => {
    const parent = known.get(pid) ?? 0;
    const [above, below] = [startOf(parent), startOf(pid)];
    return above !== null && below !== null && above <= below ? parent : 0;
  };
}

function psParents(said: string): (pid: number) => number {
  const known = new Map(
    said.split("\n").map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0] as const;
    }),
  );
  return (pid) => known.get(pid) ?? 0;
}
