import { afterEach, beforeEach, expect, expectTypeOf, test } from "bun:test";
import type { DataOf, TaskHappening } from "../../../src/core/event.ts";
import type { Action } from "../../../src/core/lifecycle.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { appendTaskEvent, eventsSince, historyOf } from "../../../src/store/tables/events.ts";
import type { TaskRow } from "../../../src/store/tables/task-row.ts";
import { moveTask } from "../../../src/store/tables/tasks.ts";

let store: Store;

beforeEach(() => {
  store = openSqlite(":memory:");
});
afterEach(() => store.close());

/** Adds an event as a row of its table, as any version may have written it. */
function addRow(type: string, row: { state?: string; run_id?: string; number?: number; data: object }) {
  const { state = "claimed", run_id = null, number = null, data } = row;
  return store.write((tx) =>
    tx.run(
      `INSERT INTO events (at, type, project, task_id, run_id, number, name, kind, priority, state, recipient, agent, data)
       VALUES (1, ?, NULL, 't', ?, ?, 'a goal', 'task', 'normal', ?, NULL, 'engine:1', ?)`,
      type,
      run_id,
      number,
      state,
      JSON.stringify(data),
    ),
  );
}

const read = (limit = 100) => store.read((tx) => eventsSince(tx, 0, {}, limit));

const common = {
  at: "1970-01-01T00:00:00.001Z",
  project: null,
  task_id: "t",
  run_id: null,
  number: null,
  name: "a goal",
  kind: "task",
  priority: "normal",
  state: "claimed",
  ready: null,
  to: null,
  agent: "engine:1",
  node: null,
} as const;

test("events of every version are read the same, with what was slipped into their data in its place", async () => {
  const node = { run_id: "r", number: 4 };
  await addRow("task.created", {
    ...node,
    state: "pending",
    data: { parent: 1, needs: [2], path: "1.4", epoch: 0 },
  });
  await addRow("attempt.started", {
    ...node,
    data: { phase: "synthesis", agent: "claude", path: "1.4", epoch: 2 },
  });
  await addRow("attempt.ended", {
    ...node,
    data: { attempt: 1, usd: 0.5, reason: null, path: "1.4", epoch: 2, phase: "work" },
  });
  await addRow("task.created", { state: "pending", data: { by: "human", needs: [1], unmet: 1 } });
  await addRow("task.refused", { data: { by: "ann", late: true } });
  const facts = { ...node, path: "1.4", epoch: 2, phase: "work" } as const;
  expect((await read()).events).toEqual([
    {
      ...common,
      ...node,
      seq: 1,
      type: "task.created",
      state: "pending",
      ready: true,
      node: { ...facts, epoch: 0 },
      data: { parent: 1, needs: [2] },
    },
    {
      ...common,
      ...node,
      seq: 2,
      type: "attempt.started",
      node: { ...facts, phase: "synthesis" },
      data: { agent: "claude", tries: 0 },
    },
    {
      ...common,
      ...node,
      seq: 3,
      type: "attempt.ended",
      node: facts,
      data: { attempt: 1, usd: 0.5, estimated: false, reason: null },
    },
    {
      ...common,
      seq: 4,
      type: "task.created",
      state: "pending",
      ready: false,
      data: { by: "human", needs: [1] },
    },
    { ...common, seq: 5, type: "task.refused", data: { by: "ann", late: true } },
  ]);
});

test("events of a newer version, of types that this one does not know, are passed over", async () => {
  for (const type of ["task.claimed", "task.split", "task.split", "task.expired"])
    await addRow(type, { data: {} });
  expect(await read(2)).toMatchObject({ events: [{ seq: 1 }], until: 2, isLast: false });
  expect(await read()).toMatchObject({ events: [{ seq: 1 }, { seq: 4 }], until: 4, isLast: true });
  expect(await store.read((tx) => historyOf(tx, "t", 10))).toMatchObject([{ seq: 1 }, { seq: 4 }]);
});

test("a fact of an event that is missing, misspelt or another's does not compile", () => {
  expectTypeOf<Parameters<typeof appendTaskEvent>[3]>().toEqualTypeOf<TaskHappening>();
  expectTypeOf<{ type: "task.failed"; data: { by: string } }>().not.toExtend<TaskHappening>();
  expectTypeOf<{ type: "task.failed"; data: { by: null; reason: string } }>().toExtend<TaskHappening>();
  expectTypeOf<{ type: "task.failed"; data: { by: null; raison: string } }>().not.toExtend<TaskHappening>();
  expectTypeOf<{ type: "task.claimed"; data: { by: string } }>().not.toExtend<TaskHappening>();
  expectTypeOf<{ type: "run.ended"; data: { state: "failed" } }>().not.toExtend<TaskHappening>();
});

type FactsOf<Moved extends Action> = Parameters<typeof moveTask<TaskRow, Moved>>[5];

test("a move wants the facts of the event that its action is told as", () => {
  expectTypeOf<FactsOf<"cancel">>().toEqualTypeOf<DataOf<"task.cancelled">>();
  expectTypeOf<FactsOf<"pause">>().toEqualTypeOf<DataOf<"task.paused">>();
  expectTypeOf<FactsOf<"complete">>().toEqualTypeOf<DataOf<"task.completed">>();
});
