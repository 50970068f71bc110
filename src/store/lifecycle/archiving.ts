import { historyBounds } from "../../core/limits.ts";
import { parseJson, tryParseJson } from "../../core/json.ts";
import { allStandings, endAt } from "../../core/standing.ts";
import type { Tx } from "../store.ts";
import { rememberArchived, removedCursor, rolledCursor } from "../tables/archives.ts";
import { cursorNamed, moveCursor } from "../tables/cursors.ts";
import { firstSeq, lastSeq } from "../tables/events.ts";
import { removeHanging } from "../tables/hanging-rows.ts";
import { isNewestOfProject } from "../tables/ids.ts";
import { artifactsOf } from "../tables/messages.ts";
import { recount } from "../tables/task-counts.ts";
import { selectTasks, type TaskRow } from "../tables/task-row.ts";
import { toTask } from "../tables/tasks.ts";
import { time } from "../tables/time.ts";
import { inboxCursor } from "./inbox.ts";

/*
 * What is old enough to be archived, and its removal. An event is old when its time and that of all before it are, by the
 * settled time of tables/archives.ts: a clock that is set a year ahead makes nothing old by itself. A task of the board goes whole, with its events, once it has ended, its newest event is old and nothing that lives refers to
 * it. The events of what is still here stay, those of a run with their run. Events of no task and no run, or of one that
 * is gone, go by their age.
 *
 * Two events are never removed. The first tells a vault whose it is. The newest keeps the next from being given its seq
 * again. And the newest task of each project stays, since the next number follows from its own.
 */

/** A part of the log that is old, as far as it was looked at; isAll: what comes after it is not. */
export interface Aged {
  seq: number;
  isAll: boolean;
}

/** Up to where the log may be rolled up at all, whatever its age: what has yet to be followed stays. */
export async function rollableTo(tx: Tx, drawnTo: number | null): Promise<number> {
  const followed = (await cursorNamed(tx, inboxCursor)) ?? 0;
  const bounds = [(await lastSeq(tx)) - 1, followed];
  return Math.min(...bounds, drawnTo === null ? Number.POSITIVE_INFINITY : drawnTo - 1);
}

/** Up to where the log was rolled up. */
export async function rolledTo(tx: Tx): Promise<number> {
  return (await cursorNamed(tx, rolledCursor)) ?? 0;
}

/** The newest event that was removed; 0: none was. */
export async function removedTo(tx: Tx): Promise<number> {
  return (await cursorNamed(tx, removedCursor)) ?? 0;
}

/** Whether the first event after a seq is older than a time. */
export async function isOlder(tx: Tx, seq: number, than: number): Promise<boolean> {
  const next = await tx.get<{ at: number }>(
    "SELECT at FROM events WHERE seq > ? ORDER BY seq LIMIT 1",
    Math.max(seq, firstSeq),
  );
  return next !== null && next.at <= than;
}

/**
 * Goes on in the log as long as events are from before a time. One from after `now` was written under a clock that was set
 * ahead; how old it is, those around it say.
 */
export async function agedAfter(
  tx: Tx,
  seq: number,
  { before, now, upTo }: { before: number; now: number; upTo: number },
): Promise<Aged> {
  const rows = await tx.all<{ seq: number; at: number }>(
    "SELECT seq, at FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    seq,
    upTo,
    historyBounds.stepRows,
  );
  const young = rows.findIndex(({ at }) => at > before && at <= now);
  if (young >= 0) return { seq: rows[young - 1]?.seq ?? seq, isAll: true };
  return { seq: rows.at(-1)?.seq ?? seq, isAll: rows.length < historyBounds.stepRows };
}

interface RawEvent {
  seq: number;
  at: number;
  data: string;
  recipient: string | null;
}

/** An event as it goes over the wire, of whatever type: one that this program does not know is kept too. */
function eventLine({ at, data, recipient, ...rest }: RawEvent): string {
  return JSON.stringify({
    event: { ...rest, at: time(at), to: recipient, data: tryParseJson(data) ?? data },
  });
}

/** A line of the archive, and what it is of. */
export interface Line {
  seq: number;
  text: string;
}

