import { CordError } from "../core/error.ts";
import { wordsOf, type Filter } from "../core/filter.ts";
import { next, type Action, type Children } from "../core/lifecycle.ts";
import type { EventType } from "../core/event.ts";
import { State, type Task } from "../core/task.ts";
import { parseJson } from "../core/json.ts";
import { appendTaskEvent, type EventData } from "./events.ts";
import type { Tx, Value } from "./store.ts";
import type { TaskRow } from "./task-row.ts";
import { time } from "./time.ts";

type Changes = Partial<Omit<TaskRow, "ordinal" | "id" | "seq" | "updated_at">>;

/** What a new task may have; the rest is null or 0. */
export type NewTask = Pick<TaskRow, "id" | "name" | "kind" | "priority" | "state"> &
  Partial<Omit<TaskRow, "ordinal" | "seq" | "needs">> & { needs?: string[] };

const defaults = {
  project: null,
  recipient: null,
  claimed_by: null,
  claimed_at: null,
  lease_until: null,
  lease_due: null,
  lease_ms: null,
  epoch: 0,
  payload: null,
  result: null,
  reason: null,
  unmet: 0,
  run_id: null,
  number: null,
  parent_id: null,
  path: null,
  phase: null,
  round: 0,
  children: 0,
  open_children: 0,
  seen_children: 0,
  failures: 0,
  prompt: null,
  returns: null,
  schema: null,
  model: null,
  agent: null,
  question: null,
  answer_by: null,
  answer_ms: null,
} as const;

const columns = [
  "id",
  "seq",
  "name",
  "kind",
  "priority",
  "state",
  "project",
  "recipient",
  "claimed_by",
  "claimed_at",
  "lease_until",
  "lease_due",
  "lease_ms",
  "epoch",
  "payload",
  "result",
  "reason",
  "needs",
  "unmet",
  "created_at",
  "updated_at",
  "run_id",
  "number",
  "parent_id",
  "path",
  "phase",
  "round",
  "children",
  "open_children",
  "seen_children",
  "failures",
  "prompt",
  "returns",
  "schema",
  "model",
  "agent",
  "question",
  "answer_by",
  "answer_ms",
] as const satisfies readonly (keyof TaskRow)[];

const insertSql = `INSERT INTO tasks (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")}) RETURNING ordinal`;

/** Adds a task and says so. Its unmet needs are counted by the caller, in the same transaction. */
export async function insertTask(tx: Tx, task: NewTask, now: number, data: EventData = {}): Promise<TaskRow> {
  const needs = task.needs ?? [];
  const row: TaskRow = {
    ...defaults,
    created_at: now,
    updated_at: now,
    ...task,
    needs: needs.length === 0 ? null : JSON.stringify(needs),
    ordinal: 0,
    seq: 0,
  };
  row.seq = await appendTaskEvent(
    tx,
    row.state === "completed" ? "task.completed" : "task.created",
    row,
    now,
    data,
  );
  const inserted = await tx.get<{ ordinal: number }>(insertSql, ...columns.map((column) => row[column]));
  for (const need of needs) await tx.run("INSERT INTO needs (task_id, need_id) VALUES (?, ?)", row.id, need);
  return { ...row, ordinal: inserted?.ordinal ?? 0 };
}

/** Moves a task by the lifecycle's table, with what else changes, and says so. Throws `conflict` where the table does not allow it. */
export async function moveTask(
  tx: Tx,
  row: TaskRow,
  action: Action,
  now: number,
  changes: Changes = {},
  data: EventData = {},
): Promise<TaskRow> {
  const state = next(row.state, action, childrenOf(row));
  return changeTask(tx, row, eventOf(action, state), now, { ...changes, state }, data);
}

function eventOf(action: Action, state: State): EventType {
  if (action === "complete" && state === "waiting") return "task.waiting";
  if (action === "complete" && state === "pending") return "task.ready";
  return eventTypes[action];
}

