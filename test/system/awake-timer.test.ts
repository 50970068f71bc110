import { expect, test } from "bun:test";
import { afterAwake } from "../../src/system/awake-timer.ts";
import { ManualTime } from "../support/terminal/terminal.ts";

test("a process that was stopped for an hour has waited no longer than it was awake", () => {
  const time = new ManualTime();
  let fired = 0;
  afterAwake(30_000, () => (fired += 1), time.schedule);
  for (let piece = 0; piece < 29; piece += 1) time.pass();
  expect([fired, time.scheduled]).toEqual([0, 1]);
  time.pass();
  expect([fired, time.scheduled]).toEqual([1, 0]);
});

test("what is called off does not come", () => {
  const time = new ManualTime();
  let fired = 0;
  const stop = afterAwake(2500, () => (fired += 1), time.schedule);
  time.pass();
  stop();
  expect([fired, time.scheduled]).toEqual([0, 0]);
});

test("no time is too long to be waited for: a month is not over at once", () => {
  const time = new ManualTime();
  let fired = 0;
  const stop = afterAwake(30 * 86_400_000, () => (fired += 1), time.schedule);
  for (let piece = 0; piece < 100; piece += 1) time.pass();
  expect(fired).toBe(0);
  stop();
});
