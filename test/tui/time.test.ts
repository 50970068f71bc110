import { expect, test } from "bun:test";
import { duration, usd } from "../../src/tui/time.ts";

test.each([
  [-5, "0s"],
  [999, "0s"],
  [41_000, "41s"],
  [59_999, "59s"],
  [60_000, "1m00s"],
  [134_000, "2m14s"],
  [3_720_000, "1h02m"],
  [273_600_000, "3d04h"],
])("a duration of %d ms reads %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "$0.00"],
  [0.001, "<$0.01"],
  [0.12, "$0.12"],
  [0.005, "$0.01"],
  [10, "$10.00"],
  [1234.5, "$1234.50"],
])("%d US dollars read %s", (amount, text) => {
  expect(usd(amount)).toBe(text);
});
