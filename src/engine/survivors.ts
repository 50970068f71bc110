import { readdirSync, readFileSync } from "node:fs";
import { marks } from "../core/marks.ts";
import { isZombie, readStat } from "../system/process-identity.ts";

/** How often to look whether the processes that were told to end have ended: often at first, then less. */
const LOOK_MS = { first: 4, last: 60 };

/** A process that KILL does not end within this hangs in the kernel; nothing more can be done for it. */
const GIVE_UP_MS = 2_000;

/**
 * The live processes of a group or session, without the caller, and on Linux those that carry the attempt's marker
 * wherever they are: setsid takes a process out of both. Elsewhere another process's environment cannot be read.
 */
export function survivors(group: number, attempt: string): number[] {
  if (process.platform !== "linux") return groupByPs(group);
  const marker = `\0${marks.attempt}=${attempt}\0`;
  return livePids(
    (pid, stat) => stat.group === group || stat.session === group || environOf(pid).includes(marker),
  );
}

/** The live processes that carry a marker of the run and whose engine is not alive any more. Linux only; none elsewhere. */
export function orphans(runId: string, mayLive: (engine: string) => boolean): number[] {
  if (process.platform !== "linux") return [];
  const ofRun = `\0${marks.attempt}=${runId}/`;
  const engineOf = new RegExp(`\0${marks.engine}=([^\0]*)\0`);
  return livePids((pid) => {
    const environ = environOf(pid);
    return environ.includes(ofRun) && !mayLive(engineOf.exec(environ)?.[1] ?? "");
  });
}

/**
 * Ends all that find() finds, again and again until it finds none: TERM, and KILL after the grace. Processes are
 * signalled right after they were found, so that no pid is used again in between. Resolves to the pids it signalled.
 */
export async function endAll(find: () => number[], graceMs: number): Promise<number[]> {
  const signalled = new Set<number>();
  const begin = performance.now();
  for (let look = LOOK_MS.first; ; look = Math.min(look * 2, LOOK_MS.last)) {
    const elapsed = performance.now() - begin;
    const killing = elapsed >= graceMs;
    const left = find();
    if (left.length === 0 || elapsed > graceMs + GIVE_UP_MS) return [...signalled];
    for (const pid of left) {
      if (killing) signal(pid, "SIGKILL");
      else if (!signalled.has(pid)) signal(pid, "SIGTERM");
      signalled.add(pid);
    }
    await Bun.sleep(killing ? LOOK_MS.first : Math.min(look, graceMs - elapsed));
  }
}

/** Signals a process, or a group by its negative number; one that is gone is no error. */
export function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}

function livePids(wanted: (pid: string, stat: { group: number; session: number }) => boolean): number[] {
  const own = String(process.pid);
  return readdirSync("/proc")
    .filter((pid) => {
      if (pid === own || !/^[0-9]/.test(pid)) return false;
      const stat = readStat(pid);
      return stat !== null && !isZombie(stat.state) && wanted(pid, stat);
    })
    .map(Number);
}

/** NAME=value pairs, a zero before and after each. Empty for another user's process, and for one that is gone. */
function environOf(pid: string): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`;
  } catch {
    return "";
  }
}

function groupByPs(group: number): number[] {
  const ps = Bun.spawnSync(["ps", "-axo", "pid=,pgid=,stat="]);
  return ps.stdout
    .toString()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([pid, pgid, state = "Z"]) =>
        Number(pgid) === group && Number(pid) !== process.pid && !state.startsWith("Z"),
    )
    .map(([pid]) => Number(pid));
}
