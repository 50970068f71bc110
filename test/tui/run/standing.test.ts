import { expect, test } from "bun:test";
import { RunStanding } from "../../../src/core/run.ts";
import { standingText } from "../../../src/tui/run/standing.ts";

const stand = { asks: [], lost: 0, nodes: 7, limit_hit: null };

test("where a run stands is said in a few words", () => {
  const words = RunStanding.options.map((standing) =>
    standingText({ ...stand, standing, asks: [8], lost: 5 }),
  );
  expect(words).toEqual([
    "running",
    "waits for you (#8)",
    "interrupted",
    "paused",
    "parked",
    "waits for your approval",
    "complete",
    "complete but 5 of 7 lost",
    "stopped by budget",
    "failed",
    "cancelled",
  ]);
});

test("of many questions the first are named", () => {
  expect(standingText({ ...stand, standing: "waiting", asks: [3, 5, 8, 9] })).toBe(
    "waits for you (#3, #5, #8, …)",
  );
});

test("a run is stopped by the limit that it hit", () => {
  expect(standingText({ ...stand, standing: "limited", limit_hit: "total budget" })).toBe(
    "stopped by budget",
  );
  expect(standingText({ ...stand, standing: "limited", limit_hit: "time" })).toBe("stopped by time");
});
