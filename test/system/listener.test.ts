import { describe, expect, test } from "bun:test";
import { isSurelyFree, listenerAt } from "../../src/system/listener.ts";
import { lockHolderOf, openFilesOf } from "../../src/system/open-files.ts";
import { systemThatPrints, windowsThatTells } from "../support/system/other-system.ts";

/** In the form of lsof 4.91, which macOS has; lsof(8), "output for other programs". */
function mac(said: string) {
  return systemThatPrints("darwin", { "lsof -nP -w -iTCP:7777 -sTCP:LISTEN -Fpcn": said });
}

describe("who listens on macOS", () => {
  test.each([
    [
      "127.0.0.1",
      "p812\ncnode\nf20\nn127.0.0.2:7777\np4711\nccord\nf9\nn127.0.0.1:7777\n",
      { pid: 4711, name: "cord" },
    ],
    ["127.0.0.1", "p4711\nccord\nf9\nn*:7777\n", { pid: 4711, name: "cord" }],
    ["::1", "p4711\nccord\nf9\nn[::1]:7777\n", { pid: 4711, name: "cord" }],
    ["127.0.0.1", "p4711\nccord\nf9\nn[::1]:7777\n", null],
    ["127.0.0.1", "", null],
    ["127.0.0.1", "pnonsense\ncx\nn127.0.0.1:7777\n", null],
  ])("at %s is told by lsof", (host, said, found) => {
    expect(listenerAt(host, 7777, mac(said))).toEqual(found);
  });
});

describe("who listens on Windows", () => {
  const windows = windowsThatTells({
    tcpListeners: () => [
      { address: "0.0.0.0", port: 135, pid: 900 },
      { address: "::1", port: 7777, pid: 812 },
      { address: "127.0.0.1", port: 7777, pid: 4711 },
      { address: "127.0.0.1", port: 7778, pid: 0 },
    ],
    programOf: (pid) => (pid === 4711 ? "C:\\cord\\cord.exe" : "C:\\other.exe"),
  });

  test("is told by the system's own table", () => {
    expect(listenerAt("127.0.0.1", 7777, windows)).toEqual({ pid: 4711, name: "cord.exe" });
    expect(listenerAt("::1", 7777, windows)).toEqual({ pid: 812, name: "other.exe" });
    expect(listenerAt("127.0.0.1", 135, windows)).toEqual({ pid: 900, name: "other.exe" });
    expect(listenerAt("127.0.0.1", 7778, windows)).toBeNull();
    expect(listenerAt("127.0.0.1", 7779, windows)).toBeNull();
  });

  test("is surely nobody only where the table says so", () => {
    expect(isSurelyFree(7779, windows)).toBe(true);
    expect(isSurelyFree(7777, windows)).toBe(false);
    expect(isSurelyFree(7779, windowsThatTells({}))).toBe(false);
    expect(isSurelyFree(7779)).toBe(false);
  });
});

describe("what a process has open", () => {
  const lock = "/Users/ann/Library/Application Support/cord/cord.db.lock";
  const system = systemThatPrints("darwin", {
    "lsof -nP -w -a -p 4711 -Fn": `p4711\nfcwd\nn/\nf8\nn${lock}\nf9\nn127.0.0.1:7777\n`,
    [`lsof -nP -w -Fp -- ${lock}`]: `p${process.pid}\nf3\np4711\nf8\n`,
  });

  test("on macOS is told by lsof; this process, which looks at the lock too, is not its holder", () => {
    expect(openFilesOf(4711, ".lock", system)).toEqual([lock]);
    expect(lockHolderOf(lock, system)).toBe(4711);
    expect(lockHolderOf("/elsewhere.lock", system)).toBeNull();
  });

  test("on Windows is not told", () => {
    expect(openFilesOf(4711, ".lock", windowsThatTells({}))).toEqual([]);
    expect(lockHolderOf(lock, windowsThatTells({}))).toBeNull();
  });
});
