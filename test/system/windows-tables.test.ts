import { describe, expect, test } from "bun:test";
import { parentsIn, tcpListeners, wordsOf } from "../../src/system/windows-tables.ts";

describe("the table of listeners", () => {
  /** As GetExtendedTcpTable(TCP_TABLE_OWNER_PID_LISTENER) filled it under Wine 8, with pids put in: it tells none. */
  const two = Buffer.from(
    "02000000" +
      "02000000" +
      "7f000001" +
      "5a530000" +
      "00000000" +
      "00000000" +
      "67120000" +
      "02000000" +
      "00000000" +
      "07e80000" +
      "00000000" +
      "00000000" +
      "04000000",
    "hex",
  );

  test("has each address, port and process", () => {
    expect(tcpListeners(two, 4)).toEqual([
      { address: "127.0.0.1", port: 0x5a53, pid: 0x1267 },
      { address: "0.0.0.0", port: 2024, pid: 4 },
    ]);
  });

  test("of IPv6 has its addresses as they are written", () => {
    const row = Buffer.alloc(60);
    row.writeUInt32LE(1, 0);
    row[4 + 15] = 1;
    row.writeUInt16BE(7777, 4 + 20);
    row.writeUInt32LE(4711, 4 + 52);
    expect(tcpListeners(row, 6)).toEqual([{ address: "::1", port: 7777, pid: 4711 }]);
  });

  test("is read no further than its bytes go, whatever its count says", () => {
    const lying = Buffer.from(two);
    lying.writeUInt32LE(0xff_ff_ff_ff, 0);
    expect(tcpListeners(lying, 4)).toHaveLength(2);
    expect(tcpListeners(Buffer.alloc(2), 4)).toEqual([]);
    expect(tcpListeners(lying.subarray(0, 20), 4)).toEqual([]);
  });
});

test("processes are read with their parents, one entry after the other", () => {
  const all = [
    [56, 40],
    [4711, 56],
  ];
  const parents = parentsIn((entry, isFirst) => {
    expect(entry.readUInt32LE(0)).toBe(568);
    const next = all.shift();
    expect(isFirst).toBe(next?.[0] === 56);
    entry.writeUInt32LE(next?.[0] ?? 0, 8);
    entry.writeUInt32LE(next?.[1] ?? 0, 32);
    return next !== undefined;
  });
  expect([...parents]).toEqual([
    [56, 40],
    [4711, 56],
  ]);
});

/** The examples of learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments, and some of cord's own. */
test.each([
  [String.raw`"abc" d e`, ["abc", "d", "e"]],
  [String.raw`a\\b d"e f"g h`, ["a\\\\b", "de fg", "h"]],
  [String.raw`a\\\"b c d`, ['a\\"b', "c", "d"]],
  [String.raw`a\\\\"b c" d e`, ["a\\\\b c", "d", "e"]],
  [
    String.raw`"C:\a b\cord.exe"  serve --vault "D:\x y\\"`,
    ["C:\\a b\\cord.exe", "serve", "--vault", "D:\\x y\\"],
  ],
  [`cord "" x`, ["cord", "", "x"]],
  ["", []],
  ['"never ends', ["never ends"]],
])("the words of %p", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

test("a long command line is parted at once", () => {
  expect(wordsOf(`${"\\".repeat(30_000)}" ${"a ".repeat(10_000)}`)).toHaveLength(1);
  expect(wordsOf(`${"x ".repeat(16_000)}`)).toHaveLength(16_000);
});
