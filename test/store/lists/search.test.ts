import { afterAll, beforeAll, expect, test } from "bun:test";
import { wordsOf, type Sought } from "../../../src/core/filter.ts";
import { rankOf } from "../../../src/core/rank.ts";
import { State } from "../../../src/core/task.ts";
import { finalStates } from "../../../src/core/words.ts";
import { fold } from "../../../src/core/text.ts";
import { getTask } from "../../../src/store/tables/ids.ts";
import type { Order, PageCursor } from "../../../src/store/lists/listing.ts";
import { Search } from "../../../src/store/lists/search.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import type { TaskRow } from "../../../src/store/tables/task-row.ts";
import { changeTask, insertNode, insertTask } from "../../../src/store/tables/tasks.ts";
import { listTasks, searched } from "../../support/store/lists.ts";
import { randomly, type Random } from "../../support/random.ts";

const kinds = ["task", "bug", "ack"];
const priorities = ["urgent", "high", "normal", "low", "someday"];
const projects = ["/a", "/b", null];
const agents = ["ann", "bob", null];

let store: Store;
let rows: TaskRow[];

/** More of some kinds than are looked at one by one, and fewer of others. */
beforeAll(async () => {
  store = openSqlite(":memory:");
  rows = await store.write(async (tx) => {
    const made: TaskRow[] = [];
    for (let index = 0; index < 6000; index += 1) {
      const state =
        index % 3 === 0 ? "pending" : (State.options[(index * 5) % State.options.length] ?? "paused");
      const task = {
        id: `0000${String(index).padStart(4, "0")}-aaaa`,
        name: `Task ${index} ${index % 2 === 0 ? "STRASSE" : "x"}`,
        kind: index % 50 === 0 ? "ack" : (kinds[index % 2] ?? "task"),
        priority: priorities[(index >> 1) % priorities.length] ?? "normal",
        state,
        unmet: state === "pending" && index % 2 === 0 ? 1 : 0,
        project: projects[(index >> 2) % 3] ?? null,
        recipient: index % 40 === 0 ? "ann" : null,
        ...(state === "claimed" || finalStates.includes(state)
          ? { claimed_by: agents[index % 3] ?? null, lease_due: index }
          : {}),
      };
      const number = index + 1;
      const place = { run_id: "run", number, path: `1.${number}`, phase: "work" } as const;
      made.push(
        await (index % 10 === 0 ? insertNode(tx, { ...task, ...place }, 0) : insertTask(tx, task, 0)),
      );
    }
    return made;
  });
});

afterAll(() => store.close());

test(
  "a list holds what a naive reading of its filter does, in its order, by whichever index it is found and page by page",
  randomly(async (random) => {
    for (let round = 0; round < 300; round += 1) await checkOne(random);
  }),
);

async function checkOne(random: Random): Promise<void> {
  const filter = randomFilter(random);
  const order: Order = random.pick(["newest", "ready", "changed"]);
  if (order === "changed") filter.since = random.int(7000);
  if (order === "ready")
    Object.assign(filter, random.pick([{ ready: true }, { state: "pending", unblocked: true }]));
  const expected = rows
    .filter((row) => fits(filter, row))
    .toSorted(compare(order, filter))
    .map(({ id }) => id);
  const limit = random.pick([1, 7, 50, 1000]);
  const found: string[] = [];
  for (let after: PageCursor | undefined, pages = 0; pages < 5; pages += 1) {
    const page = await pageOf({ filter, order, limit, after });
    found.push(...page.ids);
    after = page.last;
    if (page.ids.length < limit) break;
  }
  expect({ filter, order, limit, found }).toEqual({
    filter,
    order,
    limit,
    found: expected.slice(0, limit * 5),
  });
}

async function pageOf(listing: Parameters<typeof Search.of>[0]) {
  const search = Search.of(listing);
  while (!(await store.read((tx) => search.step(tx))));
  const ids = search.found.map(({ ordinal }) => rows.find((row) => row.ordinal === ordinal)?.id ?? "");
  return { ids, last: search.found.at(-1) };
}

