import { describe, expect, test } from "bun:test";
import { eventIn, eventText, readEvent, type Event } from "../../src/core/event.ts";

/** As the daemon writes it now. */
const ended: Event = {
  seq: 7,
  at: "2026-01-01T00:00:00.000Z",
  type: "attempt.ended",
  project: null,
  task_id: "t",
  run_id: "r",
  number: 4,
  name: "a goal",
  kind: "task",
  priority: "normal",
  state: "claimed",
  ready: null,
  to: null,
  agent: "engine:1",
  node: { run_id: "r", number: 4, path: "1.4", epoch: 3, phase: "synthesis" },
  data: { attempt: 2, usd: 0.5, estimated: true, reason: null },
};

/** The same event as daemons of 0.1 write it. */
const { node: _, ready: _r, ...apart } = ended;
const slipped = { ...apart, data: { ...ended.data, path: "1.4", epoch: 3, phase: "synthesis" } };

const readyOf = (state: string, data: object) =>
  eventIn({ ...apart, type: "task.ready", state, data })?.ready;

const blocked = { ...ended, type: "task.created", state: "pending", ready: false, node: null, data: {} };

describe("an event that is read", () => {
  test("is the one that was written", () => {
    expect(readEvent(eventText(ended))).toEqual(ended);
    const created = eventIn({ ...blocked, data: { by: "human", needs: [3] } });
    expect(created && readEvent(eventText(created))).toEqual(created);
  });

  test("has its node's facts apart, also when an older daemon slipped them into its data", () => {
    expect(readEvent(JSON.stringify(slipped))).toEqual(ended);
  });

  test("tells whether its task is ready, also when an older daemon said it in its data", () => {
    expect(readyOf("pending", {})).toBe(true);
    expect(readyOf("pending", { unmet: 2 })).toBe(false);
    expect(readyOf("claimed", {})).toBeNull();
  });

  test("is nothing when its type is unknown, or it is no event", () => {
    const unknown = JSON.stringify({ ...ended, type: "task.split" });
    for (const text of [unknown, "", "{", "null", "[]", "7", "{}", '{"type":"task.claimed"}', "1e400"])
      expect([text, readEvent(text)]).toEqual([text, null]);
  });

  test("is what this program understands of it when a newer daemon says more, less, or other things", () => {
    const { project: _p, ...less } = ended;
    const newer = {
      ...less,
      state: "parked",
      weather: "fine",
      node: { ...ended.node, phase: "review", round: 2 },
      data: { attempt: "second", usd: 0.5, cents: 50 },
    };
    expect(eventIn(newer)).toEqual({
      ...ended,
      state: null,
      node: { run_id: "r", number: 4, path: "1.4", epoch: 3, phase: "work" },
      data: { attempt: 0, usd: 0.5, estimated: false, reason: null },
    });
  });
});

test("an event on the wire has its node's facts in its data too, where programs of 0.1 look for them", () => {
  expect(JSON.parse(eventText(ended))).toEqual({ ...ended, data: slipped.data });
  const created = eventIn(blocked);
  expect(created && JSON.parse(eventText(created))).toMatchObject({ data: { unmet: 1 } });
});
