import type { Tx } from "../store.ts";

/** The tables whose rows hang on a task, in the order in which they go: the columns of a row that are unique together, and the task's. */
const tables: readonly { table: string; key: readonly string[]; task: string }[] = [
  { table: "messages", key: ["task_id", "seq"], task: "task_id" },
  { table: "artifacts", key: ["task_id"], task: "task_id" },
  { table: "push_configs", key: ["task_id", "id"], task: "task_id" },
  { table: "inbox", key: ["id"], task: "task_id" },
  { table: "attempts", key: ["task_id", "epoch"], task: "task_id" },
  { table: "needs", key: ["task_id", "need_id"], task: "task_id" },
  { table: "needs", key: ["task_id", "need_id"], task: "need_id" },
];

/**
 * Removes what hangs on tasks that are about to be removed, so many rows at most, so that nobody's claim waits for all of them.
 * `isAll`: nothing is left, and the tasks may go. Their events are none of it.
 */
export async function removeHanging(
  tx: Tx,
  taskIds: readonly string[],
  limit: number,
): Promise<{ isAll: boolean; attempts: number }> {
  const ids = JSON.stringify(taskIds);
  let [attempts, left] = [0, limit];
  for (const { table, key, task } of tables) {
    const columns = key.join(", ");
    const removed = await tx.run(
      `DELETE FROM ${table} WHERE (${columns}) IN (
         SELECT ${columns} FROM ${table} WHERE ${task} IN (SELECT value FROM json_each(?)) ORDER BY ${columns} LIMIT ?)`,
      ids,
      left,
    );
    if (table === "attempts") attempts += removed;
    left -= removed;
    if (left <= 0) return { isAll: false, attempts };
  }
  return { isAll: true, attempts };
}
