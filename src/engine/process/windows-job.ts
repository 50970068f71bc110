import { dlopen } from "bun:ffi";

/** What of kernel32 is called. A handle is a number without a meaning; 0 is none. Calls give 0 for a failure. */
export interface Kernel32 {
  CreateJobObjectW(attributes: null, name: null): bigint;
  SetInformationJobObject(job: bigint, kind: number, info: Uint8Array, bytes: number): number;
  AssignProcessToJobObject(job: bigint, process: bigint): number;
  QueryInformationJobObject(job: bigint, kind: number, info: Uint8Array, bytes: number, taken: null): number;
  GetCurrentProcess(): bigint;
  CloseHandle(handle: bigint): number;
  SetConsoleCtrlHandler(handler: null, ignores: number): number;
  GenerateConsoleCtrlEvent(event: number, group: number): number;
}

/** Null where the library cannot be called, as where Bun has no calls of C functions. */
export function kernel32(): Kernel32 | null {
  try {
    return dlopen("kernel32.dll", {
      CreateJobObjectW: { args: ["ptr", "ptr"], returns: "u64" },
      SetInformationJobObject: { args: ["u64", "i32", "ptr", "u32"], returns: "i32" },
      AssignProcessToJobObject: { args: ["u64", "u64"], returns: "i32" },
      QueryInformationJobObject: { args: ["u64", "i32", "ptr", "u32", "ptr"], returns: "i32" },
      GetCurrentProcess: { args: [], returns: "u64" },
      CloseHandle: { args: ["u64"], returns: "i32" },
      SetConsoleCtrlHandler: { args: ["ptr", "i32"], returns: "i32" },
      GenerateConsoleCtrlEvent: { args: ["u32", "u32"], returns: "i32" },
    }).symbols;
  } catch {
    return null;
  }
}

/** A job object with this process in it, and all that it starts from now on. */
export interface Job {
  /** the pids of those that are in it and live; some of them, where they are very many */
  members(): number[];
}

/**
 * Puts this process into a job of its own that ends whatever is in it when the last handle to it is closed. Nobody else has
 * one, and this process never closes its own: the system does that when this process has ended, however it ended. A job
 * within another is allowed since Windows 8, and nothing leaves it: it allows no breakaway. Null: the system refuses.
 * Source: Microsoft's "Job Objects" and "Nested Jobs".
 */
export function enterJob(kernel: Kernel32): Job | null {
  const job = kernel.CreateJobObjectW(null, null);
  if (job === 0n) return null;
  const limits = Buffer.alloc(extendedLimits.bytes);
  limits.writeUInt32LE(killOnJobClose, extendedLimits.flagsAt);
  // first what it does, then who is in it: a shim that is killed in between leaves nothing running
  const isMade =
    kernel.SetInformationJobObject(job, extendedLimits.kind, limits, limits.length) !== 0 &&
    kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()) !== 0;
  if (isMade) return { members: () => membersOf(kernel, job) };
  kernel.CloseHandle(job);
  return null;
}

/**
 * Asks all programs at this process' console to end, as Ctrl-C does there: what a SIGTERM is elsewhere. This process hears
 * nothing of it. False: there is no console, or the system refuses.
 */
export function interruptConsole(kernel: Kernel32): boolean {
  return kernel.SetConsoleCtrlHandler(null, 1) !== 0 && kernel.GenerateConsoleCtrlEvent(ctrlC, 0) !== 0;
}

/** Has this process, and what it starts from now on, hear Ctrl-C again: whoever started it may have switched that off. */
export function hearInterrupts(kernel: Kernel32): void {
  kernel.SetConsoleCtrlHandler(null, 0);
}

function membersOf(kernel: Kernel32, job: bigint): number[] {
  const list = Buffer.alloc(idList.firstAt + maxMembers * pointerBytes);
  // it fails where there are more, and has filled the list then
  kernel.QueryInformationJobObject(job, idList.kind, list, list.length, null);
  const listed = Math.min(maxMembers, list.readUInt32LE(idList.countAt));
  return Array.from({ length: listed }, (_, index) =>
    Number(list.readBigUInt64LE(idList.firstAt + index * pointerBytes)),
  );
}

/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h on a 64-bit system, and its JOBOBJECTINFOCLASS. */
const extendedLimits = { kind: 9, bytes: 144, flagsAt: 16 } as const;
/** JOBOBJECT_BASIC_PROCESS_ID_LIST: how many are assigned, how many are listed, and those. */
const idList = { kind: 3, countAt: 4, firstAt: 8 } as const;
/** JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE */
const killOnJobClose = 0x2000;
/** CTRL_C_EVENT */
const ctrlC = 0;
const pointerBytes = 8;
const maxMembers = 1024;
