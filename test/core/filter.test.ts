import { describe, expect, test } from "bun:test";
import type { Event } from "../../src/core/event.ts";
import { Filter, keysFor, keysOf, matcher, wordsOf } from "../../src/core/filter.ts";
import { State } from "../../src/core/task.ts";
import { randomly, type Random } from "../support/random.ts";

const words = ["task", "bug", "ack", "any", ""];

function randomEvent(random: Random): Event {
  const task = random.chance(0.9);
  const state = task ? random.pick(State.options) : null;
  return {
    seq: random.int(10),
    at: "2026-01-01T00:00:00.000Z",
    type: "task.created",
    project: random.pick([null, "/p", "/q"]),
    task_id: task ? random.pick(["t1", "t2", "t3"]) : null,
    run_id: random.pick([null, "r1", "r2"]),
    number: null,
    name: task ? random.pick(["fix the build", "Fix", "", "build"]) : null,
    kind: task ? random.pick(words) : null,
    priority: task ? random.pick(["low", "normal", "high"]) : null,
    state,
    ready: state === "pending" ? random.chance(0.5) : null,
    to: random.pick([null, "a", "b"]),
    agent: random.pick([null, "a", "b"]),
    node: null,
    data: {},
  };
}

function randomFilter(random: Random): Filter {
  const filter: Filter = {};
  const some = (from: readonly string[]) =>
    random.chance(0.5) ? random.pick(from) : from.filter(() => random.chance(0.5));
  if (random.chance(0.4)) filter.kind = some([...words, "bug,ack", "bug, task"]);
  if (random.chance(0.4)) filter.state = some([...State.options, "any", "pending,claimed"]);
  if (random.chance(0.3)) filter.priority = some(["low", "high", "low,high"]);
  if (random.chance(0.3)) filter.name_contains = random.pick(["fix", "build", "Fix", ""]);
  if (random.chance(0.2)) filter.to = random.pick(["a", "b"]);
  if (random.chance(0.2)) filter.project = "/p";
  if (random.chance(0.2)) filter.ready = random.chance(0.5);
  if (random.chance(0.2)) filter.claimed_by = random.pick(["a", "b"]);
  if (random.chance(0.2)) filter.run_id = random.chance(0.5) ? "r1" : null;
  if (random.chance(0.2)) filter.since = random.int(10);
  if (random.chance(0.2)) filter.ignore_ids = random.chance(0.5) ? ["t1", "t2"] : [];
  return filter;
}

/** The same rule, said once more and slowly. */
function lets(filter: Filter, event: Event): boolean {
  if (event.task_id === null) return false;
  if (!listed(filter.kind, event.kind)) return false;
  if (!listed(filter.state, event.state)) return false;
  if (!listed(filter.priority, event.priority)) return false;
  const text = filter.name_contains?.toLowerCase() ?? "";
  if (!event.name?.toLowerCase().includes(text)) return false;
  if (filter.ready !== undefined && filter.ready !== event.ready) return false;
  if (!equal(filter.to, event.to)) return false;
  if (event.project !== null && !equal(filter.project, event.project)) return false;
  if (!equal(filter.claimed_by, event.agent)) return false;
  if (!equal(filter.run_id, event.run_id)) return false;
  if (filter.since !== undefined && event.seq <= filter.since) return false;
  return !filter.ignore_ids?.includes(event.task_id);
}

function listed(field: string | string[] | undefined, value: string | null): boolean {
  if (field === undefined) return true;
  const list = Array.isArray(field) ? field : field.split(",").map((word) => word.trim());
  return list.length === 0 || list.includes("any") || (value !== null && list.includes(value));
}

function equal(wanted: string | null | undefined, value: string | null): boolean {
  return wanted === undefined || wanted === value;
}

describe("a filter", () => {
  test(
    "lets through what a naive reading of it does, over random events",
    randomly((random) => {
      for (let round = 0; round < 20_000; round += 1) {
        const [filter, event] = [randomFilter(random), randomEvent(random)];
        expect({ filter, event, lets: matcher(filter)(event) }).toEqual({
          filter,
          event,
          lets: lets(filter, event),
        });
      }
    }),
  );

  test(
    "is found under exactly one key by every event that it lets through",
    randomly((random) => {
      for (let round = 0; round < 20_000; round += 1) {
        const [filter, event] = [randomFilter(random), randomEvent(random)];
        if (!matcher(filter)(event)) continue;
        const keys = new Set(keysOf(filter));
        expect(keysFor(event).filter((key) => keys.has(key))).toHaveLength(1);
      }
    }),
  );

  test("takes words as a list, or as one text with commas", () => {
    expect(wordsOf(undefined)).toBeUndefined();
    expect(wordsOf([])).toBeUndefined();
    expect(wordsOf("any")).toBeUndefined();
    expect(wordsOf("a, b")).toEqual(["a", "b"]);
    expect(wordsOf(["a", "b"])).toEqual(["a", "b"]);
  });
});

test("a filter of many words is kept under few keys, and one of too many is refused", () => {
  const kinds = Array.from({ length: 64 }, (_, at) => `kind${at}`);
  expect(keysOf({ kind: kinds, state: ["pending", "claimed"] })).toHaveLength(2);
  expect(keysOf({ kind: "a,a,b", state: "pending,pending" })).toHaveLength(2);
  expect(Filter.safeParse({ kind: kinds.join(",") }).success).toBe(true);
  expect(Filter.safeParse({ kind: `${kinds.join(",")},one more` }).success).toBe(false);
  expect(Filter.safeParse({ state: "x".repeat(5000) }).success).toBe(false);
});