const eventTypes: Record<Action, EventType> = {
  claim: "task.claimed",
  answer: "task.completed",
  extend: "task.claimed",
  release: "task.released",
  expire: "task.expired",
  complete: "task.completed",
  childrenDone: "task.ready",
  asked: "task.ready",
  pause: "task.paused",
  resume: "task.resumed",
  fail: "task.failed",
  cancel: "task.cancelled",
  modify: "task.modified",
};

/** Changes a task without moving it, and says so. */
export async function changeTask(
  tx: Tx,
  row: TaskRow,
  type: EventType,
  now: number,
  changes: Changes,
  data: EventData = {},
): Promise<TaskRow> {
  const changed = { ...row, ...changes, updated_at: now };
  changed.seq = await appendTaskEvent(tx, type, changed, now, data);
  const values = { ...changes, updated_at: now, seq: changed.seq };
  await tx.run(
    `UPDATE tasks SET ${assignments(values)} WHERE ordinal = ?`,
    ...Object.values(values),
    row.ordinal,
  );
  return changed;
}

/** Sets columns that no watcher asks for: counters, and a lease that was extended. */
export async function setColumns(tx: Tx, id: string, values: Partial<TaskRow>): Promise<void> {
  await tx.run(`UPDATE tasks SET ${assignments(values)} WHERE id = ?`, ...Object.values(values), id);
}

function assignments(values: object): string {
  return Object.keys(values)
    .map((name) => `${name} = ?`)
    .join(", ");
}

/** The situation that decides where complete and resume lead. */
export function childrenOf(row: TaskRow): Children {
  return { open: row.open_children, unseen: row.children - row.seen_children };
}

/** The task with this id, or with this unique prefix. Null if there is none; `conflict` lists the matches of an ambiguous one. */
export async function findTask(tx: Tx, id: string): Promise<TaskRow | null> {
  const exact = await tx.get<TaskRow>("SELECT * FROM tasks WHERE id = ?", id);
  if (exact || id.length >= 36 || !/^[0-9a-f-]+$/i.test(id)) return exact;
  const prefix = id.toLowerCase();
  const matches = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT 6",
    prefix,
    `${prefix}g`,
  );
  if (matches.length > 1) {
    const list = matches.map((match) => `${match.id} ${match.name}`).join(", ");
    throw new CordError("conflict", `${id} fits more than one task: ${list}. Give more of the id.`);
  }
  return matches[0] ?? null;
}

/** As findTask; throws `not_found` if there is none. */
export async function getTask(tx: Tx, id: string): Promise<TaskRow> {
  const row = await findTask(tx, id);
  if (!row)
    throw new CordError("not_found", `There is no task ${id}. See "cord tasks --all" for those there are.`);
  return row;
}

/**
 * Tasks that a filter lets through, newest first. Every field is applied in SQL, along an index. What changed since a
 * seq is found by the events, of which a task's seq names the latest: so no change of a task has to keep an index of seq.
 */
export async function listTasks(tx: Tx, filter: Filter, limit: number): Promise<TaskRow[]> {
  if (filter.since !== undefined) {
    const { terms, values } = conditions(filter);
    return tx.all<TaskRow>(
      `SELECT tasks.* FROM events CROSS JOIN tasks ${whereOf(terms)} ORDER BY events.seq DESC LIMIT ?`,
      ...values,
      limit,
    );
  }
  const parts = inIndexOrder(filter).map(conditions);
  const [only] = parts;
  if (only && parts.length === 1) return tx.all<TaskRow>(newestOf(only), ...only.values, limit);
  const each = parts.map((part) => `SELECT * FROM (${newestOf(part)}) AS part`);
  return tx.all<TaskRow>(
    `${each.join(" UNION ALL ")} ORDER BY ordinal DESC LIMIT ?`,
    ...parts.flatMap(({ values }) => [...values, limit]),
    limit,
  );
}

/**
 * The indexes give the newest of one kind and state, of one state, or of one state of a project. A filter of several,
 * or of any state, is that many filters of one: the newest of each are few, and to sort them costs nothing.
 */
