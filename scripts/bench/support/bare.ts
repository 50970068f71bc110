import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Elysia, t } from "elysia";
import { scratch } from "./cord.ts";

/**
 * The references of the board, each an Elysia in a process of its own: `bun bare.ts ANSWER` serves one JSON route and nothing
 * else, `bun bare.ts ANSWER DATABASE` one that claims a row and commits it durably before it answers. Until stdin ends.
 */
export interface Bare {
  port: number;
  stop(): Promise<void>;
}

/** Answers each JSON body with this text. */
export function startBare(answer: string): Promise<Bare> {
  return start([answer]);
}

/** The same, once one row is committed by itself: WAL, synchronous FULL. Resolves with the ids of the rows. */
export async function startDurable(answer: string, rows: number): Promise<Bare & { ids: string[] }> {
  const path = join(scratch, "durable.db");
  const database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run(
    "CREATE TABLE tasks (id TEXT PRIMARY KEY, state TEXT, claimed_by TEXT, lease_until INTEGER, epoch INTEGER, payload TEXT) STRICT",
  );
  const ids = Array.from({ length: rows }, () => Bun.randomUUIDv7());
  const insert = database.query("INSERT INTO tasks VALUES (?, 'pending', NULL, NULL, 0, ?)");
  database.transaction(() => ids.forEach((id) => insert.run(id, "x".repeat(100))))();
  database.close();
  return { ...(await start([answer, path])), ids };
}

async function start(args: readonly string[]): Promise<Bare> {
  const child = Bun.spawn([process.execPath, import.meta.path, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [first] = await readLines(child.stdout, 1);
  return {
    port: Number(first),
    stop: async () => {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.split("\n").length <= count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  reader.releaseLock();
  return text.split("\n").slice(0, count);
}

/** Claims one row, in a transaction of its own. */
function claiming(path: string): (id: string, agent: string) => void {
  const database = new Database(path);
  database.run("PRAGMA synchronous = FULL");
  const claim = database.prepare(
    "UPDATE tasks SET state = 'claimed', claimed_by = ?, lease_until = ?, epoch = epoch + 1 WHERE id = ? AND state = 'pending'",
  );
  return (id, agent) => {
    if (claim.run(agent, Date.now() + 3_600_000, id).changes !== 1) throw new Error(`${id} is not pending`);
  };
}

if (import.meta.main) {
  const [, , text = "{}", path] = process.argv;
  const answer: object = JSON.parse(text);
  const claim = path === undefined ? () => {} : claiming(path);
  const app = new Elysia().post(
    "/",
    ({ body: { id, params } }) => {
      claim(params.id, params.agentId);
      return { ...answer, id };
    },
    {
      body: t.Object({
        jsonrpc: t.String(),
        id: t.Number(),
        method: t.String(),
        params: t.Object({ id: t.String(), agentId: t.String(), leaseSeconds: t.Number() }),
      }),
    },
  );
  app.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(app.server?.port);
  await Bun.stdin.text();
  process.exit(0);
}
