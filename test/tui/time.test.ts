import { expect, test } from "bun:test";
import {
  clock,
  cost,
  dayAndClock,
  duration,
  isSpent,
  limitUsd,
  ordinal,
  spentText,
  usd,
} from "../../src/tui/time.ts";

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

test("a cost that is partly an estimate has a sign before it", () => {
  expect(cost({ ...known, usd: 0.84, estimated: true })).toBe("~$0.84");
  expect(cost({ ...known, usd: 0.84 })).toBe("$0.84");
  expect(cost({ ...known, estimated: true })).toBe("$0.00");
});

test("a cost that is not known is never nothing: of one that is known in part it is said that it is more", () => {
  expect(cost({ ...known, uncounted: 1 })).toBe("–");
  expect(cost({ usd: 0.84, estimated: true, uncounted: 2 })).toBe("≥$0.84");
  expect(cost({ ...known, usd: 0.001, uncounted: 2 })).toBe("–");
  expect(spentText({ ...known, uncounted: 1 })).toBe("what was spent is not known");
  expect(spentText({ ...known, usd: 0.84 })).toBe("$0.84 spent");
  expect([known, { ...known, uncounted: 1 }, { ...known, usd: 0.1 }].map(isSpent)).toEqual([
    false,
    true,
    true,
  ]);
});

const known = { usd: 0, estimated: false, uncounted: 0 };

test("a limit is as short as it can be", () => {
  expect([limitUsd(10), limitUsd(0.5)]).toEqual(["$10", "$0.50"]);
});

test("ordinals are those of English", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(ordinal).join(" ")).toBe(
    "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th",
  );
});

test("the time of day is that of the place", () => {
  expect(clock(new Date(2026, 0, 2, 9, 5, 0).getTime())).toBe("09:05:00");
  expect(dayAndClock(new Date(2026, 0, 2, 9, 5, 0).getTime())).toBe("2026-01-02 09:05:00");
});
