import { tabBounds } from "../../core/limits.ts";
import type { InboxReason } from "../../core/tab.ts";
import type { Tx } from "../store.ts";

/** Something that concerns an agent. Times are by the wall clock. */
export interface InboxRow {
  id: number;
  agent: string;
  /** of the event that it came of; of what came of none the negative of its id */
  seq: number;
  reason: InboxReason;
  task_id: string | null;
  /** what cord says of it: one plain line, never what somebody wrote whole */
  line: string;
  urgent: number;
  created_at: number;
  /** when its agent was first told that it is there: by a wake, a hook, a note or the list itself */
  told_at: number | null;
  read_at: number | null;
  acked_at: number | null;
  /** when its agent was last woken for it, and how often */
  woken_at: number | null;
  wakes: number;
}

export type NewInboxRow = Pick<InboxRow, "agent" | "reason" | "task_id" | "line"> & { urgent: boolean };

/** Puts into an inbox what an event says to its agent; false: it is there already. */
export async function putInInbox(
  tx: Tx,
  seq: number,
  { agent, reason, task_id, line, urgent }: NewInboxRow,
  now: number,
): Promise<boolean> {
  const added = await tx.run(
    `INSERT INTO inbox (agent, seq, reason, task_id, line, urgent, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (agent, seq, reason) DO NOTHING`,
    agent,
    seq,
    reason,
    task_id,
    line,
    Number(urgent),
    now,
  );
  return added > 0;
}

/** Puts something that comes of no event into an inbox. */
export async function addNotice(
  tx: Tx,
  { agent, reason, task_id, line, urgent }: NewInboxRow,
  now: number,
): Promise<void> {
  await tx.run(
    `INSERT INTO inbox (id, agent, seq, reason, task_id, line, urgent, created_at)
     SELECT next.id, ?, -next.id, ?, ?, ?, ?, ? FROM (SELECT coalesce(max(id), 0) + 1 AS id FROM inbox) AS next`,
    agent,
    reason,
    task_id,
    line,
    Number(urgent),
    now,
  );
}

/** What an agent has not read, the oldest first. */
export function unreadOf(tx: Tx, agent: string, limit: number): Promise<InboxRow[]> {
  return tx.all<InboxRow>(
    "SELECT * FROM inbox WHERE agent = ? AND read_at IS NULL ORDER BY id LIMIT ?",
    agent,
    limit,
  );
}

/** The newest of what an agent has not read, the oldest of that first. */
export async function newestUnread(tx: Tx, agent: string, limit: number): Promise<InboxRow[]> {
  const rows = await tx.all<InboxRow>(
    "SELECT * FROM inbox WHERE agent = ? AND read_at IS NULL ORDER BY id DESC LIMIT ?",
    agent,
    limit,
  );
  return rows.toReversed();
}

/** How much an agent has not read; more than a thousand is counted as a thousand. */
export async function countUnread(tx: Tx, agent: string): Promise<number> {
  const row = await tx.get<{ n: number }>(
    "SELECT count(*) AS n FROM (SELECT 1 FROM inbox WHERE agent = ? AND read_at IS NULL LIMIT ?)",
    agent,
    maxCounted,
  );
  return row?.n ?? 0;
}

const maxCounted = 1000;

/** How much each agent has not read, where that is anything; at most so many agents. */
export async function unreadCounts(tx: Tx, limit: number): Promise<Map<string, number>> {
  const rows = await tx.all<{ agent: string; n: number }>(
    "SELECT agent, count(*) AS n FROM inbox WHERE read_at IS NULL GROUP BY agent LIMIT ?",
    limit,
  );
  return new Map(rows.map(({ agent, n }) => [agent, n]));
}

/** What an agent has neither read nor been told of, the oldest first. */
export function untoldOf(tx: Tx, agent: string, limit: number): Promise<InboxRow[]> {
  return tx.all<InboxRow>(
    "SELECT * FROM inbox WHERE agent = ? AND read_at IS NULL AND told_at IS NULL ORDER BY id LIMIT ?",
    agent,
    limit,
  );
}

