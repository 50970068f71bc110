import { expect, test } from "bun:test";
import { tokens } from "../../src/cli/options.ts";

test("tokens are counted as people and cord write them", () => {
  expect(["200000", "200k", "1.5M", " 12.3k ", "0.001k"].map(tokens)).toEqual([
    200_000, 200_000, 1_500_000, 12_300, 1,
  ]);
});

test.each(["", "k", "-1", "0", "1e9", "200K", "1.5.2M", "0x10", "9".repeat(16), "1".repeat(100_000)])(
  "%p is no number of tokens",
  (text) => {
    expect(() => tokens(text)).toThrow("200k");
  },
);
