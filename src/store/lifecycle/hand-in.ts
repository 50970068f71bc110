import { parseJson } from "../../core/json.ts";
import type { AttemptState } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { changeTask } from "../tables/tasks.ts";
import type { TaskRow } from "../tables/task-row.ts";

/**
 * A hand-in that is to be checked is held back until its check has passed, and never settles by itself: what loses
 * its claim before that has handed in nothing (see check.ts).
 *
 * The calls of one message are one act: an agent may call complete() and then create() while it still writes the
 * message. So what a node hands in is held until its engine says that the message is over, or the node loses its
 * claim. Then the node completes, with the children it has by then. The call was answered, so the hand-in is durable
 * at once: after a crash it is settled when the lease ends. states: of an attempt that may hand in.
 */
export async function holdBack(
  tx: Tx,
  row: TaskRow,
  result: unknown,
  now: number,
  states: readonly AttemptState[] = ["running"],
): Promise<boolean> {
  const held = await tx.run(
    "UPDATE attempts SET handed_in = ? WHERE task_id = ? AND epoch = ? AND settles = 1 AND state IN (SELECT value FROM json_each(?))",
    JSON.stringify(result ?? null),
    row.id,
    row.epoch,
    JSON.stringify(states),
  );
  if (held === 0) return false;
  await changeTask(tx, row, { type: "task.handed_in", data: { by: row.claimed_by } }, now, {});
  return true;
}

/** Whether a claimed node has handed in something that is held back. */
export async function hasHandedIn(tx: Tx, row: TaskRow): Promise<boolean> {
  return (await heldBack(tx, row)) !== null;
}

/** Takes what a claimed node has handed in, as it is to be settled now. Null if nothing is held back. */
export async function takeHandedIn(tx: Tx, row: TaskRow): Promise<{ result: unknown } | null> {
  const text = await heldBack(tx, row);
  if (text === null) return null;
  await tx.run("UPDATE attempts SET handed_in = NULL WHERE task_id = ? AND epoch = ?", row.id, row.epoch);
  return { result: parseJson(text) };
}

/** What a node has handed in does not count: it is kept on its attempt, as a late result is, since it cost money. */
export async function dropHandedIn(tx: Tx, row: TaskRow): Promise<void> {
  await tx.run(
    `UPDATE attempts SET late_result = handed_in, handed_in = NULL
     WHERE task_id = ? AND epoch = ? AND handed_in IS NOT NULL`,
    row.id,
    row.epoch,
  );
}

async function heldBack(tx: Tx, row: TaskRow): Promise<string | null> {
  if (row.state !== "claimed" || row.run_id === null) return null;
  const attempt = await tx.get<{ handed_in: string | null }>(
    "SELECT handed_in FROM attempts WHERE task_id = ? AND epoch = ? AND handed_in IS NOT NULL",
    row.id,
    row.epoch,
  );
  return attempt?.handed_in ?? null;
}
