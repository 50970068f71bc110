import { expect, test } from "bun:test";
import type { Event, Happening } from "../../src/core/event.ts";
import { notificationOf, stoppedNotification } from "../../src/core/notification.ts";

/** What of a run is told to a person who does not watch it. */

const run = { id: "01a2184b-258f-7000-8000-000000000000", goal: "Ship it" };

function told(happening: Happening, number: number | null = null) {
  const head = {
    seq: 1,
    at: "2026-11-26T12:00:00.000Z",
    project: null,
    task_id: null,
    run_id: run.id,
    number,
  };
  const rest = {
    name: null,
    kind: null,
    priority: null,
    state: null,
    ready: null,
    to: null,
    agent: null,
    node: null,
  };
  const event: Event = { ...head, ...rest, ...happening };
  return notificationOf(event, run, Date.parse(event.at));
}

const question = { question: "Which?", options: ["red", "blue"], default: "red", target: "human" as const };

test("a question to a person is told with its options and the command that answers it; one to a parent is not", () => {
  expect(told({ type: "task.created", data: { parent: 4, question } }, 7)).toEqual({
    event: "asked",
    run_id: run.id,
    goal: "Ship it",
    node: "#7",
    text: "#4 asks: Which? (red | blue; default: red)",
    command: "cord answer 7 --run 01a2184b-258f TEXT",
    question: { text: "Which?", options: ["red", "blue"], default: "red" },
  });
  const toParent = { ...question, target: "parent" as const };
  expect(told({ type: "task.created", data: { parent: 4, question: toParent } }, 7)).toBeNull();
  expect(told({ type: "task.created", data: { parent: 4 } }, 7)).toBeNull();
});

test.each([
  [
    { type: "run.proposed", data: { by: null, parent: 1, children: 3 } },
    {
      event: "asked",
      text: "#1 has planned 3 parts, which wait for your approval",
      command: "cord approve 1 --run 01a2184b-258f",
    },
  ],
  [
    {
      type: "run.parked",
      data: { by: null, from: "claude", reason: "the 5-hour window is used up", until: null },
    },
    {
      event: "parked",
      text: "limit: the 5-hour window is used up, tries again from time to time",
      command: "cord resume 01a2184b-258f",
    },
  ],
  [
    { type: "run.ended", data: { state: "completed" } },
    { event: "ended", text: "Run 01a2184b-258f is complete: Ship it", command: "cord report 01a2184b-258f" },
  ],
  [{ type: "run.created", data: {} }, null],
] as const)("an event of the run: %j", (happening, wanted) => {
  if (wanted === null) expect(told(happening)).toBeNull();
  else expect(told(happening)).toMatchObject(wanted);
});

test("a failed node is told with its reason, safe and bounded, and how to go on", () => {
  const reason = `no\x1b[2J\nway ${"x".repeat(10_000)}`;
  const failed = told({ type: "task.failed", data: { by: null, reason } }, 4);
  expect(failed).toMatchObject({ event: "failed", node: "#4", command: "cord retry 4 --run 01a2184b-258f" });
  expect(failed?.text).toMatch(/^#4 failed: no way x+…$/);
  expect(failed?.text).toHaveLength(600);
  const root = told({ type: "task.failed", data: { by: null, reason: "no" } }, 1);
  expect(root?.command).toBe("cord run --resume 01a2184b-258f");
});

test("a run that stops before its end says why and how to go on", () => {
  expect(stoppedNotification(run, "The disk is full.")).toMatchObject({
    event: "ended",
    text: "Run 01a2184b-258f has stopped: The disk is full.",
    command: "cord run --resume 01a2184b-258f",
  });
});
