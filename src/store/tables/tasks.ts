import { next, targets, type Action, type Situation } from "../../core/lifecycle.ts";
import { nodeRefusal } from "../../core/node-refusal.ts";
import type { DataOf, Happening, TaskHappening } from "../../core/event.ts";
import { parseJson } from "../../core/json.ts";
import { endAt, standingOf } from "../../core/standing.ts";
import { isProposed } from "../../core/proposal.ts";
import type { Task } from "../../core/task.ts";
import type { State } from "../../core/words.ts";
import { fold } from "../../core/text.ts";
import { appendTaskEvent } from "./events.ts";
import { takeBoardNumber } from "./ids.ts";
import type { Tx, Value } from "../store.ts";
import { insertOf, namesOf } from "./columns.ts";
import { needsOf, type NodeRow } from "./node-row.ts";
import {
  boardColumns,
  newTask,
  nodeColumns,
  type Derived,
  type NewNodeTask,
  type NewTask,
  type TaskChanges,
  type TaskRow,
} from "./task-row.ts";
import { recount } from "./task-counts.ts";
import { time } from "./time.ts";

const insertBoardSql = insertOf("tasks", boardColumns);
const insertNodeSql = insertOf("tasks", nodeColumns);

/** Adds a task of the board and emits the event. The caller counts its unmet needs, in the same transaction. */
export async function insertTask(
  tx: Tx,
  task: NewTask,
  now: number,
  data: DataOf<"task.created"> = {},
): Promise<TaskRow> {
  const number = task.number ?? (await takeBoardNumber(tx, task.project ?? null));
  const times = { created_at: now, updated_at: now };
  const row: TaskRow = { ordinal: 0, ...newTask, ...times, ...task, number, needs: needsText(task) };
  const whole = await bornWhole(tx, row, now, data);
  row.ordinal = await tx.insert(insertBoardSql, ...boardColumns.map((column) => whole[column]));
  recount(tx, null, row);
  await insertNeeds(tx, task);
  return row;
}

/** Adds a node of a run and says so, as insertTask does. */
export async function insertNode(
  tx: Tx,
  node: NewNodeTask,
  now: number,
  data: DataOf<"task.created"> = {},
): Promise<NodeRow> {
  const times = { created_at: now, updated_at: now };
  const row: NodeRow = { ordinal: 0, ...newTask, ...times, ...node, needs: needsText(node) };
  const whole = await bornWhole(tx, row, now, data);
  row.ordinal = await tx.insert(insertNodeSql, ...nodeColumns.map((column) => whole[column]));
  recount(tx, null, row);
  await insertNeeds(tx, node);
  return row;
}

function needsText({ needs = [] }: NewTask): string | null {
  return needs.length === 0 ? null : JSON.stringify(needs);
}

/** Says that a task is born, and gives all its columns. */
async function bornWhole<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  now: number,
  data: DataOf<"task.created">,
): Promise<Row & Derived> {
  row.seq = await appendTaskEvent(tx, row, now, bornAs(row.state, data));
  return { ...row, ...placeOf(row), folded: fold(row.name) };
}

async function insertNeeds(tx: Tx, { id, needs = [] }: NewTask): Promise<void> {
  for (const need of needs) await tx.run("INSERT INTO needs (task_id, need_id) VALUES (?, ?)", id, need);
}

function bornAs(state: State, data: DataOf<"task.created">): TaskHappening {
  if (state !== "completed") return { type: "task.created", data };
  return { type: "task.completed", data: { ...data, by: data.by ?? null } };
}

/**
 * Moves a task by the lifecycle's table, with other changes, and emits the event. Throws `conflict` where the table
 * does not allow it.
 */
export async function moveTask<Row extends TaskRow, Moved extends Action>(
  tx: Tx,
  row: Row,
  action: Moved,
  now: number,
  changes: TaskChanges,
  data: DataOfMove[Moved],
): Promise<Row> {
  const { run_id: runId, number } = row;
  if (runId !== null && !targets(row.state, action)) throw nodeRefusal({ runId, number }, row.state, action);
  const state = next(row.state, action, situationOf(row, changes));
  return changeTask(tx, row, toldAs[action](data, state), now, { ...changes, state });
}

/** What each move is told as. A completion is told by the same data whichever state it leads to. */
const happenings = {
  claim: says("task.claimed"),
  answer: says("task.completed"),
  extend: says("task.claimed"),
  release: says("task.released"),
  expire: says("task.expired"),
  complete: (data: DataOf<"task.completed">, state: State): TaskHappening => {
    if (state === "waiting") return { type: "task.waiting", data };
    return { type: state === "pending" ? "task.ready" : "task.completed", data };
  },
  childrenDone: says("task.ready"),
  asked: says("task.ready"),
  replan: says("task.ready"),
  ask: says("task.asked"),
  reply: says("task.answered"),
  pause: says("task.paused"),
  resume: says("task.resumed"),
  fail: says("task.failed"),
  cancel: says("task.cancelled"),
  modify: says("task.modified"),
  expand: says("task.waiting"),
  resolve: says("task.completed"),
  lose: says("task.failed"),
} satisfies Record<Action, (data: never, state: State) => TaskHappening>;

