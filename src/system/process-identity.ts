import { readFileSync } from "node:fs";
import { bootId } from "./boot.ts";
import { thisSystem, type System } from "./system.ts";

/**
 * Identifies a process beyond its pid, because pids are reused. Two identities mean one process when all three fields
 * agree. Linux: the start in clock ticks since boot, and the boot's id. macOS: the start as ps prints it, and Windows: the
 * start in steps of 100 ns, both without a boot's id, because such a start is a date.
 */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
  bootId: string;
}

/** The identity of a live process, or null if there is none of that pid. A zombie is not live. */
export function processIdentity(pid: number, system: System = thisSystem): ProcessIdentity | null {
  const startTime = startOf(pid, system);
  return startTime === null ? null : { pid, startTime, bootId: system.platform === "linux" ? bootId() : "" };
}

/** Whether that very process is still alive. */
export function isSameProcess(identity: ProcessIdentity, system: System = thisSystem): boolean {
  const now = processIdentity(identity.pid, system);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Whether a process was stopped, by a signal or a debugger. Windows stops threads one by one: it says of no process that it was. */
export function isStopped(pid: number, system: System = thisSystem): boolean {
  switch (system.platform) {
    case "linux":
      return readStat(pid)?.state === "T";
    case "win32":
      return false;
    default:
      return system
        .run(["ps", "-o", "stat=", "-p", String(pid)])
        .trim()
        .startsWith("T");
  }
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

function startOf(pid: number, system: System): string | null {
  switch (system.platform) {
    case "linux":
      return linuxStart(pid);
    case "win32":
      return system.windows().startOf(pid)?.toString() ?? null;
    default:
      return psStart(system.run(["ps", "-o", "stat=,lstart=", "-p", String(pid)]));
  }
}

function linuxStart(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null || isZombie(stat.state) ? null : stat.startTime;
}

/** `Ss   Thu Nov 26 21:02:08 2026` */
function psStart(said: string): string | null {
  const [state = "", ...start] = said.trim().split(/\s+/);
  return state === "" || isZombie(state.slice(0, 1)) ? null : start.slice(0, 5).join(" ");
}
