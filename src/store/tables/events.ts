import type { Event, EventType } from "../../core/event.ts";
import type { Filter } from "../../core/filter.ts";
import type { State } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { eventConditions, joined, term, whereOf } from "../lists/conditions.ts";
import type { TaskRow } from "./task-row.ts";
import type { Tx } from "../store.ts";
import { time } from "./time.ts";

interface EventRow {
  seq: number;
  at: number;
  type: EventType;
  project: string | null;
  task_id: string | null;
  run_id: string | null;
  number: number | null;
  name: string | null;
  kind: string | null;
  priority: string | null;
  state: State | null;
  recipient: string | null;
  agent: string | null;
  data: string;
}

/** What is particular to an event; empty for most. */
export type EventData = Record<string, unknown>;

/** Writes an event about a task as it stands after the change, and returns its seq. */
export function appendTaskEvent(
  tx: Tx,
  type: EventType,
  row: TaskRow,
  now: number,
  data: EventData = {},
): Promise<number> {
  const told = { ...data };
  if (row.path !== null) Object.assign(told, { path: row.path, epoch: row.epoch, phase: row.phase });
  if (row.state === "pending" && row.unmet > 0) told["unmet"] = row.unmet;
  return append(tx, told, {
    at: now,
    type,
    project: row.project,
    task_id: row.id,
    run_id: row.run_id,
    number: row.number,
    name: row.name,
    kind: row.kind,
    priority: row.priority,
    state: row.state,
    recipient: row.recipient,
    agent: row.claimed_by,
  });
}

/** Writes an event that is about no task. */
export function appendEvent(
  tx: Tx,
  type: EventType,
  now: number,
  about: { project?: string | null; run_id?: string; agent?: string; name?: string },
  data: EventData = {},
): Promise<number> {
  return append(tx, data, {
    at: now,
    type,
    project: about.project ?? null,
    task_id: null,
    run_id: about.run_id ?? null,
    number: null,
    name: about.name ?? null,
    kind: null,
    priority: null,
    state: null,
    recipient: null,
    agent: about.agent ?? null,
  });
}

async function append(tx: Tx, data: EventData, row: Omit<EventRow, "seq" | "data">): Promise<number> {
  const seq = await tx.insert(
    `INSERT INTO events (at, type, project, task_id, run_id, number, name, kind, priority, state, recipient, agent, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.at,
    row.type,
    row.project,
    row.task_id,
    row.run_id,
    row.number,
    row.name,
    row.kind,
    row.priority,
    row.state,
    row.recipient,
    row.agent,
    JSON.stringify(data),
  );
  tx.announce(toEvent(row, seq, data));
  return seq;
}

/** The seq of the newest event; 0 when there is none. */
export async function lastSeq(tx: Tx): Promise<number> {
  const row = await tx.get<{ seq: number | null }>("SELECT max(seq) AS seq FROM events");
  return row?.seq ?? 0;
}

/** The seq of the newest claim of a task; 0 when there was none. */
export async function seqOfClaim(tx: Tx, taskId: string): Promise<number> {
  const row = await tx.get<{ seq: number }>(
    "SELECT seq FROM events WHERE task_id = ? AND type = 'task.claimed' ORDER BY seq DESC LIMIT 1",
    taskId,
  );
  return row?.seq ?? 0;
}

/** Whether the goal or the prompt of a task was changed since it was last claimed. */
export async function modifiedSinceClaim(tx: Tx, taskId: string): Promise<boolean> {
  const row = await tx.get<{ seq: number }>(
    "SELECT seq FROM events WHERE task_id = ? AND type = 'task.modified' AND seq > ? LIMIT 1",
    taskId,
    await seqOfClaim(tx, taskId),
  );
  return row !== null;
}

/** A part of the log: the events that were asked for, and up to where it was looked through. */
export interface Stretch {
  events: Event[];
  until: number;
  /** the log ends there */
  isLast: boolean;
}

/** As many events as one read looks at: a filter that lets nothing through keeps the store for a millisecond, not for the whole log. */
const mostLookedAt = 5000;

/** Events after a seq, oldest first, that a filter lets through by what SQL can tell. */
export async function eventsSince(tx: Tx, since: number, filter: Filter, limit: number): Promise<Stretch> {
  const last = await lastSeq(tx);
  const until = Math.min(last, since + mostLookedAt);
  const all = joined([
    term("events.seq > ?", since),
    term("events.seq <= ?", until),
    eventConditions(filter),
    typeof filter.run_id === "string" ? term("events.run_id = ?", filter.run_id) : null,
  ]);
  const rows = await tx.all<EventRow>(
    `SELECT * FROM events ${whereOf(all)} ORDER BY seq LIMIT ?`,
    ...all.values,
    limit,
  );
  const events = rows.map((row) => toEvent(row, row.seq, parseJson(row.data)));
  const isCut = events.length === limit;
  return { events, until: isCut ? (events.at(-1)?.seq ?? until) : until, isLast: !isCut && until === last };
}

/** The newest events of a task, oldest first; what an attempt did meanwhile is left out. */
export async function historyOf(tx: Tx, taskId: string, limit: number): Promise<Event[]> {
  const rows = await tx.all<EventRow>(
    "SELECT * FROM events WHERE task_id = ? AND type <> 'attempt.progress' ORDER BY seq DESC LIMIT ?",
    taskId,
    limit,
  );
  return rows.toReversed().map((row) => toEvent(row, row.seq, parseJson(row.data)));
}

function toEvent(row: Omit<EventRow, "seq" | "data">, seq: number, data: EventData): Event {
  return {
    seq,
    at: time(row.at),
    type: row.type,
    project: row.project,
    task_id: row.task_id,
    run_id: row.run_id,
    number: row.number,
    name: row.name,
    kind: row.kind,
    priority: row.priority,
    state: row.state,
    to: row.recipient,
    agent: row.agent,
    data,
  };
}
