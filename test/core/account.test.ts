import { describe, expect, test } from "bun:test";
import {
  headroomText,
  isShort,
  parkingFor,
  parkingText,
  resetOf,
  timeText,
  usedUp,
  type UsageWindow,
} from "../../src/core/account.ts";

const now = new Date(2026, 10, 26, 16, 9).getTime();
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
const fiveHours: UsageWindow = {
  name: "five_hour",
  status: "allowed",
  utilization: 0.834,
  resets_at: at(43),
};

test.each([
  ["five_hour", "the 5-hour window is used up"],
  ["seven_day_opus", "the 7-day opus window is used up"],
  ["overage", "the window overage is used up"],
  ["thousand_day", "the window thousand day is used up"],
  ["allowance", "the account's allowance is used up"],
])("%s that is used up: %s", (name, sentence) => expect(usedUp(name)).toBe(sentence));

describe("a run that is parked", () => {
  const reason = "the 5-hour window is used up";

  test("says when it goes on: a minute after the reset", () => {
    expect(parkingText({ reason, until: at(42) }, now)).toBe(
      "limit: the 5-hour window is used up, goes on at 16:52 (43 min)",
    );
    expect(parkingText({ reason, until: at(60 * 50) }, now)).toBe(
      "limit: the 5-hour window is used up, goes on at Sat 18:10 (51 h)",
    );
  });

  test("says that it tries once that has come, and where nobody knows when it does", () => {
    expect(parkingText({ reason, until: at(-1) }, now)).toBe(`limit: ${reason}, tries again now`);
    expect(parkingText({ reason, until: null }, now)).toBe(`limit: ${reason}, tries again from time to time`);
  });

  test("waits for the last of what is used up", () => {
    const rejected = { ...fiveHours, status: "rejected" as const };
    const week = { ...rejected, name: "seven_day", resets_at: at(900) };
    expect(parkingFor([fiveHours, week, rejected])).toEqual({
      reason: "the 7-day window is used up",
      until: at(900),
    });
    expect(parkingFor([{ ...rejected, resets_at: null }, week])).toEqual({ reason, until: null });
    expect(parkingFor([fiveHours])).toBeNull();
  });
});

test("what is left of an account is said in short, and people are told from 80 %", () => {
  expect(headroomText(fiveHours, now)).toBe("5 h 83 %, resets 16:52");
  expect(headroomText({ ...fiveHours, name: "seven_day_opus", resets_at: null }, now)).toBe("7 d opus 83 %");
  expect(headroomText({ ...fiveHours, status: "allowed_warning", utilization: null }, now)).toBe(
    "5 h nearly used up, resets 16:52",
  );
  expect(headroomText({ ...fiveHours, utilization: null }, now)).toBeNull();
  expect([0.79, 0.8, null].map((utilization) => isShort({ ...fiveHours, utilization }))).toEqual([
    false,
    true,
    false,
  ]);
  expect(isShort({ ...fiveHours, status: "allowed_warning", utilization: null })).toBe(true);
});

test("a reset that is no moment, or too far off to be true, is none", () => {
  const eightDays = 8 * 86_400_000;
  expect(resetOf(now + eightDays, now)).toBe(new Date(now + eightDays).toISOString());
  for (const wrong of [now + eightDays + 1, Number.NaN, Number.POSITIVE_INFINITY, -1, 8.7e15])
    expect(resetOf(wrong, now)).toBeNull();
  expect(timeText(now, now)).toBe("16:09");
});
