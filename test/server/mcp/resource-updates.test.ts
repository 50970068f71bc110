import { beforeEach, describe, expect, test } from "bun:test";
import { createBus, type Bus } from "../../../src/core/bus.ts";
import { ResourceUpdates, type Shown } from "../../../src/server/mcp/resource-updates.ts";
import { eventOf, type Given } from "../../support/events.ts";

/** When watchers of resources are told, by a clock of the test's own. */

let bus: Bus;
let updates: ResourceUpdates;
let now: number;
let due: { at: number; run: () => void }[];

beforeEach(() => {
  [bus, now, due] = [createBus(), 0, []];
  updates = new ResourceUpdates(bus, {
    restMs: 1000,
    schedule: (run, delayMs) => void due.push({ at: now + delayMs, run }),
  });
});

/** Lets time pass, and what is due then happen, in its order. */
function pass(milliseconds: number): void {
  const until = now + milliseconds;
  for (;;) {
    const [first] = due.toSorted((one, other) => one.at - other.at);
    if (!first || first.at > until) break;
    due.splice(due.indexOf(first), 1);
    now = first.at;
    first.run();
  }
  now = until;
}

/** The times at which a watcher is told. */
function toldOf(shown: Shown): { times: number[]; stop: () => void } {
  const times: number[] = [];
  return { times, stop: updates.watch(shown, () => void times.push(now)) };
}

const here = { kind: "tasks", project: "/here" } as const;

function change(given: Given<"task.claimed"> = {}): void {
  bus.publish([eventOf("task.claimed", { project: "/here", task_id: "one", ...given })]);
}

test("a burst of 1,000 changes is told at once and then once a second, and the last one is told", () => {
  const { times } = toldOf(here);
  for (let count = 0; count < 1000; count += 1) {
    change();
    pass(3);
  }
  pass(10_000);
  expect(times).toEqual([0, 1000, 2000, 3000]);
});

test.each([0, 500, 999, 1000, 1001, 2500])("a change %p ms after another is told", (after) => {
  const { times } = toldOf(here);
  change();
  pass(after);
  const before = now;
  change();
  pass(5000);
  expect(times.at(-1)).toBeGreaterThanOrEqual(before);
  expect(times.length).toBeLessThanOrEqual(2);
});

test("a change while watchers are told is told to all of them again", () => {
  const told = Array.from({ length: 200 }, () => 0);
  told.forEach((_, at) =>
    updates.watch(here, () => {
      if (told[at] === 0 && at === 120) change();
      told[at] = (told[at] ?? 0) + 1;
    }),
  );
  change();
  pass(5000);
  expect(new Set(told)).toEqual(new Set([2]));
});

test("no watcher is told while the change is published, and at one time only a few of a thousand", () => {
  let told = 0;
  for (let count = 0; count < 1000; count += 1) updates.watch(here, () => (told += 1));
  change();
  expect(told).toBe(0);
  due.splice(0, 1)[0]?.run();
  expect(told).toBe(50);
  pass(0);
  expect(told).toBe(1000);
});

test("a thousand watchers of as many tasks cost an event of another nothing", () => {
  for (let count = 0; count < 1000; count += 1) toldOf({ kind: "task", id: `task ${count}` });
  change({ task_id: "another" });
  expect(due).toEqual([]);
  change({ task_id: "task 7" });
  expect(due).toHaveLength(1);
});

describe("a watcher", () => {
  test.each<[string, Shown, Given<"task.claimed">, boolean]>([
    ["its project's tasks", here, {}, true],
    ["its project's tasks of one that is everybody's", here, { project: null }, true],
    ["its project's tasks of another's", here, { project: "/there" }, false],
    ["its project's tasks of a node", here, { run_id: "run" }, false],
    ["all tasks of any project's", { kind: "tasks", project: null }, { project: "/there" }, true],
    ["all tasks of one that is everybody's", { kind: "tasks", project: null }, { project: null }, true],
    ["its project's agents", { kind: "agents", project: "/here" }, {}, true],
    ["its project's runs of a node", { kind: "runs", project: "/here" }, { run_id: "run" }, true],
    ["its project's runs of a task", { kind: "runs", project: "/here" }, {}, false],
    ["a run", { kind: "run", id: "run" }, { run_id: "run" }, true],
    ["another run", { kind: "run", id: "other" }, { run_id: "run" }, false],
    ["a task", { kind: "task", id: "one" }, {}, true],
    ["another task", { kind: "task", id: "two" }, {}, false],
  ])("of %s is told of what it shows alone", (_, shown, given, isTold) => {
    const { times } = toldOf(shown);
    change(given);
    pass(5000);
    expect(times).toEqual(isTold ? [0] : []);
  });

  test("that is gone is not told, and when all are gone nothing is kept and no event is looked at", () => {
    const [first, second] = [toldOf(here), toldOf(here)];
    change();
    first.stop();
    pass(5000);
    expect([first.times, second.times]).toEqual([[], [0]]);
    second.stop();
    expect([updates.size, bus.watchers()]).toEqual([0, 0]);
  });

  test("that comes again within the second is told no sooner for it", () => {
    const first = toldOf(here);
    change();
    pass(10);
    first.stop();
    const again = toldOf(here);
    change();
    pass(5000);
    expect(again.times).toEqual([1000]);
  });
});
