import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { sep } from "node:path";
import { isZombie, processIdentity, readStat } from "../../system/process-identity.ts";
import { isDaemon } from "./survivors.ts";

/** A process that is alive when a run ends, and may be of it. */
interface Stray {
  pid: number;
  /** as the system cuts it; whoever started it chose it */
  name: string;
}

const maxStrays = 100;

/**
 * Processes that were started in a directory since this process began, and that have neither parent nor terminal: an
 * agent may have had a service start them, which leaves no trace. They are reported and not ended, because they may
 * be anybody's. Linux only; elsewhere there are none.
 */
export function straysIn(cwd: string): Stray[] {
  const since = Number(processIdentity(process.pid)?.startTime);
  if (process.platform !== "linux" || Number.isNaN(since)) return [];
  return readdirSync("/proc")
    .flatMap((name) => {
      const pid = Number(name);
      const stat = Number.isInteger(pid) ? readStat(pid) : null;
      if (stat === null || isZombie(stat.state) || !isReaper(stat.parent) || stat.terminal !== 0) return [];
      if (Number(stat.startTime) < since || !isWithin(pid, cwd) || isDaemon(pid)) return [];
      return [{ pid, name: nameOf(pid) }];
    })
    .slice(0, maxStrays);
}

/** Who gets those whose parent has died: the first process, or a user's own service manager. */
function isReaper(pid: number): boolean {
  return pid === 1 || nameOf(pid) === "systemd";
}

/** False for another user's process too: where it works cannot be read. */
function isWithin(pid: number, folder: string): boolean {
  try {
    const path = readlinkSync(`/proc/${pid}/cwd`);
    return path === folder || path.startsWith(folder + sep);
  } catch {
    return false;
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
