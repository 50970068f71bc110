import { CordError } from "../../core/error.ts";
import type { DataOf } from "../../core/event.ts";
import { fence, staleLease, type Claimant, type Fence, type Held } from "../../core/lease.ts";
import type { Moment } from "../../core/moment.ts";
import { finalStates, nodeName, type Actor } from "../../core/words.ts";
import { keepSaid } from "../tables/attempts.ts";
import { appendRunEvent, appendTaskEvent, seqOfClaim } from "../tables/events.ts";
import { takeHandedIn } from "./hand-in.ts";
import { keepLateResult } from "./late-results.ts";
import { wakeIfAsked } from "../tables/questions.ts";
import { claimRefusal } from "./refusals.ts";
import type { Tx } from "../store.ts";
import { getTask } from "../tables/ids.ts";
import { changeTask, moveTask, setColumns, setUnmet } from "../tables/tasks.ts";
import { isNode, type NodeRow } from "../tables/node-row.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { beginningOf } from "../../core/text.ts";

/** Gives a pending task to an agent for so long. Throws `conflict` if it is not pending or its needs are not met. */
export async function claimTask<Row extends TaskRow>(
  tx: Tx,
  found: Row,
  agent: string,
  leaseMs: number,
  when: Moment,
): Promise<Row> {
  const row = leaseEnded(found, when) ? await expireTask(tx, found, when.now) : found;
  const refusal = await claimRefusal(tx, row, when);
  if (refusal) throw refusal;
  const holder = { claimed_by: agent, claimed_at: when.now, ...lease(leaseMs, when), epoch: row.epoch + 1 };
  const synthesis = row.phase === "synthesis";
  const counted = synthesis
    ? {
        seen_children: row.children - row.open_children,
        round: row.open_children === 0 ? row.round + 1 : row.round,
      }
    : {};
  return moveTask(tx, row, "claim", when.now, { ...holder, ...counted }, {});
}

/** The columns of a lease that begins, or begins anew, now. */
function lease(leaseMs: number, { now, monotonic }: Moment) {
  return { lease_until: now + leaseMs, lease_due: monotonic + leaseMs, lease_ms: leaseMs };
}

/** Begins the lease anew, and says when it ends by the wall clock. No event: who holds the task has not changed. */
export async function extendTask(
  tx: Tx,
  row: TaskRow,
  claimant: Claimant,
  leaseMs: number,
  when: Moment,
): Promise<number> {
  requireHolder(row, claimant, when);
  const begun = lease(leaseMs, when);
  await setColumns(tx, row, begun);
  return begun.lease_until;
}

export async function releaseTask(
  tx: Tx,
  row: TaskRow,
  claimant: Claimant,
  when: Moment,
  reason?: string,
): Promise<TaskRow> {
  requireHolder(row, claimant, when);
  const data = { by: row.claimed_by, ...(reason === undefined ? {} : { reason }) };
  return (await settleHandedIn(tx, row, when.now)) ?? moveTask(tx, row, "release", when.now, unheld, data);
}

export async function expireTask<Row extends TaskRow>(tx: Tx, row: Row, now: number): Promise<Row> {
  return (
    (await settleHandedIn(tx, row, now)) ?? moveTask(tx, row, "expire", now, unheld, { by: row.claimed_by })
  );
}

/** Tasks whose lease has ended, given back. */
export async function expireLeases(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<TaskRow[]> {
  const rows = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE state = 'claimed' AND lease_due <= ? ORDER BY lease_due LIMIT ?",
    monotonic,
    limit,
  );
  const expired: TaskRow[] = [];
  for (const row of rows) expired.push(await expireTask(tx, row, now));
  return expired;
}

/** A completion, or the refusal of a late one, whose result was kept on its attempt. */
export type Completion = { row: TaskRow } | { refused: CordError };

/**
 * Completes a claimed task. A node with children that it has not been given goes to waiting, or at once to its
 * synthesis, and what it said is kept on the attempt. A claimant that is not the holder is refused; the caller
 * must let the transaction commit and throw afterwards, because the late result is kept in it. The note says what is
 * odd about the result, and stands with the task as its reason.
 */
export async function completeTask(
  tx: Tx,
  row: TaskRow,
  result: unknown,
  claimant: Claimant,
  when: Moment,
  note: string | null = null,
): Promise<Completion> {
  const { now } = when;
  const held = fence(heldOf(row), claimant, when.monotonic);
  if (held === "stale") {
    if (await keepLateResult(tx, row, claimant, result, now))
      await appendTaskEvent(tx, row, now, {
        type: "task.refused",
        data: { by: claimant.agentId ?? null, late: true },
      });
    return { refused: staleLease(heldOf(row), claimant, when.monotonic) };
  }
  requireLease(row, when);
  const about = { by: row.claimed_by, ...unfenced(held), ...(note === null ? {} : { reason: note }) };
  return { row: await handOver(tx, row, result, about, now) };
}