test("a list from a cursor holds each task that has changed since, once, the latest change first", async () => {
  const cursor = Math.max(...rows.map(({ seq }) => seq));
  const changed = [rows[5], rows[201], rows[5], rows[41]].map((row) => row?.id ?? "");
  const modified = { type: "task.modified", data: { by: "human" } } as const;
  await store.write(async (tx) => {
    for (const id of changed) {
      const row = await changeTask(tx, await getTask(tx, id), modified, 1, {});
      Object.assign(rows.find((known) => known.id === id) ?? {}, { seq: row.seq });
    }
  });
  const found = await store.read((tx) => listTasks(tx, { since: cursor }, 50, "changed"));
  expect(found.map(({ id }) => id)).toEqual([changed[3] ?? "", changed[2] ?? "", changed[1] ?? ""]);
});

test("a name that nobody has is looked for in short steps, and one that all have in one", async () => {
  const none = await store.read((tx) => searched(tx, { name_contains: "nothing of the kind" }, 10));
  const all = await store.read((tx) => searched(tx, { name_contains: "straße" }, 10));
  expect([none.tasks.length, all.tasks.length, all.steps]).toEqual([0, 10, 1]);
});

function randomFilter(random: Random): Sought {
  const filter: Sought = { run_id: random.pick([null, null, "run"]) };
  if (random.chance(0.5)) filter.kind = random.pick(["bug", "ack", "task,ack", "bug,bug", "any", "none"]);
  if (random.chance(0.5))
    filter.state = random.pick([
      "pending",
      "failed,pending",
      "claimed",
      "claimed,completed",
      "any",
      "unheard",
    ]);
  if (random.chance(0.3)) filter.priority = random.pick(["urgent", "normal", "low,someday", "never"]);
  if (random.chance(0.5)) filter.project = random.pick(["/a", "/c"]);
  if (random.chance(0.2)) filter.to = random.pick(["ann", "eve"]);
  if (random.chance(0.2)) filter.claimed_by = random.pick(["bob", "eve"]);
  if (random.chance(0.3)) filter.name_contains = random.pick(["77", "straße", "sk 5", "zzz"]);
  if (random.chance(0.2)) filter.ready = random.chance(0.5);
  if (random.chance(0.2)) filter.ignore_ids = rows.slice(random.int(6000), 6000).map(({ id }) => id);
  return filter;
}

function compare(order: Order, filter: Sought): (left: TaskRow, right: TaskRow) => number {
  if (order === "changed") return (left, right) => right.seq - left.seq;
  if (order === "newest") return (left, right) => right.ordinal - left.ordinal;
  // the nodes of a run have no priorities: they are taken in the order of their numbers
  if (filter.run_id !== null) return (left, right) => left.ordinal - right.ordinal;
  return (left, right) => rankOf(left.priority) - rankOf(right.priority) || left.ordinal - right.ordinal;
}

function fits(filter: Sought, row: TaskRow): boolean {
  return (
    among(filter.kind, row.kind) &&
    among(filter.state, row.state) &&
    among(filter.priority, row.priority) &&
    (filter.ready === undefined || (row.state === "pending" && filter.ready === (row.unmet === 0))) &&
    (filter.unblocked !== true || row.state !== "pending" || row.unmet === 0) &&
    (filter.project === undefined || row.project === null || filter.project === row.project) &&
    (filter.to === undefined || filter.to === row.recipient) &&
    (filter.claimed_by === undefined || filter.claimed_by === row.claimed_by) &&
    (filter.since === undefined || row.seq > filter.since) &&
    filter.run_id === row.run_id &&
    !filter.ignore_ids?.includes(row.id) &&
    fold(row.name).includes(fold(filter.name_contains ?? ""))
  );
}

function among(field: Sought["kind"], word: string): boolean {
  return wordsOf(field)?.includes(word) ?? true;
}
