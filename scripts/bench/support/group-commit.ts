import { Database } from "bun:sqlite";
import { fdatasync, openSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "./cord.ts";

/**
 * The smallest board with group commit, in a process of its own: each POST inserts a row, and is answered once it is durable.
 * The log is synced in line, by SQLite in the commit (FULL), or beside: in a thread of the pool, while the next batch runs.
 * `bun group-commit.ts DATABASE MODE` serves until stdin ends.
 */
export type SyncMode = "in line" | "beside";

export interface Board {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

export async function startBoard(name: string, mode: SyncMode, env: Record<string, string>): Promise<Board> {
  const child = Bun.spawn([process.execPath, import.meta.path, join(scratch, `${name}.db`), mode], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, ...env },
  });
  for await (const text of child.stdout) {
    const stop = async () => {
      await child.stdin.end();
      await child.exited;
    };
    return { port: Number(new TextDecoder().decode(text)), pid: child.pid, stop };
  }
  throw new Error("The board did not start.");
}

/** Resolves once a row is durable. */
function inserting(path: string, mode: SyncMode): () => Promise<void> {
  const database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run(`PRAGMA synchronous = ${mode === "in line" ? "FULL" : "NORMAL"}`);
  database.run("CREATE TABLE rows (id TEXT PRIMARY KEY, payload TEXT) STRICT");
  const log = openSync(`${path}-wal`, "r");
  const insert = database.prepare("INSERT INTO rows VALUES (?, ?)");
  const commit = database.transaction((count: number) => {
    for (let row = 0; row < count; row += 1) insert.run(Bun.randomUUIDv7(), "x".repeat(100));
  });
  let [waiting, written]: [(() => void)[], (() => void)[]] = [[], []];
  let isSyncing = false;

  const sync = () => {
    isSyncing = true;
    const covered = written.splice(0);
    fdatasync(log, (error) => {
      if (error) throw error;
      for (const answer of covered) answer();
      isSyncing = false;
      if (written.length > 0) sync();
    });
  };
  const flush = () => {
    const batch = waiting.splice(0);
    commit(batch.length);
    if (mode === "in line") return batch.forEach((answer) => answer());
    written.push(...batch);
    if (!isSyncing) sync();
  };
  return () =>
    new Promise((answer) => {
      if (waiting.push(answer) === 1) setImmediate(flush);
    });
}

if (import.meta.main) {
  const [, , path = "", mode] = process.argv;
  const insert = inserting(path, mode === "beside" ? "beside" : "in line");
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      if (request.method === "POST") await insert();
      return new Response("done");
    },
  });
  console.log(server.port);
  await Bun.stdin.text();
  process.exit(0);
}