type DataOfMove = { [Moved in Action]: Parameters<(typeof happenings)[Moved]>[0] };
const toldAs: { [Moved in Action]: (data: DataOfMove[Moved], state: State) => TaskHappening } = happenings;

function says<Type extends TaskHappening["type"]>(type: Type): (data: DataOf<Type>) => Happening<Type> {
  return (data) => ({ type, data });
}

/** Changes a task without moving it, and says so. */
export async function changeTask<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  happening: TaskHappening,
  now: number,
  changes: TaskChanges,
): Promise<Row> {
  const changed = Object.assign({ ...row }, changes);
  changed.updated_at = now;
  changed.seq = await appendTaskEvent(tx, changed, now, happening);
  await update(tx, row, changed, changes, true);
  return changed;
}

/** The columns of the indexes by which lists are found. They follow from others. */
function placeOf(row: TaskRow): Omit<Derived, "folded"> {
  const standing = standingOf(row);
  return { standing, ended_by: endAt(standing) === undefined ? null : row.claimed_by };
}

/** Sets columns that no watcher asks for: counters, and a lease that was extended. */
export function setColumns(tx: Tx, row: TaskRow, values: Unwatched): Promise<void> {
  return update(tx, row, { ...row, ...values }, values, false);
}

type Unwatched = Omit<TaskChanges, "state" | "priority" | "unmet" | "claimed_by" | "name">;

/** Sets how many needs of a task are not met, where that makes it no more ready than before. */
export function setUnmet(tx: Tx, row: TaskRow, unmet: number): Promise<void> {
  return update(tx, row, { ...row, unmet }, { unmet }, false);
}

/**
 * Writes the columns that change, and those that follow from them. A column that is set is written to every index
 * that has it, even if its value stays the same.
 */
async function update(
  tx: Tx,
  before: TaskRow,
  row: TaskRow,
  changes: TaskChanges,
  isTold: boolean,
): Promise<void> {
  const [was, is] = [placeOf(before), placeOf(row)];
  const isElsewhere = is.standing !== was.standing || is.ended_by !== was.ended_by;
  const { sql, columns, isRenamed } = updateOf(changes, isTold, isElsewhere);
  const values: Value[] = columns.map((column) => row[column]);
  if (isElsewhere) values.push(is.standing, is.ended_by);
  if (isRenamed) values.push(fold(row.name));
  recount(tx, before, row);
  await tx.run(sql, ...values, row.ordinal);
}

/** A text that sets some columns: those of the row, in this order, and behind them the ones that follow. */
interface Update {
  sql: string;
  columns: readonly (keyof TaskRow)[];
  isRenamed: boolean;
}

/** Made once for the same columns. What is told of is stamped with its event and its time. */
function updateOf(changes: TaskChanges, isTold: boolean, isElsewhere: boolean): Update {
  const key = Object.keys(changes).join();
  const made = updates[Number(isTold) + 2 * Number(isElsewhere)];
  const known = made?.get(key);
  if (known) return known;
  const isSet = (column: keyof TaskRow) =>
    column in changes || (isTold && (column === "seq" || column === "updated_at"));
  const columns = namesOf(newTask).filter(isSet);
  const isRenamed = "name" in changes;
  const all = [
    ...columns,
    ...(isElsewhere ? ["standing", "ended_by"] : []),
    ...(isRenamed ? ["folded"] : []),
  ];
  const sql = `UPDATE tasks SET ${all.map((name) => `${name} = ?`).join(", ")} WHERE ordinal = ?`;
  made?.set(key, { sql, columns, isRenamed });
  return { sql, columns, isRenamed };
}

/** By the columns' names; and whether it is told of, and whether the task stands elsewhere then. */
const updates: readonly Map<string, Update>[] = [new Map(), new Map(), new Map(), new Map()];

/** The situation that decides where complete, resume and reply lead. */
function situationOf(row: TaskRow, { claimed_by }: TaskChanges): Situation {
  const isAskerGone = claimed_by === null;
  return { open: row.open_children, unseen: row.children - row.seen_children, isAskerGone };
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
  if (row.state === "pending") task.ready = row.unmet === 0 && !isProposed(row);
  if (row.claimed_at !== null) task.claimed_at = time(row.claimed_at);
  if (row.lease_until !== null) task.lease_until = time(row.lease_until);
  if (row.project !== null) task.project = row.project;
  if (row.recipient !== null) task.to = row.recipient;
  if (row.run_id !== null) task.run_id = row.run_id;
  task.number = row.number;
  if (row.parent_id !== null) task.parent_id = row.parent_id;
  if (row.context_id !== null) task.context_id = row.context_id;
  if (row.needs !== null) task.needs = needsOf(row);
  if (row.prompt !== null) task.prompt = row.prompt;
  if (row.returns !== null) task.returns = row.returns;
  if (row.reason !== null) task.reason = row.reason;
  return task;
}