/** The next events after a seq that go by their age, and how far was looked. */
export async function looseAfter(
  tx: Tx,
  seq: number,
  upTo: number,
): Promise<{ lines: Line[]; until: number }> {
  const last = await tx.get<{ seq: number }>(
    "SELECT seq FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1 OFFSET ?",
    seq,
    upTo,
    historyBounds.stepRows - 1,
  );
  const until = last?.seq ?? upTo;
  const rows = await tx.all<RawEvent>(
    `SELECT * FROM events WHERE seq > ? AND seq <= ?
       AND (task_id IS NULL OR NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = events.task_id))
       AND (run_id IS NULL OR NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = events.run_id))
       AND (run_id IS NULL OR NOT EXISTS (SELECT 1 FROM removals WHERE removals.run_id = events.run_id))
     ORDER BY seq`,
    Math.max(seq, firstSeq),
    until,
  );
  return { lines: rows.map((row) => ({ seq: row.seq, text: eventLine(row) })), until };
}

/** Where the tasks stand that have ended. */
export const endedStandings: readonly number[] = allStandings.filter(
  (standing) => endAt(standing) !== undefined,
);

/** A task that may go, as it was found. */
export interface OldTask {
  ordinal: number;
  id: string;
  /** of its newest event */
  seq: number;
}

/** What was found among the ended tasks behind an ordinal; null for `next`: no older one is left. */
export interface OldTasks {
  tasks: OldTask[];
  next: number | null;
}

/** The next tasks of a standing that may go, in the order in which they began, as long as there is time. */
export async function oldTasksAfter(
  tx: Tx,
  { standing, ordinal, upTo }: { standing: number; ordinal: number; upTo: number },
  isOver: () => boolean,
): Promise<OldTasks> {
  const rows = await tx.all<{ ordinal: number }>(
    "SELECT ordinal FROM tasks WHERE run_id IS NULL AND standing = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
    standing,
    ordinal,
    tasksAtOnce,
  );
  const tasks: OldTask[] = [];
  let next = ordinal;
  for (const row of rows) {
    const task = await tx.get<TaskRow>(`${selectTasks} WHERE ordinal = ?`, row.ordinal);
    if (task !== null && (await bornAt(tx, task)) > upTo) return { tasks, next: null };
    const seq = task && (await removableAt(tx, task, upTo));
    if (task !== null && seq !== null) tasks.push({ ordinal: task.ordinal, id: task.id, seq });
    next = row.ordinal;
    if (isOver()) return { tasks, next };
  }
  return { tasks, next: rows.length < tasksAtOnce ? null : next };
}

const tasksAtOnce = 50;

async function bornAt(tx: Tx, { id, seq }: TaskRow): Promise<number> {
  const born = await tx.get<{ seq: number | null }>(
    "SELECT min(seq) AS seq FROM events WHERE task_id = ?",
    id,
  );
  return born?.seq ?? seq;
}

/** The seq of a task's newest event, if the task may go; null: it stays. */
async function removableAt(tx: Tx, row: TaskRow, upTo: number): Promise<number | null> {
  const newest = await tx.get<{ seq: number | null }>(
    "SELECT max(seq) AS seq FROM events WHERE task_id = ?",
    row.id,
  );
  const seq = Math.max(newest?.seq ?? 0, row.seq);
  if (seq > upTo || (await isNewestOfProject(tx, row))) return null;
  const needed = await tx.get(
    `SELECT 1 FROM needs JOIN tasks ON tasks.id = needs.task_id
     WHERE needs.need_id = ? AND tasks.state NOT IN ('completed', 'failed', 'cancelled') LIMIT 1`,
    row.id,
  );
  if (needed !== null) return null;
  for (const sql of lives) if ((await tx.get(sql, row.id)) !== null) return null;
  return seq;
}

/** What keeps a task that has ended: somebody has yet to read of it, or to be told of it, or is below it. */
const lives = [
  "SELECT 1 FROM inbox WHERE task_id = ? AND read_at IS NULL LIMIT 1",
  "SELECT 1 FROM push_configs WHERE task_id = ? LIMIT 1",
  "SELECT 1 FROM tasks WHERE parent_id = ? LIMIT 1",
] as const;