/** Completes a node with what it has handed in, if that is still held back; null if nothing is. */
export async function settleHandedIn<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  now: number,
): Promise<Row | null> {
  const handed = await takeHandedIn(tx, row);
  return handed && handOver(tx, row, handed.result, { by: row.claimed_by }, now);
}

async function handOver<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  result: unknown,
  data: DataOf<"task.completed">,
  now: number,
): Promise<Row> {
  const text = JSON.stringify(result ?? null);
  if (row.open_children > 0 || row.children > row.seen_children) {
    await keepSaid(tx, row, text, now);
    const changes = { ...unheld, phase: "synthesis", failures: 0 } as const;
    const claimedAt = await seqOfClaim(tx, row.id);
    const said = await moveTask(tx, row, "complete", now, changes, data);
    return wakeIfAsked(tx, said, claimedAt, now);
  }
  const shown = { ...data, ...beginning(row, result) };
  const changes = { ...unleased, result: text, reason: data.reason ?? null };
  const done = await moveTask(tx, row, "complete", now, changes, shown);
  await settle(tx, done, now);
  return done;
}

/** Answers an ask: it is completed with the answer. */
export async function answerTask(
  tx: Tx,
  row: NodeRow,
  answer: unknown,
  by: string,
  now: number,
): Promise<NodeRow> {
  const changes = { result: JSON.stringify(answer), answer_by: null };
  const done = await moveTask(tx, row, "answer", now, changes, { by, ...beginning(row, answer) });
  await settle(tx, done, now);
  return done;
}

export async function failTask(
  tx: Tx,
  row: TaskRow,
  reason: string,
  claimant: Claimant,
  when: Moment,
): Promise<TaskRow> {
  const held = requireHolder(row, claimant, when);
  const handed = await settleHandedIn(tx, row, when.now);
  if (handed) return handed;
  const done = await moveTask(
    tx,
    row,
    "fail",
    when.now,
    { ...unleased, reason },
    { by: row.claimed_by, reason, ...unfenced(held) },
  );
  await settle(tx, done, when.now);
  return done;
}

/** Who cancels what nobody has stopped: it could not come about. */
export const cord: Actor = "cord";

/**
 * Cancels a task with all its open descendants, and what needs it. Throws `conflict` if it has ended. What is cancelled
 * with a task that somebody stopped counts as stopped by them too.
 */
export async function cancelTask(
  tx: Tx,
  found: TaskRow,
  reason: string,
  by: string,
  now: number,
  because: Because = { stoppedBy: by === cord ? null : by, hungOn: null },
): Promise<TaskRow> {
  const row = (await settleHandedIn(tx, found, now)) ?? found;
  const why = { reason, stopped_by: because.stoppedBy, cancelled_for: because.hungOn };
  const changes = { ...unleased, answer_by: null, ...why };
  const done = await moveTask(tx, row, "cancel", now, changes, { by, reason });
  await settle(tx, done, now);
  return done;
}

/** Who has stopped it, if anybody has; and the id of the task it hung on, if it did. */
interface Because {
  stoppedBy: string | null;
  hungOn: string | null;
}

/** Stops a task without ending it. Of a claimed one the agent is stopped by whoever runs it. */
export async function pauseTask(tx: Tx, found: NodeRow, by: string, now: number): Promise<NodeRow> {
  const row = (await settleHandedIn(tx, found, now)) ?? found;
  return moveTask(tx, row, "pause", now, unheld, { by, held: row.claimed_by });
}

export async function resumeTask(tx: Tx, row: NodeRow, by: string, now: number): Promise<NodeRow> {
  const phase = row.children > 0 ? { phase: "synthesis" as const } : {};
  const resumed = await moveTask(tx, row, "resume", now, phase, { by });
  return wakeIfAsked(tx, resumed, 0, now);
}

const unleased = { lease_until: null, lease_due: null, lease_ms: null } as const;
const unheld = { claimed_by: null, claimed_at: null, ...unleased } as const;

