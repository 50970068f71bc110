import {
  accessSync,
  closeSync,
  constants,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Environment } from "../core/environment.ts";
import { bytes } from "../core/bytes.ts";
import { CordError, messageOf } from "../core/error.ts";
import { plain } from "../core/text.ts";
import { openPrivate } from "../system/private-file.ts";
import type { AgentKind, Launch } from "./agents/agent.ts";
import type { Trouble } from "./hold.ts";
import type { Verdict } from "./verdict.ts";

/** What an agent needs of the machine. */
interface MachineNeeds {
  agent: AgentKind;
  env: Environment;
  /** where it works */
  cwd: string;
  /** where its output goes; made when it is needed */
  folder: string;
}

export function machineNeedsOf(agent: AgentKind, { env, cwd, dir }: Launch): MachineNeeds {
  return { agent, env, cwd, folder: dir };
}

/** What of the machine stands in the way of an agent, as it can be seen before a launch; null: nothing. */
export function troubleAt(needs: MachineNeeds): Trouble | null {
  return directoryTrouble(needs.cwd) ?? programTrouble(needs) ?? roomTrouble(needs.folder);
}

/** The system's codes that stand for something of the machine, each with what it is. */
const kinds: Readonly<Record<string, Trouble["kind"]>> = {
  ENOENT: "program",
  EACCES: "program",
  EPERM: "program",
  ENOEXEC: "program",
  ETXTBSY: "program",
  ENOTDIR: "directory",
  ENOSPC: "disk",
  EDQUOT: "disk",
  EROFS: "disk",
  EIO: "disk",
  EMFILE: "processes",
  ENFILE: "processes",
  EAGAIN: "processes",
  ENOMEM: "processes",
};

/** Whether the system has no room for another process or open file. */
export function isShortOfProcesses(code: string): boolean {
  return kinds[code] === "processes";
}

/** What of the machine a system's error code of a start stands for; null where it is the start's own fault. */
export function troubleOfCode(code: string, sentence: string, needs: MachineNeeds): Trouble | null {
  const kind = kinds[code];
  if (kind === undefined) return null;
  if (kind === "disk") return diskTrouble(needs.folder, code);
  // what can be seen is looked for; of the rest the next start tells
  return troubleAt(needs) ?? { kind, sentence, isOver: () => troubleAt(needs) === null };
}

/**
 * The same of a command of a person's: where it is not the machine's fault that is its own, and a person has to see to it. So it is also
 * where its program is not there: nobody could tell when that is over.
 */
export function troubleOfShell(code: string, needs: MachineNeeds): Trouble | null {
  const kind = kinds[code];
  const sentence = `The system has no room for another process (${code}). Use fewer --jobs, or raise ulimit -n and -u.`;
  return kind === "disk" || kind === "processes" ? troubleOfCode(code, sentence, needs) : troubleAt(needs);
}

/** The program as it is on disk: another file, or another content, is another program. */
export function programIdentity({ agent, env }: MachineNeeds): string | null {
  try {
    const { ino, size, mtimeMs } = statSync(agent.locate(env));
    return `${ino}/${size}/${mtimeMs}`;
  } catch {
    return null;
  }
}

/** Exit codes of a shell whose program may not be executed, or is not there. Source: POSIX, 2.8.2. */
const notStarted: ReadonlySet<number | null> = new Set([126, 127]);

/**
 * A failure caused by the machine is not the node's: the program was replaced meanwhile, its directory is gone, or
 * the disk is full. `before`: the program's identity at the start.
 */
export function blamed(
  verdict: Verdict,
  {
    needs,
    before,
    began,
    code,
  }: { needs: MachineNeeds; before: string | null; began: boolean; code: number | null },
): Verdict {
  if (verdict.kind !== "failed" || verdict.final) return verdict;
  const trouble = troubleAt(needs) ?? (began ? null : startTrouble(needs, code, verdict.reason));
  if (trouble !== null) return { kind: "outside", trouble };
  if (programIdentity(needs) === before) return verdict;
  return {
    kind: "outside",
    trouble: {
      kind: "program",
      sentence: `The program of ${needs.agent.label} was replaced while it worked. What it did is tried again.`,
      isOver: () => programTrouble(needs) === null,
    },
  };
}

function startTrouble(needs: MachineNeeds, code: number | null, reason: string): Trouble | null {
  if (!notStarted.has(code)) return null;
  return {
    kind: "program",
    sentence: `${plain(reason)}. Fix its installation, and the run goes on.`,
    isOver: () => programTrouble(needs) === null,
  };
}

function directoryTrouble(cwd: string): Trouble | null {
  const isThere = () => statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isQuietly(isThere)) return null;
  return {
    kind: "directory",
    sentence: `There is no directory ${plain(cwd)} any more${nowAt(cwd)}. Put it back, and the run goes on.`,
    isOver: isThere,
  };
}

/** A directory that this process was started in can be followed when it is renamed. */
function nowAt(cwd: string): string {
  const path = startedIn === cwd ? ownDirectory() : cwd;
  return path === cwd || path.endsWith(" (deleted)") ? "" : `: it is ${plain(path)} now`;
}

const startedIn = ownDirectory();

/** Empty where the system does not tell. */
function ownDirectory(): string {
  try {
    return readlinkSync("/proc/self/cwd");
  } catch {
    return "";
  }
}

function programTrouble({ agent, env }: MachineNeeds): Trouble | null {
  const why = () => {
    try {
      accessSync(agent.locate(env), constants.X_OK);
      return null;
    } catch (error) {
      return error instanceof CordError
        ? error.message
        : `${agent.label} cannot be started: ${messageOf(error)}.`;
    }
  };
  const sentence = why();
  return sentence === null ? null : { kind: "program", sentence, isOver: () => why() === null };
}

/** An attempt's own files are small; its output, and what it makes, are not. */
const minRoomBytes = 1024 * 1024;

function roomTrouble(folder: string): Trouble | null {
  return roomOf(nearest(folder)) < minRoomBytes ? diskTrouble(folder, "ENOSPC") : null;
}

/** A write into the folder was refused with this code of the system. The folder need not be there yet. */
export function diskTrouble(folder: string, code: string): Trouble {
  const place = nearest(folder);
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return {
    kind: "disk",
    sentence: isFull
      ? `The disk under ${plain(place)} is full (${bytes(roomOf(place))} left). Free some space, and the run goes on.`
      : `${plain(place)} cannot be written (${plain(code)}). Fix that, and the run goes on.`,
    isOver: () => roomOf(place) >= minRoomBytes && takesFile(place),
  };
}

/** So much as an attempt writes before its agent says a word. */
const sampleBytes = 64 * 1024;

function takesFile(folder: string): boolean {
  const path = join(folder, `.room-${process.pid}`);
  return isQuietly(() => {
    const file = openPrivate(path, "truncate");
    try {
      return writeSync(file, Buffer.alloc(sampleBytes)) === sampleBytes;
    } finally {
      closeSync(file);
      rmSync(path, { force: true });
    }
  });
}

function roomOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function nearest(folder: string): string {
  const parent = dirname(folder);
  return parent === folder || isQuietly(() => statSync(folder).isDirectory()) ? folder : nearest(parent);
}

function isQuietly(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}