interface RawMessage {
  seq: number;
  at: number;
  by: string | null;
  message: string;
}

/** A task as tasks/get shows it, with all its messages; null if it is gone. */
export async function taskLine(tx: Tx, ordinal: number): Promise<string | null> {
  const row = await tx.get<TaskRow>(`${selectTasks} WHERE ordinal = ?`, ordinal);
  if (row === null) return null;
  const said = await tx.all<RawMessage>(
    "SELECT seq, at, by, message FROM messages WHERE task_id = ? ORDER BY seq",
    row.id,
  );
  const messages = said.map(({ message, ...rest }) => ({
    ...rest,
    at: time(rest.at),
    ...parseJson<object>(message),
  }));
  const artifacts = await artifactsOf(tx, row.id);
  const late = await tx.all<{ agent: string | null; late_result: string }>(
    "SELECT agent, late_result FROM attempts WHERE task_id = ? AND late_result IS NOT NULL ORDER BY epoch",
    row.id,
  );
  return JSON.stringify({
    task: {
      ...toTask(row),
      ...(messages.length === 0 ? {} : { messages }),
      ...(artifacts.length === 0 ? {} : { artifacts }),
    },
    ...(late.length === 0
      ? {}
      : { late: late.map(({ agent, late_result }) => ({ agent, result: tryParseJson(late_result) })) }),
  });
}

/** The next events of a task after a seq: a step's worth. */
export async function eventLinesOf(tx: Tx, taskId: string, seq: number): Promise<Line[]> {
  const rows = await tx.all<RawEvent>(
    "SELECT * FROM events WHERE task_id = ? AND seq > ? ORDER BY seq LIMIT ?",
    taskId,
    seq,
    historyBounds.stepRows,
  );
  return rows.map((row) => ({ seq: row.seq, text: eventLine(row) }));
}

/**
 * Removes a task that lies in the archive, with all that hangs on it, if it is still as it was archived: else it is `kept`. Of
 * one with very many events a part of these goes first, the newest of them: `partly`. `part` gives the id of its part.
 */
export async function removeArchived(
  tx: Tx,
  task: OldTask,
  { upTo, part }: { upTo: number; part: () => Promise<number> },
): Promise<"removed" | "partly" | "kept"> {
  const row = await tx.get<TaskRow>(`${selectTasks} WHERE ordinal = ?`, task.ordinal);
  if (row === null || row.id !== task.id) return "kept";
  const seq = await removableAt(tx, row, upTo);
  if (seq === null || seq > task.seq) return "kept";
  const removed = await tx.run(
    `DELETE FROM events WHERE seq IN (
       SELECT seq FROM events WHERE task_id = ? AND seq > ? ORDER BY seq DESC LIMIT ?)`,
    row.id,
    firstSeq,
    historyBounds.stepRows,
  );
  await moveCursor(tx, removedCursor, seq);
  if (removed === historyBounds.stepRows) return "partly";
  // all of it in one transaction: what is archived again after a crash has to be whole
  await removeHanging(tx, [row.id], Number.MAX_SAFE_INTEGER);
  await tx.run("DELETE FROM tasks WHERE ordinal = ?", row.ordinal);
  recount(tx, row, null);
  await rememberArchived(tx, row, await part());
  return "removed";
}

/** Removes events that lie in the archive. */
export async function removeEvents(tx: Tx, seqs: readonly number[]): Promise<void> {
  await tx.run("DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))", JSON.stringify(seqs));
  await moveCursor(tx, removedCursor, Math.max(0, ...seqs));
}

/** The log is rolled up as far as this. */
export function moveRolled(tx: Tx, seq: number): Promise<void> {
  return moveCursor(tx, rolledCursor, seq);
}

/** The day of the event at a seq, or of the one before it: `2026-08-14`, UTC. */
export async function dayAt(tx: Tx, seq: number): Promise<string> {
  const row = await tx.get<{ at: number }>(
    "SELECT at FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
    seq,
  );
  return time(row?.at ?? 0).slice(0, 10);
}
