import { describe, expect, test } from "bun:test";
import { bytesIn, historyDefaults, readHistory } from "../../src/core/history.ts";

describe("[history]", () => {
  test("has defaults where nothing is said, and for each key that is not", () => {
    expect(readHistory(undefined, "file")).toEqual(historyDefaults);
    expect(readHistory({ keep: "30d" }, "file")).toEqual({
      keep: { value: 30 * 86_400_000, text: "30d" },
      outputs: historyDefaults.outputs,
    });
    expect(readHistory({ keep: "forever", outputs: "500 MB" }, "file")).toEqual({
      keep: { value: Number.POSITIVE_INFINITY, text: "forever" },
      outputs: { value: 500_000_000, text: "500 MB" },
    });
  });

  test.each([
    [[], "history is a table"],
    [{ keeep: "30d" }, "Write keep"],
    [{ other: 1 }, "There are keep and outputs"],
    [{ keep: "3h" }, "a day or more"],
    [{ keep: 90 }, "a day or more"],
    [{ outputs: "2" }, "1 MB or more"],
    [{ outputs: "1KB" }, "1 MB or more"],
    [{ outputs: 2_000_000_000 }, "1 MB or more"],
  ])("refuses %j in a sentence that names the file", (table, says) => {
    expect(() => readHistory(table, "/home/me/config.toml")).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringMatching(new RegExp(`^/home/me/config.toml.*${says}`)),
      }),
    );
  });
});

test.each([
  ["2GB", 2e9],
  ["2 GiB", 2 * 1024 ** 3],
  ["1.5mb", 1_500_000],
  ["12B", 12],
  ["", null],
  ["GB", null],
  ["-1GB", null],
  ["1e9 B", null],
])("a size is read as people write it: %j", (text, bytes) => {
  expect(bytesIn(text)).toBe(bytes);
});