/** What an end sets going: those who need it, the children of one that failed, and the parent that waits. */
async function settle(tx: Tx, row: TaskRow, now: number): Promise<void> {
  if (row.state === "completed") await meetNeeds(tx, row, now);
  else await cancelOthers(tx, row, now);
  if (row.parent_id !== null) await childEnded(tx, row.parent_id, now);
  else if (isNode(row)) await endRun(tx, row, now);
}

async function meetNeeds(tx: Tx, row: TaskRow, now: number): Promise<void> {
  for (const dependent of await dependentsOf(tx, row.id)) {
    const unmet = dependent.unmet - 1;
    if (unmet === 0 && dependent.state === "pending")
      await changeTask(tx, dependent, { type: "task.ready", data: {} }, now, { unmet });
    else await setUnmet(tx, dependent, unmet);
  }
}

/** Nothing is ever stuck: what needs a failed or cancelled task is cancelled, naming it; so are its open children. */
async function cancelOthers(tx: Tx, row: TaskRow, now: number): Promise<void> {
  const because = { stoppedBy: row.stopped_by, hungOn: row.id };
  const children = await tx.all<TaskRow>("SELECT * FROM tasks WHERE parent_id = ? ORDER BY number", row.id);
  for (const child of children)
    await cancelIfOpen(tx, child.id, `its parent ${label(row)} was ${row.state}`, because, now);
  for (const dependent of await dependentsOf(tx, row.id)) {
    const why = row.reason === null ? "" : `: ${row.reason}`;
    const reason = beginningOf(`it needs ${label(row)}, which was ${row.state}${why}`, 500);
    await cancelIfOpen(tx, dependent.id, reason, because, now);
  }
}

/** Read again: an earlier step of the same cascade may have ended it. */
async function cancelIfOpen(
  tx: Tx,
  id: string,
  reason: string,
  because: Because,
  now: number,
): Promise<void> {
  const found = await getTask(tx, id);
  const row = (await settleHandedIn(tx, found, now)) ?? found;
  if (!finalStates.includes(row.state)) await cancelTask(tx, row, reason, cord, now, because);
}

async function childEnded(tx: Tx, parentId: string, now: number): Promise<void> {
  const parent = await getTask(tx, parentId);
  const openChildren = parent.open_children - 1;
  await setColumns(tx, parent, { open_children: openChildren });
  if (parent.state === "waiting" && openChildren === 0) {
    const counted = { ...parent, open_children: openChildren };
    await moveTask(tx, counted, "childrenDone", now, { phase: "synthesis" }, {});
  }
}

async function endRun(tx: Tx, root: NodeRow, now: number): Promise<void> {
  await tx.run("UPDATE runs SET ended_at = ? WHERE id = ?", now, root.run_id);
  const run = { id: root.run_id, project: root.project, goal: root.name };
  await appendRunEvent(tx, run, now, { type: "run.ended", data: { state: root.state } });
}

function dependentsOf(tx: Tx, id: string): Promise<TaskRow[]> {
  return tx.all<TaskRow>(
    "SELECT tasks.* FROM needs JOIN tasks ON tasks.id = needs.task_id WHERE needs.need_id = ? ORDER BY tasks.ordinal",
    id,
  );
}

/** Throws `stale_lease` for one that is not the holder, `conflict` when nobody is. */
function requireHolder(row: TaskRow, claimant: Claimant, when: Moment): Fence {
  const held = fence(heldOf(row), claimant, when.monotonic);
  if (held === "stale") throw staleLease(heldOf(row), claimant, when.monotonic);
  requireLease(row, when);
  return held;
}

function requireLease(row: TaskRow, when: Moment): void {
  if (leaseEnded(row, when)) throw new CordError("conflict", "task is not claimed: its lease has ended");
}

function leaseEnded(row: TaskRow, { monotonic }: Moment): boolean {
  return row.state === "claimed" && row.lease_due !== null && row.lease_due <= monotonic;
}

/** The part of a row that fencing depends on. */
export function heldOf(row: TaskRow): Held {
  return { state: row.state, claimedBy: row.claimed_by, epoch: row.epoch, leaseDue: row.lease_due };
}

/** How much of a result an event shows to those who watch a run. */
const shownResult = 200;

function beginning(row: TaskRow, result: unknown): { result?: string } {
  if (row.run_id === null || result === undefined || result === null) return {};
  return { result: beginningOf(typeof result === "string" ? result : JSON.stringify(result), shownResult) };
}

function unfenced(held: Fence): { unfenced?: true } {
  return held === "unfenced" ? { unfenced: true } : {};
}

function label(row: TaskRow): string {
  return row.run_id === null ? `${row.number} (${row.name})` : nodeName(row.number);
}
