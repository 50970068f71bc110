import { expect, test } from "bun:test";
import { State } from "../../../src/core/task.ts";
import { askKind, finalStates } from "../../../src/core/words.ts";
import { LatestCount, searchLatest, type Latest } from "../../../src/store/lists/latest.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import type { TaskRow } from "../../../src/store/tables/task-row.ts";
import { changeTask, insertNode, insertTask } from "../../../src/store/tables/tasks.ts";
import { randomly, type Random } from "../../support/random.ts";

const runs = [
  { id: "run-1", ended_at: null },
  { id: "run-2", ended_at: 1 },
];
const openStates = State.options.filter((state) => !finalStates.includes(state));
const contexts = ["talk", "run-1", "a word"];

let rows: TaskRow[];

interface Filled {
  tasks: number;
  open: number;
  /** of the open tasks all are pending but each of so many */
  rare: number;
}

/** A board: `open` of its tasks are open, the others have ended; a tenth are nodes of two runs. */
async function fill(store: Store, { tasks, open, rare }: Filled): Promise<TaskRow[]> {
  const made = new Map<string, TaskRow>();
  await store.write(async (tx) => {
    const ends = State.options.filter((state) => finalStates.includes(state));
    for (let index = 0; index < tasks; index += 1) {
      const isOpen = index < open;
      const isNode = index % 10 === 0;
      const state = isOpen
        ? (openStates[index % rare === 0 ? (index / rare) % 4 : 0] ?? "paused")
        : (ends[(index * 7) % 3] ?? "failed");
      const task = {
        id: `task-${index}`,
        name: `Task ${index}`,
        kind: isNode && index % 20 === 0 ? askKind : "task",
        priority: index % 2 === 0 ? "high" : "normal",
        state,
        ...(state === "claimed" ? { claimed_by: "ann", lease_due: index } : {}),
      };
      const run = runs[isOpen ? 0 : 1]?.id ?? "";
      const number = index + 1;
      const place = { run_id: run, number, path: `1.${number}`, phase: "work" } as const;
      const question = JSON.stringify({ question: "?", options: [], default: null, target: "human" });
      const row = await (isNode ? insertNode(tx, { ...task, ...place }, index) : insertTask(tx, task, index));
      const asked = state === "waiting" && !isNode ? { question } : {};
      const context = !isNode && index % 3 === 0 ? (contexts[index % 7] ?? null) : null;
      const changes = { ...asked, ...(context === null ? {} : { context_id: context }) };
      made.set(
        row.id,
        await changeTask(tx, row, { type: "task.modified", data: { by: "ann" } }, index, changes),
      );
    }
    for (const { id, ended_at } of runs) {
      const nodes = [...made.values()].filter((row) => row.run_id === id).length;
      await tx.run(
        "INSERT INTO runs (id, goal, options, root_id, nodes, created_at, ended_at, ordinal) VALUES (?, '', '{}', '', ?, 0, ?, ?)",
        id,
        nodes,
        ended_at,
        Number(id.at(-1)),
      );
    }
    // some change again, so that the order of changes is not that of the tasks
    for (let index = 0; index < tasks; index += 17) {
      const row = made.get(`task-${index}`);
      if (row)
        made.set(
          row.id,
          await changeTask(tx, row, { type: "task.modified", data: { by: null } }, tasks + index, {}),
        );
    }
  });
  return [...made.values()];
}

function contextOf({ id, run_id, context_id }: TaskRow): string[] {
  return run_id === null ? [context_id ?? id] : [run_id];
}

function isAsking({ run_id, state, kind, question }: TaskRow): boolean {
  return run_id === null ? state === "waiting" && question !== null : state === "pending" && kind === askKind;
}

function fits({ context, run, states, isAsking: asking, after }: Latest, row: TaskRow): boolean {
  return (
    (context === null || contextOf(row).includes(context)) &&
    (run === null || row.run_id === run) &&
    (states === null || states.includes(row.state)) &&
    (asking === null || asking === isAsking(row)) &&
    (after === null || row.updated_at >= after)
  );
}

function randomWanted(random: Random): Latest {
  const wordings = [
    null,
    ["pending", "paused"],
    ["claimed", "waiting"],
    ["waiting", "pending"],
    ["failed"],
    ["completed"],
  ] as const;
  return {
    context: random.pick([
      null,
      null,
      null,
      "talk",
      "run-1",
      "run-2",
      "a word",
      "task-4",
      "task-10",
      "nothing",
    ]),
    run: random.pick([null, null, null, "run-1"]),
    states: random.pick(wordings),
    isAsking: random.pick([null, true, false]),
    after: random.pick([null, null, random.int(rows.length * 2)]),
  };
}

describeBoard("of few tasks", { tasks: 300, open: 100, rare: 1 });
describeBoard("of many tasks, few of them open", { tasks: 6000, open: 200, rare: 1 });
describeBoard("of many tasks, many of them open", { tasks: 6000, open: 4000, rare: 1 });
describeBoard("of a long backlog", { tasks: 9000, open: 8000, rare: 13 });

function describeBoard(name: string, filled: Filled): void {
  test(
    `the latest ${name} are those that a naive reading finds, page by page, and are counted`,
    randomly(async (random) => {
      const store = openSqlite(":memory:");
      rows = await fill(store, filled);
      for (let round = 0; round < 60; round += 1) {
        const wanted = randomWanted(random);
        const expected = rows
          .filter((row) => fits(wanted, row))
          .toSorted((one, other) => other.seq - one.seq)
          .map(({ ordinal }) => ordinal);
        const limit = random.pick([1, 20, 100]);
        expect({ wanted, found: await pagesOf(store, wanted, limit) }).toEqual({
          wanted,
          found: expected.slice(0, limit * 4),
        });
        const count = new LatestCount(wanted);
        let total: number | null = null;
        while (total === null) total = await store.read((tx) => count.step(tx));
        expect({ wanted, total }).toEqual({ wanted, total: expected.length });
      }
      await store.close();
    }),
  );
}

async function pagesOf(store: Store, wanted: Latest, limit: number): Promise<number[]> {
  const found: number[] = [];
  let before: number | null = null;
  for (let page = 0; page < 4; page += 1) {
    const search = searchLatest(wanted, before, limit);
    while (!(await store.read((tx) => search.step(tx))));
    found.push(...search.found.map(({ ordinal }) => ordinal));
    before = search.found.at(-1)?.key ?? null;
    if (search.found.length < limit) break;
  }
  return found;
}
