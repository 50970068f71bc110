import { describe, expect, test } from "bun:test";
import { RateLimitInfo, windowsIn } from "../../../src/engine/agents/usage-windows.ts";

/** What Claude Code says of a subscription's windows, as cord keeps it. */

const now = 1_795_700_000_000;
const seconds = 1_795_706_396;
const at = new Date(seconds * 1000).toISOString();
const read = (info: object) => windowsIn(RateLimitInfo.parse(info), now);

describe("a line of", () => {
  test("2.1.197, which says of the window that counts its status and its reset", () => {
    const info = { resetsAt: seconds, rateLimitType: "five_hour", isUsingOverage: false };
    expect(["allowed", "allowed_warning", "rejected"].map((status) => read({ ...info, status }))).toEqual(
      (["allowed", "allowed_warning", "rejected"] as const).map((status) => [
        { name: "five_hour", status, utilization: null, resets_at: at },
      ]),
    );
  });

  test("2.1.332, which says of each how much of it is used", () => {
    const unifiedWindows = {
      five_hour: { utilization: 1, resetsAt: seconds, status: "rejected" },
      seven_day: { utilization: 0.3, resetsAt: seconds + 100, status: "allowed" },
    };
    const info = { status: "rejected", resetsAt: seconds, rateLimitType: "five_hour", isUsingOverage: false };
    const week = {
      name: "seven_day",
      status: "allowed" as const,
      utilization: 0.3,
      resets_at: expect.any(String),
    };
    expect(read({ ...info, unifiedWindows })).toEqual([
      { name: "five_hour", status: "rejected", utilization: 1, resets_at: at },
      week,
    ]);
    // bought usage serves the account on: nothing is to be waited for
    expect(read({ ...info, isUsingOverage: true, unifiedWindows })[0]).toMatchObject({
      status: "allowed_warning",
      utilization: 1,
    });
    expect(read({ ...info, status: "allowed", unifiedWindows })[0]).toMatchObject({ status: "allowed" });
  });
});

test("what is none is left out, bounded or unknown: names, numbers, moments, and how many there are", () => {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [
      `w_${index}`,
      { utilization: 0.1, resetsAt: 1, status: "allowed" },
    ]),
  );
  expect(
    read({ status: "rejected", rateLimitType: "five_hour", resetsAt: 9e15, unifiedWindows: many }),
  ).toHaveLength(16);
  expect(read({ status: "rejected", rateLimitType: "five_hour", resetsAt: 9e15 })).toEqual([
    { name: "five_hour", status: "rejected", utilization: null, resets_at: null },
  ]);
  expect(read({ status: "rejected", resetsAt: "soon", isUsingOverage: "no", unifiedWindows: [] })).toEqual([
    { name: "allowance", status: "rejected", utilization: null, resets_at: null },
  ]);
  const unnamed = { name: "allowance", status: "rejected" as const, utilization: null, resets_at: at };
  for (const rateLimitType of ["\u001b[2J", "a b", "x".repeat(65), "", 5])
    expect(read({ status: "rejected", rateLimitType, resetsAt: seconds, utilization: -1 })).toEqual([
      unnamed,
    ]);
});
