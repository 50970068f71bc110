import { expect, test } from "bun:test";
import { TimeLimit } from "../../src/engine/time-limit.ts";

/** Timers that the test lets go off, by the time after which they would. */
function timers() {
  const waiting = new Map<number, () => void>();
  const after = (ms: number, run: () => void) => {
    const rounded = Math.round(ms / 1000);
    waiting.set(rounded, run);
    return () => void waiting.delete(rounded);
  };
  return { waiting, after };
}

test("an agent is told once that most of its time is used up, and is ended when all is", () => {
  const { waiting, after } = timers();
  const said: string[] = [];
  const hooks = { onNear: (text: string) => void said.push(text), onOver: () => void said.push("over") };
  const limit = new TimeLimit(600, hooks, after);
  limit.begin();
  expect([...waiting.keys()].toSorted((one, other) => one - other)).toEqual([480, 600]);
  limit.pause();
  expect(waiting.size).toBe(0);
  limit.begin();
  waiting.get(480)?.();
  expect(said).toEqual([
    "You have used up 8 min of the 10 min that one try at your task may take. Come to an end: hand in what you have with complete().",
  ]);
  limit.pause();
  limit.begin();
  expect([...waiting.keys()]).toEqual([600]);
  expect(limit.reason).toBeNull();
  waiting.get(600)?.();
  expect(said.at(-1)).toBe("over");
  expect(limit.reason).toBe("it took longer than the 10 min that one try may take");
  limit.begin();
  expect(limit.reason).toBeNull();
});

test("an agent without a limit is never told nor ended", () => {
  const { waiting, after } = timers();
  const limit = new TimeLimit(undefined, { onNear: () => {}, onOver: () => {} }, after);
  limit.begin();
  limit.pause();
  expect([waiting.size, limit.reason]).toEqual([0, null]);
});
