import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startBoard } from "../support/machine/board.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** `cord import coord`: the database of the board before this one, as WIRE.md describes it. */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

const schema = `
  CREATE TABLE tasks (id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, claimed_by TEXT, payload TEXT,
    result TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, claimed_at TEXT, lease_until TEXT,
    kind TEXT NOT NULL DEFAULT 'task', priority TEXT NOT NULL DEFAULT 'normal');
  CREATE TABLE agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL);`;

type Row = Record<string, string | null>;

/** A database as coord leaves it, open, in a folder of its own. */
function coordDatabase(...statements: string[]): { path: string; database: Database } {
  const path = join(temporaryDirectory("coord"), "state.db");
  const database = new Database(path);
  database.run("PRAGMA journal_mode = WAL");
  for (const statement of statements) database.run(statement);
  return { path, database };
}

function insert(database: Database, table: string, row: Row): void {
  const names = Object.keys(row);
  database.run(
    `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    Object.values(row),
  );
}

let count = 0;
function task(given: Row): Row {
  count += 1;
  const at = `2026-05-01T08:${String(count % 60).padStart(2, "0")}:00Z`;
  return {
    id: crypto.randomUUID(),
    name: `task ${count}`,
    state: "pending",
    created_at: at,
    updated_at: at,
    ...given,
  };
}

const Report = z.object({
  ok: z.boolean(),
  there: z.record(z.string(), z.number()),
  added: z.record(z.string(), z.number()),
  present: z.record(z.string(), z.number()),
  agents: z.object({ added: z.number(), present: z.number() }),
  left: z.array(z.object({ what: z.string(), why: z.string() })),
});

async function imported(path: string) {
  const { code, out, err } = await board.cord("import", "coord", path, "--json");
  expect({ code, err }).toEqual({ code: expect.any(Number), err: "" });
  return { code, ...Report.parse(JSON.parse(out)) };
}

const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

test("a board comes over whole, while coord still has it open: ids, times, states, claims, payloads, agents", async () => {
  const { path, database } = coordDatabase(schema);
  insert(database, "agents", {
    id: "hotfix-v1.1",
    name: "Hotfix",
    first_seen: "2026-05-01T08:00:00.123456789+00:00",
    last_seen: "2026-05-01T10:00:00+02:00",
  });
  const ids = Array.from({ length: 4 }, () => crypto.randomUUID());
  const [pending = "", completed = "", claimed = "", cancelled = ""] = ids;
  const lease = new Date(Date.now() + 600_000).toISOString();
  insert(database, "tasks", {
    ...task({ id: pending.toUpperCase(), name: "Login fails", kind: "bug", priority: "high" }),
    payload: '{"n": 12345678901234567890, "file": "login.ts"}',
    created_at: "2026-05-01T08:00:00.123456789Z",
    updated_at: "2026-05-01T08:00:01.5+00:00",
  });
  const held = { claimed_by: "hotfix-v1.1", claimed_at: "2026-05-01T08:05:00Z" };
  insert(
    database,
    "tasks",
    task({ id: completed, state: "completed", kind: "ack", result: '"stable"', ...held }),
  );
  insert(database, "tasks", task({ id: claimed, state: "claimed", lease_until: lease, ...held }));
  insert(database, "tasks", task({ id: cancelled, state: "cancelled" }));
  for (let at = 0; at < 250; at += 1) insert(database, "tasks", task({ state: "failed", kind: "old" }));
  const before = digest(path);

  const there = { failed: 250, pending: 1, completed: 1, claimed: 1, cancelled: 1 };
  const first = await imported(path);
  expect(first).toEqual({
    code: 0,
    ok: true,
    there,
    added: there,
    present: {},
    agents: { added: 1, present: 0 },
    left: [],
  });
  const got = (id: string) => board.client.call("tasks/get", { id });
  expect(await got(pending)).toMatchObject({
    id: pending,
    name: "Login fails",
    kind: "bug",
    priority: "high",
    state: "pending",
    created_at: "2026-05-01T08:00:00.123Z",
    updated_at: "2026-05-01T08:00:01.500Z",
  });
  const raw = JSON.stringify((await got(pending))?.payload);
  expect(raw).toBe('{"n":12345678901234567890,"file":"login.ts"}');
  expect(await got(completed)).toMatchObject({
    state: "completed",
    result: "stable",
    claimed_by: "hotfix-v1.1",
  });
  expect(await got(claimed)).toMatchObject({
    state: "claimed",
    claimed_by: "hotfix-v1.1",
    claimed_at: "2026-05-01T08:05:00.000Z",
    lease_until: lease,
  });
  expect(await board.client.call("agents/list", {})).toContainEqual(
    expect.objectContaining({
      id: "hotfix-v1.1",
      name: "Hotfix",
      first_seen: "2026-05-01T08:00:00.123Z",
      last_seen: "2026-05-01T08:00:00.000Z",
      status: "stale",
    }),
  );

  await board.client.call("tasks/cancel", { id: pending });
  const again = await imported(path);
  expect(again).toMatchObject({
    code: 0,
    ok: true,
    added: {},
    present: there,
    agents: { added: 0, present: 1 },
  });
  expect(await got(pending)).toMatchObject({ state: "cancelled" });
  const done = await board.cord("complete", claimed, "--as", "hotfix-v1.1");
  expect(done.code).toBe(0);

  expect(digest(path)).toBe(before);
  database.close();
});

test("a file that nobody has open is left as it is, and nothing is put beside it", async () => {
  const { path, database } = coordDatabase(schema);
  insert(database, "tasks", task({}));
  database.close();
  const files = readdirSync(join(path, ".."));
  const before = digest(path);
  expect(await imported(path)).toMatchObject({ ok: true, added: { pending: 1 } });
  expect(readdirSync(join(path, ".."))).toEqual(files);
  expect(digest(path)).toBe(before);
});

test("rows that no board could hold are named with the reason, and the others come over", async () => {
  const { path, database } = coordDatabase(schema);
  const odd = [
    task({ id: "not-a-uuid" }),
    task({ state: "exploded" }),
    task({ payload: "{oops" }),
    task({ payload: `${"[".repeat(1000)}${"]".repeat(1000)}` }),
    task({ payload: JSON.stringify("x".repeat(1_100_000)) }),
    task({ created_at: "yesterday" }),
    task({ lease_until: "2026-05-01" }),
    task({ name: "n".repeat(5000) }),
    task({ claimed_by: "" }),
  ];
  for (const row of [...odd, task({ name: "\u001b[2Jfine" })]) insert(database, "tasks", row);
  database.close();
  const report = await imported(path);
  expect(report).toMatchObject({ code: 1, ok: false, added: { pending: 1 } });
  expect(report.left.map(({ why }) => why)).toEqual([
    "its id is not what this board takes",
    "its state is not what this board takes",
    "its payload is no JSON",
    "its payload is nested too deep",
    "its payload is over 1 MiB",
    "its lease_until is no time",
    "its name is not what this board takes",
    "its claimed_by is not what this board takes",
    "its created_at is no time",
  ]);
  const { code, out } = await board.cord("import", "coord", path);
  expect(code).toBe(1);
  expect(out).toContain("Left out, 9:\n  not-a-uuid: its id is not what this board takes\n");
});

describe("what is no database of coord is refused in one sentence, without reading it", () => {
  const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
  const agents = "CREATE TABLE agents (id TEXT, name TEXT, first_seen TEXT, last_seen TEXT)";
  const columns = "id TEXT, name TEXT, state TEXT, created_at TEXT, updated_at TEXT";
  test.each([
    ["a view that never ends", [agents, `CREATE VIEW tasks AS ${endless}`]],
    ["a virtual table", [agents, "CREATE VIRTUAL TABLE tasks USING fts5(id, name, state, created_at)"]],
    [
      "a generated column",
      [agents, `CREATE TABLE tasks (${columns}, payload TEXT AS (hex(zeroblob(1000000000))))`],
    ],
    ["another table", [agents, "CREATE TABLE tasks (id TEXT, title TEXT)"]],
    [
      "a board of cord",
      [agents, "CREATE TABLE tasks (ordinal INTEGER, id TEXT, name TEXT, state TEXT, created_at INTEGER)"],
    ],
    ["no table at all", []],
  ])("%s", async (_, statements) => {
    const { path, database } = coordDatabase(...statements);
    database.close();
    const { code, out, err } = await board.cord("import", "coord", path);
    expect({ code, out, err }).toEqual({
      code: 64,
      out: "",
      err: expect.stringMatching(/^cord import: [^\n]*coord[^\n]*\n$/),
    });
  });

  test("a text file, and one that is not there", async () => {
    const path = join(temporaryDirectory("coord"), "state.db");
    const missing = await board.cord("import", "coord", path);
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringContaining("There is no database of coord at"),
    });
    writeFileSync(path, "no database ".repeat(1000));
    const text = await board.cord("import", "coord", path);
    expect(text).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be read: file is not a database"),
    });
  });
});