/** What an agent has read of messages, the latest first. */
export function readOf(tx: Tx, agent: string, limit: number): Promise<InboxRow[]> {
  return tx.all<InboxRow>(
    "SELECT * FROM inbox WHERE agent = ? AND reason = 'message' AND read_at IS NOT NULL ORDER BY seq DESC LIMIT ?",
    agent,
    limit,
  );
}

/** Some of them by their ids, in the order of these. */
export async function inboxRows(tx: Tx, ids: readonly number[]): Promise<InboxRow[]> {
  const rows = await tx.all<InboxRow>(
    "SELECT * FROM inbox WHERE id IN (SELECT value FROM json_each(?))",
    JSON.stringify(ids),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Each agent that has not been told of something. */
export async function untoldAgents(tx: Tx): Promise<string[]> {
  const rows = await tx.all<{ agent: string }>(
    "SELECT DISTINCT agent FROM inbox WHERE read_at IS NULL AND told_at IS NULL",
  );
  return rows.map(({ agent }) => agent);
}

/** Tasks that somebody has something unread of. */
export async function unreadTasks(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.all<{ task_id: string }>(
    "SELECT DISTINCT task_id FROM inbox INDEXED BY inbox_unread WHERE read_at IS NULL AND task_id IS NOT NULL LIMIT ?",
    limit,
  );
  return rows.map(({ task_id }) => task_id);
}

/** What an agent has of a task. */
export function ofTask(tx: Tx, taskId: string, agent: string): Promise<InboxRow[]> {
  return tx.all<InboxRow>("SELECT * FROM inbox WHERE task_id = ? AND agent = ? ORDER BY id", taskId, agent);
}

type Stamp = "told_at" | "read_at" | "acked_at";

/** Notes when something became of these. What has a time already keeps it. */
export async function stamp(tx: Tx, ids: readonly number[], what: Stamp, now: number): Promise<void> {
  await tx.run(
    `UPDATE inbox SET ${what} = ? WHERE id IN (SELECT value FROM json_each(?)) AND ${what} IS NULL`,
    now,
    JSON.stringify(ids),
  );
}

/** The agent of these was woken for them once more. */
export async function stampWoken(tx: Tx, ids: readonly number[], now: number): Promise<void> {
  await tx.run(
    "UPDATE inbox SET woken_at = ?, wakes = wakes + 1 WHERE id IN (SELECT value FROM json_each(?))",
    now,
    JSON.stringify(ids),
  );
}

/** A task has gone on: what is unread of it for these reasons need not be read any more. */
export async function dropUnread(
  tx: Tx,
  taskId: string,
  reasons: readonly InboxReason[],
  now: number,
): Promise<void> {
  await tx.run(
    `UPDATE inbox SET read_at = ? WHERE task_id = ? AND read_at IS NULL AND reason IN (SELECT value FROM json_each(?))`,
    now,
    taskId,
    JSON.stringify(reasons),
  );
}

/** An agent goes on under another name, and its inbox with it. */
export async function renameInbox(tx: Tx, from: string, to: string): Promise<void> {
  await tx.run(
    `UPDATE inbox SET agent = ? WHERE agent = ? AND NOT EXISTS (
       SELECT 1 FROM inbox AS other WHERE other.agent = ? AND other.seq = inbox.seq AND other.reason = inbox.reason)`,
    to,
    from,
    to,
  );
  await tx.run("DELETE FROM inbox WHERE agent = ?", from);
}

/** Removes, a bounded number at a time, what was read long ago, and what nobody has read for three times as long. True: there is more. */
export async function forgetInbox(tx: Tx, now: number): Promise<boolean> {
  const removed = await tx.run(
    `DELETE FROM inbox WHERE id IN (
       SELECT id FROM inbox WHERE created_at < ? AND (read_at < ? OR created_at < ?) LIMIT ?)`,
    now - tabBounds.keptMs,
    now - tabBounds.keptMs,
    now - 3 * tabBounds.keptMs,
    removedAtOnce,
  );
  return removed === removedAtOnce;
}

const removedAtOnce = 5000;
