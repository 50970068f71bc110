import { describe, expect, test } from "bun:test";
import { contain, type ContainmentParts } from "../../../src/engine/process/containment.ts";
import type { Kernel32 } from "../../../src/engine/process/windows-job.ts";
import { enterJob, interruptConsole } from "../../../src/engine/process/windows-job.ts";
import { endAll } from "../../../src/engine/process/survivors.ts";
import { killTree } from "../../../src/engine/process/windows-tree.ts";

/**
 * kernel32 cannot be had here: calls are written down, and answered as documented. That the same calls do what they should
 * was seen with the Windows binary.
 */
function recorded(answers: Partial<Kernel32> = {}) {
  const calls: string[] = [];
  const kernel: Kernel32 = {
    CreateJobObjectW: () => 72n,
    SetInformationJobObject: () => 1,
    AssignProcessToJobObject: () => 1,
    QueryInformationJobObject: () => 1,
    GetCurrentProcess: () => 0xffff_ffff_ffff_ffffn,
    CloseHandle: () => 1,
    SetConsoleCtrlHandler: () => 1,
    GenerateConsoleCtrlEvent: () => 1,
    ...answers,
  };
  const told = new Proxy(kernel, {
    get: (target, name: keyof Kernel32) => {
      const call: unknown = target[name];
      return (...args: unknown[]) => {
        calls.push(`${name}(${args.map(shown).join(", ")})`);
        return typeof call === "function" ? call(...args) : 0;
      };
    },
  });
  return { kernel: told, calls };
}

function shown(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const at = value.findIndex((byte) => byte !== 0);
  return at < 0
    ? `${value.length} bytes`
    : `${value.length} bytes, ${at}: ${value.subarray(at, at + 4).toHex()}`;
}

describe("the job of an attempt on Windows", () => {
  test("is made to end with its last handle before this process enters it, and that handle is kept", () => {
    const { kernel, calls } = recorded();
    expect(enterJob(kernel)).not.toBeNull();
    // 144 bytes with LimitFlags at 16, as winnt.h has it for 64 bits: JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE is 0x2000
    expect(calls).toEqual([
      "CreateJobObjectW(null, null)",
      "SetInformationJobObject(72, 9, 144 bytes, 17: 20000000, 144)",
      "GetCurrentProcess()",
      "AssignProcessToJobObject(72, 18446744073709551615)",
    ]);
  });

  test.each<[string, Partial<Kernel32>, number]>([
    ["cannot be made", { CreateJobObjectW: () => 0n }, 1],
    ["takes no limits", { SetInformationJobObject: () => 0 }, 3],
    ["cannot be entered", { AssignProcessToJobObject: () => 0 }, 5],
  ])("that %s is none, and no handle of it is left", (_, answers, count) => {
    const { kernel, calls } = recorded(answers);
    expect(enterJob(kernel)).toBeNull();
    expect(calls).toHaveLength(count);
    expect(calls.at(-1)).toBe(count === 1 ? "CreateJobObjectW(null, null)" : "CloseHandle(72)");
  });

  test("tells who is in it, no more than fit into the list, whatever the system counts", () => {
    const { kernel } = recorded({ QueryInformationJobObject: listing(2) });
    expect(enterJob(kernel)?.members()).toEqual([41, 42]);
    const many = recorded({ QueryInformationJobObject: listing(4_000_000_000) });
    expect(enterJob(many.kernel)?.members()).toHaveLength(1024);
  });

  test("is asked to end by Ctrl-C at its console, which the shim itself no longer hears", () => {
    const { kernel, calls } = recorded();
    expect(interruptConsole(kernel)).toBe(true);
    expect(calls).toEqual(["SetConsoleCtrlHandler(null, 1)", "GenerateConsoleCtrlEvent(0, 0)"]);
    expect(interruptConsole(recorded({ GenerateConsoleCtrlEvent: () => 0 }).kernel)).toBe(false);
  });
});

describe("an attempt's processes on Windows", () => {
  test("are those of the job, without the shim; told once to end, and then ended one by one", async () => {
    const { parts, calls, killed } = withMembers([process.pid, agent, child]);
    const held = contain("run/1/1", "win32", parts);
    expect(calls.map(nameOf)).toEqual([...entering, "SetConsoleCtrlHandler"]);
    expect(calls.at(-1)).toBe("SetConsoleCtrlHandler(null, 0)");
    held.started(agent);
    expect(held.others()).toEqual([agent, child]);
    await endAll(() => held.others(), 10, held);
    expect(killed).toEqual([agent, child]);
    expect(calls.filter((call) => call.startsWith("GenerateConsoleCtrlEvent"))).toHaveLength(1);
  });

  test("of a shim that gets no job are the agent and its tree, by taskkill", () => {
    const { parts, trees } = withMembers([], { AssignProcessToJobObject: () => 0 });
    const held = contain("run/1/1", "win32", parts);
    expect(held.others()).toEqual([]);
    held.started(process.pid);
    expect(held.others()).toEqual([process.pid]);
    held.kill(process.pid);
    expect(trees).toEqual([process.pid]);
  });

  test("are ended also where no C function can be called", () => {
    const { parts, trees } = withMembers([]);
    const held = contain("run/1/1", "win32", { ...parts, kernel32: () => null });
    held.term(41);
    held.kill(41);
    expect(trees).toEqual([41]);
  });

  test("of a shim that is stuck go with its tree, by the system's own program", () => {
    const runs: string[][] = [];
    killTree(41, (argv) => runs.push(argv));
    expect(runs).toEqual([[String.raw`C:\Windows\System32\taskkill.exe`, "/PID", "41", "/T", "/F"]]);
  });
});

/** No process has such a pid here: the highest of Linux is 4194304. */
const [agent, child] = [5_000_041, 5_000_042];

/** The job's list, as the system fills it, which says that it holds so many. */
function listing(count: number): Kernel32["QueryInformationJobObject"] {
  return (_job, _kind, info) => {
    const list = Buffer.from(info.buffer, info.byteOffset, info.length);
    list.writeUInt32LE(count, 0);
    list.writeUInt32LE(count, 4);
    list.writeBigUInt64LE(41n, 8);
    list.writeBigUInt64LE(42n, 16);
    return 0;
  };
}

const entering = [
  "CreateJobObjectW",
  "SetInformationJobObject",
  "GetCurrentProcess",
  "AssignProcessToJobObject",
];

function nameOf(call: string): string {
  return call.slice(0, call.indexOf("("));
}

/** A job with these in it, until each is ended. */
function withMembers(pids: number[], answers: Partial<Kernel32> = {}) {
  const killed: number[] = [];
  const trees: number[] = [];
  const { kernel, calls } = recorded({
    QueryInformationJobObject: (_job, _kind, info) => {
      const list = Buffer.from(info.buffer, info.byteOffset, info.length);
      const left = pids.filter((pid) => !killed.includes(pid));
      list.writeUInt32LE(left.length, 4);
      for (const [index, pid] of left.entries()) list.writeBigUInt64LE(BigInt(pid), 8 + 8 * index);
      return 1;
    },
    ...answers,
  });
  const parts: ContainmentParts = {
    kernel32: () => kernel,
    killTree: (pid) => trees.push(pid),
    processesByPs: () => [],
    kill: (pid) => killed.push(pid),
  };
  return { parts, calls, killed, trees };
}
