import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { insertRun } from "../../../src/store/tables/runs.ts";
import { insertNode, insertTask } from "../../../src/store/tables/tasks.ts";

export interface Filling {
  count: number;
  /** of the nth task */
  task?: (index: number) => { kind?: string; state?: "pending" | "completed"; name?: string };
}

const atOnce = 5000;

/** Puts tasks into a database through the store, in process, before a daemon has it. Resolves to their ids, oldest first. */
export async function fill(database: string, { count, task = () => ({}) }: Filling): Promise<string[]> {
  mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
  const store = openSqlite(database);
  const ids: string[] = [];
  for (let from = 0; from < count; from += atOnce) {
    await store.write(async (tx) => {
      for (let index = from; index < Math.min(count, from + atOnce); index += 1) {
        const id = Bun.randomUUIDv7();
        const { kind = "task", state = "pending", name = `task ${index}` } = task(index);
        ids.push(id);
        await insertTask(
          tx,
          { id, name, kind, priority: "normal", state, payload: payload(index) },
          Date.now(),
        );
      }
    });
  }
  await store.close();
  return ids;
}

/** About as much as a bug report's payload. */
function payload(index: number): string {
  return JSON.stringify({
    file: `src/module-${index % 100}/file.ts`,
    line: index % 1000,
    note: "x".repeat(60),
  });
}

/** A run with so many ready nodes under its root. */
export async function fillRun(database: string, runId: string, nodes: number): Promise<void> {
  const store = openSqlite(database);
  const rootId = Bun.randomUUIDv7();
  const node = { kind: "task", priority: "normal", run_id: runId, phase: "work" } as const;
  await store.write(async (tx) => {
    await insertRun(
      tx,
      { id: runId, root_id: rootId, goal: "a wide goal", project: null, cwd: null, options: runOptions },
      Date.now(),
    );
    const open = { children: nodes, open_children: nodes };
    await insertNode(
      tx,
      { ...node, ...open, id: rootId, name: "root", state: "waiting", number: 1, path: "1" },
      0,
    );
  });
  for (let from = 2; from < nodes + 2; from += atOnce) {
    await store.write(async (tx) => {
      for (let number = from; number < Math.min(nodes + 2, from + atOnce); number += 1) {
        const place = { number, path: `1.${number}`, parent_id: rootId };
        await insertNode(
          tx,
          { ...node, ...place, id: Bun.randomUUIDv7(), name: `node ${number}`, state: "pending" },
          Date.now(),
        );
      }
    });
  }
  await store.close();
}

const runOptions = {
  budget_usd: null,
  total_budget_usd: null,
  jobs: 256,
  max_depth: 6,
  max_nodes: 100_000,
  timeout_seconds: null,
  model: null,
  agent: "rehearsal",
  permission_mode: "default",
  isolate: false,
  stall_seconds: 600,
  max_children: 20,
  trust: false,
  total_tokens: null,
  on_limit: "wait",
  plan: null,
  check: null,
  check_seconds: 600,
  notify: null,
  setup: null,
  models: {},
} as const;
