import { expect, test } from "bun:test";
import { Siblings } from "../../src/engine/siblings.ts";

type Sibling = Parameters<Siblings["turn"]>[0];

const never = new Promise<void>(() => {});
const soon = 5;
const late = 60_000;

/** A child of #1, ready for its first attempt. */
function sibling(some: Partial<Sibling> = {}): Sibling {
  return {
    agent: "claude",
    model: "sonnet",
    session_id: null,
    options: {},
    brief: { phase: "work", chain: [{ number: 1, goal: "A report" }] },
    ...some,
  };
}

/** Whether it may start now. */
async function mayStart(turn: Promise<void>): Promise<boolean> {
  return Promise.race([turn.then(() => true), nextRound().then(() => false)]);
}

test("siblings that start together wait for the first one's answer", async () => {
  const siblings = new Siblings(late);
  const [first, second, third] = [sibling(), sibling(), sibling()];
  expect(await mayStart(siblings.turn(first, never))).toBe(true);
  const turns = [siblings.turn(second, never), siblings.turn(third, never)];
  expect(await Promise.all(turns.map(mayStart))).toEqual([false, false]);
  siblings.answered(second);
  expect(await Promise.all(turns.map(mayStart))).toEqual([false, false]);
  siblings.answered(first);
  await Promise.all(turns);
  expect(await mayStart(siblings.turn(sibling(), never))).toBe(true);
});

test("they wait no longer than a few seconds, nor for one that is over, nor once they are to be ended", async () => {
  const siblings = new Siblings(soon);
  await siblings.turn(sibling(), never);
  await siblings.turn(sibling(), never);
  const patient = new Siblings(late);
  const first = sibling();
  await patient.turn(first, never);
  const second = patient.turn(sibling(), never);
  await patient.turn(sibling(), Promise.resolve());
  patient.over(first);
  await second;
  const next = sibling();
  expect(await mayStart(patient.turn(next, never))).toBe(true);
  expect(await mayStart(patient.turn(sibling(), never))).toBe(false);
  patient.over(next);
});

test("only those wait whose prompts begin alike", async () => {
  const siblings = new Siblings(late);
  await siblings.turn(sibling(), never);
  const others: Partial<Sibling>[] = [
    { model: "opus" },
    { agent: "rehearsal" },
    { session_id: "s" },
    { options: { cwd: "web" } },
    { brief: { phase: "synthesis", chain: [{ number: 1, goal: "A report" }] } },
    { brief: { phase: "work", chain: [{ number: 2, goal: "Another" }] } },
    { brief: { phase: "work", chain: [] } },
  ];
  for (const some of others) expect(await mayStart(siblings.turn(sibling(some), never))).toBe(true);
});

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
