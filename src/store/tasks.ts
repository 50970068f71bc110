import { next, type Action, type Children } from "../core/lifecycle.ts";
import type { EventType } from "../core/event.ts";
import { parseJson } from "../core/json.ts";
import { isBlockedStanding, stateOf } from "../core/standing.ts";
import type { State, Task } from "../core/task.ts";
import { fold } from "../core/text.ts";
import { appendTaskEvent, type EventData } from "./events.ts";
import { takeBoardNumber } from "./ids.ts";
import type { Tx } from "./store.ts";
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
  if (row.run_id === null) row.number ??= await takeBoardNumber(tx, row.project);
  row.seq = await appendTaskEvent(
    tx,
    row.state === "completed" ? "task.completed" : "task.created",
    row,
    now,
    data,
  );
  const inserted = await tx.get<{ ordinal: number }>(insertSql, ...columns.map((column) => row[column]));
  row.ordinal = inserted?.ordinal ?? 0;
  await tx.run("INSERT INTO names (ordinal, folded) VALUES (?, ?)", row.ordinal, fold(row.name));
  for (const need of needs) await tx.run("INSERT INTO needs (task_id, need_id) VALUES (?, ?)", row.id, need);
  return row;
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
  if (changes.name !== undefined)
    await tx.run("UPDATE names SET folded = ? WHERE ordinal = ?", fold(changes.name), row.ordinal);
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

/** The board's tasks by state, and how many of the pending ones are blocked. */
export async function countTasks(
  tx: Tx,
  project: string | undefined,
): Promise<{ tasks: Record<string, number>; blocked: number }> {
  const tasks: Record<string, number> = {};
  let blocked = 0;
  const seen = project === undefined ? [[]] : [[project], []];
  for (const own of seen) {
    const where = project === undefined ? "" : own.length > 0 ? "AND project = ?" : "AND project IS NULL";
    const rows = await tx.all<{ standing: number; n: number }>(
      `SELECT standing, count(*) AS n FROM tasks WHERE run_id IS NULL ${where} GROUP BY standing`,
      ...own,
    );
    for (const { standing, n } of rows) {
      const state = stateOf(standing);
      tasks[state] = (tasks[state] ?? 0) + n;
      if (isBlockedStanding(standing)) blocked += n;
    }
  }
  return { tasks, blocked };
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
  if (row.state === "pending") task.ready = row.unmet === 0;
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
