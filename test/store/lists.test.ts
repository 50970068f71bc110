import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Filter } from "../../src/core/filter.ts";
import { State } from "../../src/core/task.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { changeTask, getTask, insertTask, listTasks } from "../../src/store/tasks.ts";

const kinds = ["task", "bug", "ack"];
const projects = ["/a", "/b", null];

let store: Store;
let ids: string[];

beforeAll(async () => {
  store = openSqlite(":memory:");
  ids = await store.write(async (tx) => {
    const made: string[] = [];
    for (let index = 0; index < 300; index += 1) {
      const row = await insertTask(
        tx,
        {
          id: `0000${String(index).padStart(4, "0")}-aaaa`,
          name: `task ${index}`,
          kind: kinds[index % 3] ?? "task",
          priority: "normal",
          state: State.options[(index * 5) % State.options.length] ?? "pending",
          project: projects[(index >> 2) % 3] ?? null,
          recipient: index % 4 === 0 ? "ann" : null,
          ...(index % 10 === 0 ? { run_id: "run", number: index + 1 } : {}),
        },
        0,
      );
      made.push(row.id);
    }
    return made;
  });
});

afterAll(() => store.close());

const filters: Filter[] = [
  {},
  { run_id: null },
  { run_id: "run" },
  { run_id: null, kind: "bug" },
  { run_id: null, kind: "bug,ack", state: "pending" },
  { run_id: null, kind: ["bug", "bug"], state: "pending,pending,any" },
  { run_id: null, state: "pending,failed,pending" },
  { run_id: null, project: "/a" },
  { run_id: null, project: "/a", kind: "task,bug", state: "claimed" },
  { run_id: null, to: "ann" },
  { run_id: "run", kind: "bug" },
  { kind: "bug", name_contains: "7" },
];

test("a list is the newest of all that match, by whichever index it is found", async () => {
  const all = await store.read((tx) => listTasks(tx, {}, 1000));
  for (const filter of filters) {
    const expected = all.filter((row) => fits(filter, row)).map(({ id }) => id);
    for (const limit of [1, 7, 1000]) {
      const found = await store.read((tx) => listTasks(tx, filter, limit));
      expect(found.map(({ id }) => id)).toEqual(expected.slice(0, limit));
    }
  }
});

test("a list from a cursor holds each task that has changed since, once, the latest change first", async () => {
  const cursor = await store.read(async (tx) => (await getTask(tx, ids.at(-1) ?? "")).seq);
  const changed = [ids[5], ids[200], ids[5], ids[40]].map((id) => id ?? "");
  await store.write(async (tx) => {
    for (const id of changed) await changeTask(tx, await getTask(tx, id), "task.modified", 1, {});
  });
  const found = await store.read((tx) => listTasks(tx, { since: cursor }, 50));
  expect(found.map(({ id }) => id)).toEqual([changed[3] ?? "", changed[2] ?? "", changed[1] ?? ""]);
});

function fits(filter: Filter, row: Awaited<ReturnType<typeof getTask>>): boolean {
  return (
    among(filter.kind, row.kind) &&
    among(filter.state, row.state) &&
    (filter.project === undefined || row.project === null || filter.project === row.project) &&
    (filter.to === undefined || filter.to === row.recipient) &&
    (filter.run_id === undefined || filter.run_id === row.run_id) &&
    row.name.includes(filter.name_contains ?? "")
  );
}

function among(field: Filter["kind"], word: string): boolean {
  const words = typeof field === "string" ? field.split(",") : field;
  return words === undefined || words.includes("any") || words.includes(word);
}
