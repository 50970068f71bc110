import type { Tx } from "./store.ts";
import type { NodeRow } from "./tables/node-row.ts";
import type { TaskRow } from "./tables/task-row.ts";

/** The event that a task began with: its name then, which a later change does not touch. */
export interface BirthRow {
  id: string;
  seq: number;
  at: number;
  name: string;
}

/** Those of the ids that are tasks. */
export async function birthsOf(tx: Tx, ids: readonly string[]): Promise<BirthRow[]> {
  const rows: BirthRow[] = [];
  for (const id of ids) {
    const row = await tx.get<BirthRow>(
      "SELECT task_id AS id, seq, at, name FROM events WHERE task_id = ? ORDER BY seq LIMIT 1",
      id,
    );
    if (row) rows.push(row);
  }
  return rows;
}

/** The one task whose id begins so and that is older than the other; null for none, and for several. */
export async function olderTask(tx: Tx, idOrPrefix: string, than: string): Promise<string | null> {
  const prefix = idOrPrefix.toLowerCase();
  const rows = await tx.all<{ id: string }>(
    `SELECT id FROM tasks WHERE id >= ? AND id < ? AND ordinal < (SELECT ordinal FROM tasks WHERE id = ?) LIMIT 2`,
    prefix,
    `${prefix}g`,
    than,
  );
  return rows.length === 1 ? (rows[0]?.id ?? null) : null;
}

/** Those of the ids that are tasks, in the order asked for. */
export async function tasksByIds(tx: Tx, ids: readonly string[]): Promise<TaskRow[]> {
  const rows: TaskRow[] = [];
  for (const id of ids) {
    const row = await tx.get<TaskRow>("SELECT * FROM tasks WHERE id = ?", id);
    if (row) rows.push(row);
  }
  return rows;
}

interface LateRow {
  agent: string | null;
  late_result: string;
}

/** Results that came too late and were refused. */
export function lateResultsOf(tx: Tx, taskId: string): Promise<LateRow[]> {
  return tx.all<LateRow>(
    "SELECT agent, late_result FROM attempts WHERE task_id = ? AND late_result IS NOT NULL ORDER BY epoch",
    taskId,
  );
}

/** A node without its texts. */
type NodeInTree = Pick<NodeRow, "id" | "number" | "parent_id" | "state" | "needs" | "options">;

/** A run's tree without its texts, the root first. */
export function treeOf(tx: Tx, runId: string): Promise<NodeInTree[]> {
  return tx.all<NodeInTree>(
    "SELECT id, number, parent_id, state, needs, options FROM tasks WHERE run_id = ? ORDER BY number",
    runId,
  );
}
