import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { marks } from "../../core/marks.ts";
import {
  isSameProcess,
  isZombie,
  processIdentity,
  readStat,
  type ProcessIdentity,
  type Stat,
} from "../../system/process-identity.ts";
import { orphansByPs, PsFamily } from "./ps-family.ts";
import { processesByPs } from "./ps-table.ts";

/** How often to look whether the processes that were told to end have ended: often at first, then less. */
const lookMs = { first: 4, last: 60 };

const enoughEmptyLooks = 2;

/** A process that KILL does not end within this hangs in the kernel; nothing more can be done for it. */
const giveUpMs = 2_000;

/**
 * The live processes of a group or session, without the caller. On Linux also all descendants of its leader, which
 * adopts orphans, and all processes with the attempt's marker: setsid removes a process from group and session, and
 * only the marker finds one whose leader is gone. On macOS, and where else ps is all there is, as PsFamily says; on Windows
 * none: the job of a leader that is gone has ended them.
 */
export function survivors(
  group: number,
  attempt: string,
  platform: NodeJS.Platform = process.platform,
  ps: typeof processesByPs = processesByPs,
): number[] {
  if (platform === "win32") return [];
  if (platform !== "linux") return new PsFamily(group, attempt).look(ps(psView(platform)));
  const marker = `\0${marks.attempt}=${attempt}\0`;
  const processes = liveProcesses();
  const descended = descendantsOf(group, processes);
  const isOfGroup = (pid: number, stat: Stat) =>
    stat.group === group || stat.session === group || descended.has(pid);
  return [...processes].flatMap(([pid, stat]) =>
    isOfGroup(pid, stat) || environOf(pid).includes(marker) ? [pid] : [],
  );
}

/**
 * Live processes with a marker of the run whose engine is not alive. macOS: as far as ps shows environments. Windows: none, which
 * shows no process the environment of another; the job of each attempt has ended with its shim.
 */
export function orphans(
  runId: string,
  mayLive: (engine: string) => boolean,
  platform: NodeJS.Platform = process.platform,
  ps: typeof processesByPs = processesByPs,
): number[] {
  if (platform === "win32") return [];
  if (platform !== "linux") return orphansByPs(ps(psView(platform)), runId, mayLive);
  const ofRun = `\0${marks.attempt}=${runId}/`;
  const engineOf = new RegExp(`\0${marks.engine}=([^\0]*)\0`);
  return [...liveProcesses().keys()].filter((pid) => {
    const environ = environOf(pid);
    return environ.includes(ofRun) && !mayLive(engineOf.exec(environ)?.[1] ?? "");
  });
}

/** How a process is told to end, and how it is ended; one that is gone is no error. */
export interface Signals {
  term(pid: number): void;
  kill(pid: number): void;
}

export const unixSignals: Signals = {
  term: (pid) => signal(pid, "SIGTERM"),
  kill: (pid) => signal(pid, "SIGKILL"),
};

/**
 * Ends all processes that find() returns: TERM, then KILL after the grace period. It repeats until it finds none
 * twice, because a process that forks and exits during a search is missed. Each is signalled right after it was
 * found, so that its pid is not reused in between. Resolves to the pids it signalled.
 */
export async function endAll(
  find: () => number[],
  graceMs: number,
  { term, kill }: Signals = unixSignals,
): Promise<number[]> {
  const signalled = new Map<number, ProcessIdentity>();
  const begin = performance.now();
  let emptyLooks = 0;
  for (let look = lookMs.first; ; look = Math.min(look * 2, lookMs.last)) {
    const elapsed = performance.now() - begin;
    const killing = elapsed >= graceMs;
    // one that is ending has lost its marker already, and is there until it has ended
    const left = new Set([...find(), ...stillThere(signalled)]);
    emptyLooks = left.size === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === enoughEmptyLooks || elapsed > graceMs + giveUpMs) return [...signalled.keys()];
    for (const pid of left) {
      const identity = processIdentity(pid);
      if (killing) kill(pid);
      else if (!signalled.has(pid)) term(pid);
      if (identity !== null) signalled.set(pid, identity);
    }
    await Bun.sleep(killing ? lookMs.first : Math.min(look, graceMs - elapsed));
  }
}

function stillThere(signalled: ReadonlyMap<number, ProcessIdentity>): number[] {
  return [...signalled].flatMap(([pid, identity]) => (isSameProcess(identity) ? [pid] : []));
}

/** Signals a process, or a group by its negative number; one that is gone is no error. */
export function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}

/** Only macOS shows environments by -E. */
export function psView(platform: NodeJS.Platform): { withEnvironment: boolean } {
  return { withEnvironment: platform === "darwin" };
}

/** All but the caller. */
function liveProcesses(): Map<number, Stat> {
  const processes = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const stat = readStat(pid);
    if (stat !== null && !isZombie(stat.state)) processes.set(pid, stat);
  }
  return processes;
}

/** A daemon of cord's that an agent's command has started is everybody's, and no part of the attempt. */
function descendantsOf(leader: number, processes: ReadonlyMap<number, Stat>): Set<number> {
  const children = Map.groupBy(processes, ([, { parent }]) => parent);
  const found = new Set<number>();
  const walk = (parent: number) => {
    for (const [pid] of children.get(parent) ?? []) if (!isDaemon(pid)) found.add(pid);
  };
  walk(leader);
  // a set that grows while it is walked is walked to its end
  for (const pid of found) walk(pid);
  return found;
}

/** Whether it is a daemon that one of cord's commands has started. */
export function isDaemon(pid: number): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    const isOurs = () => readlinkSync(`/proc/${pid}/exe`) === readlinkSync("/proc/self/exe");
    return argv.includes("serve") && argv.includes("--on-demand") && isOurs();
  } catch {
    return false;
  }
}

/** NAME=value pairs, a zero before and after each. Empty for another user's process, and for one that is gone. */
function environOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`;
  } catch {
    return "";
  }
}
