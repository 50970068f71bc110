import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createWorld, scratch } from "./cord.ts";

/** The Rust board (github.com/DmarshalTU/coord), where CORD_BENCH_COORD names its binary: `cargo install --git` builds it. */
export interface RustBoard {
  port: number;
  pid: number;
  /** pending tasks */
  ids: string[];
  stop(): Promise<void>;
}

/** With so many pending tasks; null where there is no binary. */
export async function startRustBoard(tasks: number): Promise<RustBoard | null> {
  const binary = process.env["CORD_BENCH_COORD"];
  if (binary === undefined || !existsSync(binary)) return null;
  const { port } = createWorld();
  const path = join(scratch, "coord.db");
  await (await serve(binary, port, path)).stop(); // makes its tables
  const ids = fill(path, tasks);
  return { ...(await serve(binary, port, path)), port, ids };
}

async function serve(binary: string, port: number, path: string) {
  const child = Bun.spawn([binary, "serve", "--addr", `127.0.0.1:${port}`, "--db", path], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, RUST_LOG: "error" },
  });
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/.well-known/agent.json`).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error("The Rust board did not come up.");
    await Bun.sleep(5);
  }
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { pid: child.pid, stop };
}

function fill(path: string, tasks: number): string[] {
  const database = new Database(path);
  const ids = Array.from({ length: tasks }, () => crypto.randomUUID());
  const insert = database.query(
    `INSERT INTO tasks (id, name, kind, priority, state, payload, created_at, updated_at)
     VALUES (?, ?, 'task', 'normal', 'pending', ?, ?, ?)`,
  );
  const now = new Date().toISOString();
  const payload = JSON.stringify({ file: "src/a.ts", line: 1, note: "x".repeat(60) });
  database.transaction(() =>
    ids.forEach((id, index) => insert.run(id, `task ${index}`, payload, now, now)),
  )();
  database.close();
  return ids;
}
