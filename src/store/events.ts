import type { Event, EventType } from "../core/event.ts";
import { wordsOf, type Filter } from "../core/filter.ts";
import type { State } from "../core/task.ts";
import { parseJson } from "../core/json.ts";
import type { TaskRow } from "./task-row.ts";
import type { Tx, Value } from "./store.ts";
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
  const inserted = await tx.get<{ seq: number }>(
    `INSERT INTO events (at, type, project, task_id, run_id, number, name, kind, priority, state, recipient, agent, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
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
  const seq = inserted?.seq ?? 0;
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

/** Events after a seq, oldest first, that a filter lets through by what SQL can tell. */
export async function eventsSince(tx: Tx, since: number, filter: Filter, limit: number): Promise<Event[]> {
  const terms = ["seq > ?"];
  const values: Value[] = [since];
  for (const column of ["kind", "state", "priority"] as const) {
    const words = wordsOf(filter[column]);
    if (!words) continue;
    terms.push(`${column} IN (${words.map(() => "?").join(", ")})`);
    values.push(...words);
  }
  for (const [column, value] of [
    ["run_id", filter.run_id ?? undefined],
    ["recipient", filter.to],
  ] as const) {
    if (value === undefined) continue;
    terms.push(`${column} = ?`);
    values.push(value);
  }
  if (filter.project !== undefined) {
    terms.push("(project = ? OR project IS NULL)");
    values.push(filter.project);
  }
  const rows = await tx.all<EventRow>(
    `SELECT * FROM events WHERE ${terms.join(" AND ")} ORDER BY seq LIMIT ?`,
    ...values,
    limit,
  );
  return rows.map((row) => toEvent(row, row.seq, parseJson(row.data)));
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
