import { readFileSync } from "node:fs";
import { bootId } from "./boot.ts";

/**
 * Identifies a process beyond its pid, because pids are reused. Two identities mean one process when all three fields
 * agree. Linux: the start in clock ticks since boot, and the boot's id. macOS: the start as ps prints it, without a
 * boot id, because that start is a date. Windows is not supported: cord's supervision needs process groups.
 */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
  bootId: string;
}

/** The identity of a live process, or null if there is none of that pid. A zombie is not live. */
export function processIdentity(pid: number): ProcessIdentity | null {
  const startTime = process.platform === "linux" ? linuxStart(pid) : psStart(pid);
  return startTime === null ? null : { pid, startTime, bootId: bootId() };
}

/** Whether that very process is still alive. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** What /proc tells of one process. */
export interface Stat {
  state: string;
  parent: number;
  group: number;
  session: number;
  /** the device of its controlling terminal; 0: it has none */
  terminal: number;
  startTime: string;
}

/** /proc/PID/stat, or null if it is gone. Fields are counted from behind the command, which may hold anything. */
export function readStat(pid: number | string): Stat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent = "", group = "", session = "", terminal = ""] = fields;
    return {
      state,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      terminal: Number(terminal),
      startTime: fields[19] ?? "",
    };
  } catch {
    return null;
  }
}

/** Whether a process in that state has ended and only waits to be noticed. */
export function isZombie(state: string): boolean {
  return state === "Z" || state === "X";
}

function linuxStart(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null || isZombie(stat.state) ? null : stat.startTime;
}

function psStart(pid: number): string | null {
  // oxlint-disable-next-line no-restricted-properties -- the system is asked by a program of its own
  const ps = Bun.spawnSync(["ps", "-o", "stat=,lstart=", "-p", String(pid)]);
  const [state = "", ...start] = ps.stdout.toString().trim().split(/\s+/);
  return state === "" || isZombie(state.slice(0, 1)) ? null : start.join(" ");
}
