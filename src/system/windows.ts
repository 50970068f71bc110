import { dlopen, FFIType, ptr } from "bun:ffi";
import { parentsIn, tcpListeners, type TcpListener } from "./windows-tables.ts";

/**
 * What only Windows itself tells. Its libraries are called rather than its programs: PowerShell takes half a second to
 * answer, tasklist and netstat speak the language of their user, and wmic is gone from new systems. A call takes
 * microseconds. Source of each: learn.microsoft.com/windows/win32/api.
 */
export interface Windows {
  /** When a live process was made, in steps of 100 ns since 1601. Null: there is none, or none that this user may look at. */
  startOf(pid: number): bigint | null;
  /** The path of its program; empty where that is not told. */
  programOf(pid: number): string;
  /** What it was started with, in one line; empty where that is not told. */
  commandLineOf(pid: number): string;
  /** The process that has made each; it may have ended since. */
  parents(): ReadonlyMap<number, number>;
  /** Null: it is not told. */
  tcpListeners(): readonly TcpListener[] | null;
  /** Counts the boots of the machine; null where it is not told. */
  bootNumber(): number | null;
  /** Whether a drive, such as `Z:\`, is another machine's. */
  isRemoteDrive(root: string): boolean;
}

let known: Windows | undefined;

/** Throws on any other system, which has no such libraries. */
export function windowsHere(): Windows {
  return (known ??= opened());
}

const { ptr: pointer, i32, u32, u64 } = FFIType;

function opened(): Windows {
  const kernel = dlopen("kernel32.dll", {
    OpenProcess: { args: [u32, i32, u32], returns: u64 },
    CloseHandle: { args: [u64], returns: i32 },
    GetProcessTimes: { args: [u64, pointer, pointer, pointer, pointer], returns: i32 },
    QueryFullProcessImageNameW: { args: [u64, u32, pointer, pointer], returns: i32 },
    CreateToolhelp32Snapshot: { args: [u32, u32], returns: u64 },
    Process32FirstW: { args: [u64, pointer], returns: i32 },
    Process32NextW: { args: [u64, pointer], returns: i32 },
    GetDriveTypeW: { args: [pointer], returns: u32 },
  }).symbols;
  const withProcess = <T>(pid: number, otherwise: T, ask: (handle: bigint) => T): T => {
    const handle = kernel.OpenProcess(queryLimitedInformation, 0, pid);
    if (handle === 0n) return otherwise;
    try {
      return ask(handle);
    } finally {
      kernel.CloseHandle(handle);
    }
  };
  return {
    startOf: (pid) =>
      withProcess(pid, null, (handle) => {
        const [made, ended, spent] = [new BigUint64Array(1), new BigUint64Array(1), new BigUint64Array(1)];
        const isTold = kernel.GetProcessTimes(handle, ptr(made), ptr(ended), ptr(spent), ptr(spent)) !== 0;
        // one that has ended is there for as long as somebody has a handle of it
        return isTold && ended[0] === 0n ? (made[0] ?? null) : null;
      }),
    programOf: (pid) =>
      withProcess(pid, "", (handle) => {
        const path = Buffer.alloc(maxPathLength * 2);
        const length = Uint32Array.of(maxPathLength);
        const isTold = kernel.QueryFullProcessImageNameW(handle, 0, ptr(path), ptr(length)) !== 0;
        return isTold ? path.toString("utf16le", 0, (length[0] ?? 0) * 2) : "";
      }),
    commandLineOf: (pid) => withProcess(pid, "", commandLine),
    parents: () => {
      const snapshot = kernel.CreateToolhelp32Snapshot(snapshotProcesses, 0);
      if (snapshot === invalidHandle) return new Map();
      try {
        return parentsIn((entry, isFirst) => {
          const next = isFirst ? kernel.Process32FirstW : kernel.Process32NextW;
          return next(snapshot, ptr(entry)) !== 0;
        });
      } finally {
        kernel.CloseHandle(snapshot);
      }
    },
    tcpListeners: () => {
      const [four, six] = [tcpTable(ipv4), tcpTable(ipv6)];
      return four && six && [...tcpListeners(four, 4), ...tcpListeners(six, 6)];
    },
    bootNumber,
    isRemoteDrive: (root) => kernel.GetDriveTypeW(ptr(wide(root))) === remoteDrive,
  };
}

const queryLimitedInformation = 0x1000;
const snapshotProcesses = 2;
const invalidHandle = 0xff_ff_ff_ff_ff_ff_ff_ffn;
const remoteDrive = 4;
/** of a path in characters, by CreateFileW */
const maxPathLength = 32_768;

/** Windows 8.1 and later tell it; those before give an error, as Wine does. */
function commandLine(handle: bigint): string {
  const { NtQueryInformationProcess } = dlopen("ntdll.dll", {
    NtQueryInformationProcess: { args: [u64, i32, pointer, u32, pointer], returns: i32 },
  }).symbols;
  // a UNICODE_STRING: its length in bytes, padding, a pointer to the text, which follows
  const said = Buffer.alloc(16 + maxPathLength * 2);
  const length = new Uint32Array(1);
  const status = NtQueryInformationProcess(
    handle,
    commandLineInformation,
    ptr(said),
    said.length,
    ptr(length),
  );
  return status === 0 ? said.toString("utf16le", 16, 16 + said.readUInt16LE(0)) : "";
}

const commandLineInformation = 60;

/** The table of what listens, with its processes, as bytes. Null: it is not told. */
function tcpTable(family: number): Buffer | null {
  const { GetExtendedTcpTable } = dlopen("iphlpapi.dll", {
    GetExtendedTcpTable: { args: [pointer, pointer, i32, u32, i32, u32], returns: u32 },
  }).symbols;
  const size = new Uint32Array(1);
  const ask = (table: Buffer | null) =>
    GetExtendedTcpTable(table && ptr(table), ptr(size), 0, family, listenersWithPids, 0);
  ask(null);
  // it may grow between the two
  const table = Buffer.alloc(Math.min((size[0] ?? 0) + 4096, maxTableBytes));
  size[0] = table.length;
  return ask(table) === 0 ? table.subarray(0, size[0]) : null;
}

const ipv4 = 2;
const ipv6 = 23;
const listenersWithPids = 3;
const maxTableBytes = 4_194_304;

function bootNumber(): number | null {
  const { RegGetValueW } = dlopen("advapi32.dll", {
    RegGetValueW: { args: [u64, pointer, pointer, u32, pointer, pointer, pointer], returns: i32 },
  }).symbols;
  const [value, size] = [new Uint32Array(1), Uint32Array.of(4)];
  const [key, name] = [wide(bootKey), wide("BootId")];
  const status = RegGetValueW(localMachine, ptr(key), ptr(name), doubleWord, null, ptr(value), ptr(size));
  return status === 0 ? (value[0] ?? null) : null;
}

const localMachine = 0x80_00_00_02n;
const doubleWord = 0x10;
const bootKey = "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters";

function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}
