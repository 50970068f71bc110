import type { Claimant } from "../../core/lease.ts";
import { addAttempt } from "../tables/attempts.ts";
import type { Tx } from "../store.ts";
import type { TaskRow } from "../tables/task-row.ts";

/** How many late results a task keeps. None is larger than a request body may be. */
const keptPerTask = 16;

/**
 * Keeps a result that came too late, because it cost money; it is still refused. Once for each epoch, and only from
 * its holder: an epoch that never was, or a stranger, leaves no trace. True: it is kept now.
 */
export async function keepLateResult(
  tx: Tx,
  row: TaskRow,
  claimant: Claimant,
  result: unknown,
  now: number,
): Promise<boolean> {
  const epoch = await epochOf(tx, row, claimant);
  if (epoch === null) return false;
  const text = JSON.stringify(result ?? null);
  if (row.result === text || (await isKnown(tx, row.id, epoch, text))) return false;
  const late = { state: "late", late_result: text, started_at: now, ended_at: now } as const;
  const about = { task_id: row.id, epoch, run_id: row.run_id, agent: claimant.agentId ?? null };
  await addAttempt(tx, { ...about, ...late }, "late_result");
  return true;
}

/** Whether the epoch's result was kept before, or there is no room for another. */
async function isKnown(tx: Tx, taskId: string, epoch: number, text: string): Promise<boolean> {
  const kept = await tx.all<{ epoch: number }>(
    "SELECT epoch FROM attempts WHERE task_id = ? AND late_result IS NOT NULL LIMIT ?",
    taskId,
    keptPerTask,
  );
  if (kept.length === keptPerTask || kept.some((attempt) => attempt.epoch === epoch)) return true;
  const attempt = await tx.get<{ said: string | null }>(
    "SELECT said FROM attempts WHERE task_id = ? AND epoch = ?",
    taskId,
    epoch,
  );
  return attempt?.said === text;
}

/**
 * The epoch that a late claimant held; null when it held none. A claimant that shows only an epoch proved it with a
 * token, or is trusted.
 */
async function epochOf(tx: Tx, row: TaskRow, { agentId, epoch }: Claimant): Promise<number | null> {
  if (agentId === undefined) return epoch !== undefined && epoch >= 1 && epoch <= row.epoch ? epoch : null;
  const held = await epochsHeldBy(tx, row, agentId);
  return (epoch === undefined ? held.at(-1) : held.find((each) => each === epoch)) ?? null;
}

/** Epochs count claims, and answers that give a task back to its asker, so the newest one's is the row's. */
async function epochsHeldBy(tx: Tx, row: TaskRow, agent: string): Promise<number[]> {
  const claims = await tx.all<{ agent: string | null }>(
    "SELECT agent FROM events WHERE task_id = ? AND type IN ('task.claimed', 'task.answered') AND state = 'claimed' ORDER BY seq",
    row.id,
  );
  const first = row.epoch - claims.length + 1;
  return claims.flatMap((claim, index) => (claim.agent === agent ? [first + index] : []));
}
