import { appendRunEvent, firstSeq } from "../tables/events.ts";
import { removeHanging } from "../tables/hanging-rows.ts";
import type { RunRow } from "../tables/runs.ts";
import type { Store, Tx } from "../store.ts";

/** A run that is being removed: there is no run of that id any more, and its rows go by and by. */
interface Removal {
  run_id: string;
  /** of the event that tells of it, which stays */
  seq: number;
}

/** How many rows a removal has taken away: nodes, their attempts, and what happened. */
export interface RemovedRows {
  nodes: number;
  attempts: number;
  events: number;
}

export const nothingRemoved: RemovedRows = { nodes: 0, attempts: 0, events: 0 };

/**
 * Takes a run that is over out of all lists, for good: from here on nobody finds it. A crash after this leaves rows that nobody
 * names; removeStep takes them away, whoever calls it next.
 */
export async function beginRemoval(tx: Tx, run: RunRow, by: string, now: number): Promise<void> {
  const seq = await appendRunEvent(tx, run, now, { type: "run.removed", data: { by } });
  await tx.run("INSERT INTO removals (run_id, seq) VALUES (?, ?)", run.id, seq);
  await tx.run("DELETE FROM counts WHERE what = 'nodes' AND scope = ?", run.id);
  await tx.run("DELETE FROM engines WHERE run_id = ?", run.id);
  await tx.run("DELETE FROM runs WHERE id = ?", run.id);
}

/** The removal that is under way of the run with this id, or the only one with this beginning. */
export async function findRemoval(tx: Tx, id: string): Promise<Removal | null> {
  const prefix = id.toLowerCase();
  const rows = await tx.all<Removal>(
    "SELECT * FROM removals WHERE run_id >= ? AND run_id < ? LIMIT 2",
    prefix,
    `${prefix}g`,
  );
  return rows.length === 1 ? (rows[0] ?? null) : null;
}

/** Removes rows of removals that are under way, of one run or of all, in steps of a transaction each. `more`: there are more of them. */
export async function removeInSteps(
  store: Store,
  runId: string | null,
  steps: number,
): Promise<RemovedRows & { more: boolean }> {
  const removed = { ...nothingRemoved };
  for (let done = 0; done < steps; done += 1) {
    const step = await store.write((tx) => removeStep(tx, runId));
    if (step === null) return { ...removed, more: false };
    removed.nodes += step.nodes;
    removed.attempts += step.attempts;
    removed.events += step.events;
  }
  return { ...removed, more: true };
}

/** The next rows of a removal, a bounded number; null when there is none left. */
async function removeStep(tx: Tx, runId: string | null): Promise<RemovedRows | null> {
  const removal = await tx.get<Removal>(
    `SELECT * FROM removals ${runId === null ? "" : "WHERE run_id = ?"} ORDER BY run_id LIMIT 1`,
    ...(runId === null ? [] : [runId]),
  );
  if (removal === null) return null;
  const events = await removeEvents(tx, removal);
  if (events > 0) return { ...nothingRemoved, events };
  const nodes = await tx.all<{ id: string }>(
    "SELECT id FROM tasks WHERE run_id = ? ORDER BY number LIMIT ?",
    removal.run_id,
    nodesAtOnce,
  );
  const ids = nodes.map(({ id }) => id);
  const { isAll, attempts } = await removeHanging(tx, ids, rowsAtOnce);
  if (!isAll) return { ...nothingRemoved, attempts };
  await tx.run("DELETE FROM tasks WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  if (nodes.length < nodesAtOnce) await tx.run("DELETE FROM removals WHERE run_id = ?", removal.run_id);
  return { nodes: nodes.length, attempts, events: 0 };
}

/** A few milliseconds' work. */
const rowsAtOnce = 250;
const nodesAtOnce = 50;

/**
 * The next of its events, and what of inboxes is about the run and none of its nodes. All but the one that tells of the removal: no
 * later event may get its seq. A vault knows the log by its first event.
 */
async function removeEvents(tx: Tx, { run_id, seq }: Removal): Promise<number> {
  const next = await tx.all<{ seq: number; task_id: string | null }>(
    "SELECT seq, task_id FROM events WHERE run_id = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT ?",
    run_id,
    firstSeq,
    seq,
    rowsAtOnce,
  );
  const ofRun = next.filter(({ task_id }) => task_id === null).map((event) => event.seq);
  if (ofRun.length > 0)
    await tx.run(
      "DELETE FROM inbox WHERE task_id IS NULL AND seq IN (SELECT value FROM json_each(?))",
      JSON.stringify(ofRun),
    );
  const seqs = JSON.stringify(next.map((event) => event.seq));
  await tx.run("DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))", seqs);
  return next.length;
}
