import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, sep } from "node:path";
import { isZombie, processIdentity, readStat } from "../../system/process-identity.ts";
import { isDaemonCommand } from "./ps-family.ts";
import { ask, processesByPs, type Answer } from "./ps-table.ts";
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
 * be anybody's. On macOS lsof says where each works. On Windows none are looked for: nothing leaves an attempt's job, and where a
 * process works is not told of another.
 */
export function straysIn(
  cwd: string,
  platform: NodeJS.Platform = process.platform,
  run: (argv: string[]) => Answer = ask,
): Stray[] {
  switch (platform) {
    case "linux":
      return linuxStrays(cwd);
    case "win32":
      return [];
    default:
      return straysByPs(cwd, run);
  }
}

function linuxStrays(cwd: string): Stray[] {
  const since = Number(processIdentity(process.pid)?.startTime);
  if (Number.isNaN(since)) return [];
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

/** ps tells a start to the second, so that one of this process' own second counts. launchd, the first process, gets all orphans. */
function straysByPs(cwd: string, run: (argv: string[]) => Answer): Stray[] {
  const rows = processesByPs({}, run);
  const since = Date.parse(rows.find(({ pid }) => pid === process.pid)?.start ?? "");
  const may = rows
    .filter(({ parent, hasTerminal, start, command }) => {
      return parent === 1 && !hasTerminal && Date.parse(start) >= since && !isDaemonCommand(command);
    })
    .slice(0, maxAsked);
  if (may.length === 0) return [];
  // p and a pid, f and cwd, n and a path: each on a line of its own
  const said = run(["lsof", "-w", "-a", "-d", "cwd", "-Fn", "-p", may.map(({ pid }) => pid).join(",")]).text;
  const within = new Set(
    said.split(/^p/m).flatMap((of) => {
      const path = /^n(.*)$/m.exec(of)?.[1] ?? "";
      return path === cwd || path.startsWith(cwd + sep) ? [Number.parseInt(of, 10)] : [];
    }),
  );
  return may
    .filter(({ pid }) => within.has(pid))
    .map(({ pid, command }) => ({ pid, name: basename(command.split(" ")[0] ?? "") }))
    .slice(0, maxStrays);
}

/** What is asked of at once: a command line has an end. */
const maxAsked = 1000;

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
