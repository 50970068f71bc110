import { describe, expect, test } from "bun:test";
import { ancestorsOf } from "../../src/system/ancestors.ts";
import { bootId } from "../../src/system/boot.ts";
import { descriptorLimit, descriptorsUsed } from "../../src/system/descriptors.ts";
import { isSameProcess, isStopped, processIdentity } from "../../src/system/process-identity.ts";
import { argvOf, programOf } from "../../src/system/process-words.ts";
import { isCompiled } from "../../src/system/self.ts";
import { systemThatPrints, windowsThatTells } from "../support/system/other-system.ts";

/** Outputs in the form of macOS 14's ps; the times as ps -o lstart prints them for LC_ALL=C and TZ=UTC. */
const mac = systemThatPrints("darwin", {
  "ps -o stat=,lstart= -p 4711": "Ss   Thu Nov 26 21:02:08 2026    \n",
  "ps -o stat=,lstart= -p 4712": "Z    Thu Nov 26 21:02:08 2026    \n",
  "ps -o stat= -p 4711": "Ss  \n",
  "ps -o stat= -p 4713": "T   \n",
  "ps -A -o pid=,ppid=": "    1     0\n  900     1\n 4710   900\n 4711  4710\n\n",
  "ps -ww -o command= -p 4711":
    "/Users/ann/My Tools/cord serve --addr 127.0.0.1:7777 --db /Users/ann/Library/Application Support/cord/cord.db --on-demand\n",
  "ps -o comm= -p 4711": "/Users/ann/My Tools/cord\n",
  "sysctl -n kern.bootsessionuuid": "0F3C1E9A-2B1D-4E5B-9C54-0E3E6E1A7B11\n",
  "sh -c ulimit -n": "10496\n",
});

describe("on macOS", () => {
  test("a process is known by its pid and the start that ps prints; a zombie is none", () => {
    const identity = { pid: 4711, startTime: "Thu Nov 26 21:02:08 2026", bootId: "" };
    expect(processIdentity(4711, mac)).toEqual(identity);
    expect(isSameProcess(identity, mac)).toBe(true);
    expect(isSameProcess({ ...identity, startTime: "Thu Nov 26 21:02:09 2026" }, mac)).toBe(false);
    expect(processIdentity(4712, mac)).toBeNull();
    expect(processIdentity(4799, mac)).toBeNull();
  });

  test("what was stopped is known by its state", () => {
    expect(isStopped(4713, mac)).toBe(true);
    expect(isStopped(4711, mac)).toBe(false);
    expect(isStopped(4799, mac)).toBe(false);
  });

  test("ancestors come from one look at all processes, up to the first", () => {
    expect(ancestorsOf(4711, 4710, 8, mac)).toEqual([4710, 900]);
    expect(ancestorsOf(4711, 4710, 1, mac)).toEqual([4710]);
  });

  test("the words of a process are parted at flags, since ps quotes none of its blanks", () => {
    const argv = argvOf(4711, mac);
    expect(argv).toContain("serve");
    expect(argv.slice(argv.indexOf("--addr"))).toEqual([
      "--addr",
      "127.0.0.1:7777",
      "--db",
      "/Users/ann/Library/Application Support/cord/cord.db",
      "--on-demand",
    ]);
    expect(programOf(4711, mac)).toBe("cord");
    expect(argvOf(4799, mac)).toEqual([]);
  });

  test("a boot has an id, and a process a limit of descriptors", () => {
    expect(bootId(mac)).toBe("0F3C1E9A-2B1D-4E5B-9C54-0E3E6E1A7B11");
    expect(descriptorLimit(mac)).toBe(10_496);
    expect(descriptorLimit(systemThatPrints("darwin", { "sh -c ulimit -n": "unlimited\n" }))).toBe(Infinity);
  });

  test("what is no answer of these programs names nobody", () => {
    const odd = systemThatPrints("darwin", {
      "ps -A -o pid=,ppid=": `${"9".repeat(5000)} x\n4710 4711\n4711 4710\n`,
      "sysctl -n kern.bootsessionuuid": `${"a".repeat(100_000)}\n`,
    });
    expect(ancestorsOf(4711, 4710, 8, odd)).toEqual([4710]);
    expect(bootId(odd)).toBe("");
  });
});

describe("on Windows", () => {
  const windows = windowsThatTells({
    // of GetProcessTimes: the start in steps of 100 ns since 1601
    startOf: (pid) =>
      ({
        900: 134_402_007_939_435_650n,
        4710: 134_402_007_949_435_650n,
        4711: 134_402_007_959_435_650n,
        50: 134_402_999_999_435_650n,
      })[pid] ?? null,
    parents: () =>
      new Map([
        [4711, 4710],
        [4710, 900],
        [900, 50],
        [50, 4],
      ]),
    programOf: () => "C:\\Program Files\\cord\\cord.exe",
    commandLineOf: () =>
      String.raw`"C:\Program Files\cord\cord.exe" serve --addr 127.0.0.1:7777 --vault "D:\my notes"`,
    bootNumber: () => 412,
  });

  test("a process is known by its pid and its start to 100 ns", () => {
    const identity = { pid: 4711, startTime: "134402007959435650", bootId: "" };
    expect(processIdentity(4711, windows)).toEqual(identity);
    expect(isSameProcess({ ...identity, startTime: "134402007959435651" }, windows)).toBe(false);
    expect(processIdentity(4799, windows)).toBeNull();
  });

  test("an ancestor is one only if it is older: a parent's number may be another's by now", () => {
    expect(ancestorsOf(4711, 4710, 8, windows)).toEqual([4710, 900]);
  });

  test("the words and the program of a process are its own", () => {
    expect(argvOf(4711, windows)).toEqual([
      "C:\\Program Files\\cord\\cord.exe",
      "serve",
      "--addr",
      "127.0.0.1:7777",
      "--vault",
      "D:\\my notes",
    ]);
    expect(programOf(4711, windows)).toBe("cord.exe");
  });

  test("boots are counted, no process is stopped, and descriptors have no limit", () => {
    expect(bootId(windows)).toBe("412");
    expect(bootId(windowsThatTells({}))).toBe("");
    expect(isStopped(4711, windows)).toBe(false);
    expect(descriptorLimit(windows)).toBe(Infinity);
    expect(descriptorsUsed(windows)).toBe(0);
  });
});

test("the compiled binary is known by where its modules lie, on Windows too", () => {
  expect(isCompiled("/$bunfs/root/chunk-1.js")).toBe(true);
  // as a stack of the Windows binary names them
  expect(isCompiled("B:/~BUN/root/chunk-zw4015nw.js")).toBe(true);
  expect(isCompiled("B:\\~BUN\\root\\cord.exe")).toBe(true);
  expect(isCompiled("C:\\work\\cord\\src\\system\\self.ts")).toBe(false);
  expect(isCompiled("/work/~BUN/self.ts")).toBe(false);
});