function inIndexOrder(filter: Filter): Filter[] {
  const kinds =
    filter.project === undefined && filter.to === undefined ? distinct(wordsOf(filter.kind)) : undefined;
  const states = distinct(wordsOf(filter.state)) ?? State.options;
  if (filter.run_id !== null) return [filter];
  const parts = (kinds ?? [filter.kind]).flatMap((kind) =>
    states.map((state) => ({ ...filter, kind, state })),
  );
  return parts.length > mostParts ? [filter] : parts;
}

const mostParts = 28;

function distinct(words: readonly string[] | undefined): readonly string[] | undefined {
  return words && [...new Set(words)];
}

function newestOf({ terms }: Conditions): string {
  return `SELECT * FROM tasks ${whereOf(terms)} ORDER BY ordinal DESC LIMIT ?`;
}

function whereOf(terms: readonly string[]): string {
  return terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
}

export async function countTasks(tx: Tx, project: string | undefined): Promise<Record<string, number>> {
  const rows =
    project === undefined
      ? await tx.all<{ state: State; n: number }>(
          "SELECT state, count(*) AS n FROM tasks WHERE run_id IS NULL GROUP BY state",
        )
      : await tx.all<{ state: State; n: number }>(
          "SELECT state, count(*) AS n FROM tasks WHERE (project = ? OR project IS NULL) AND run_id IS NULL GROUP BY state",
          project,
        );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

interface Conditions {
  terms: string[];
  values: Value[];
}

function conditions(filter: Filter): Conditions {
  const terms: string[] = [];
  const values: Value[] = [];
  const add = (term: string, ...more: Value[]) => {
    terms.push(term);
    values.push(...more);
  };
  for (const column of ["kind", "state", "priority"] as const) {
    const words = wordsOf(filter[column]);
    if (!words) continue;
    if (words.length === 1 && words[0] !== undefined) add(`tasks.${column} = ?`, words[0]);
    else add(`tasks.${column} IN (${words.map(() => "?").join(", ")})`, ...words);
  }
  if (filter.project !== undefined) add("(tasks.project = ? OR tasks.project IS NULL)", filter.project);
  if (filter.to !== undefined) add("tasks.recipient = ?", filter.to);
  if (filter.claimed_by !== undefined) add("tasks.claimed_by = ?", filter.claimed_by);
  if (filter.run_id === null) add("tasks.run_id IS NULL");
  else if (filter.run_id !== undefined) add("tasks.run_id = ?", filter.run_id);
  if (filter.since !== undefined)
    add("events.seq > ? AND tasks.id = events.task_id AND tasks.seq = events.seq", filter.since);
  if (filter.name_contains) add("instr(tasks.name, ?) > 0", filter.name_contains);
  if (filter.ignore_ids?.length)
    add("tasks.id NOT IN (SELECT value FROM json_each(?))", JSON.stringify(filter.ignore_ids));
  return { terms, values };
}

/** The row as users see it. */
export function toTask(row: TaskRow): Task {
  const task: Task = {
    id: row.id,
    name: row.name,
    kind: row.kind,
    priority: row.priority,
    state: row.state,
    claimed_by: row.claimed_by,
    payload: row.payload === null ? null : parseJson(row.payload),
    result: row.result === null ? null : parseJson(row.result),
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
    seq: row.seq,
    epoch: row.epoch,
  };
  if (row.claimed_at !== null) task.claimed_at = time(row.claimed_at);
  if (row.lease_until !== null) task.lease_until = time(row.lease_until);
  if (row.project !== null) task.project = row.project;
  if (row.recipient !== null) task.to = row.recipient;
  if (row.run_id !== null) task.run_id = row.run_id;
  if (row.number !== null) task.number = row.number;
  if (row.parent_id !== null) task.parent_id = row.parent_id;
  if (row.needs !== null) task.needs = parseJson(row.needs);
  if (row.prompt !== null) task.prompt = row.prompt;
  if (row.returns !== null) task.returns = row.returns;
  if (row.reason !== null) task.reason = row.reason;
  return task;
}
