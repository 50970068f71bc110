import { CordError } from "../../core/error.ts";
import { taskLength } from "../../core/item.ts";
import { fence, staleLease, type Claimant, type Fence, type Held } from "../../core/lease.ts";
import { limits } from "../../core/limits.ts";
import type { Moment } from "../../core/moment.ts";
import { nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { appendTaskEvent } from "../tables/events.ts";
import { itemIn, type NodeRow } from "../tables/node-row.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { changeTask, moveTask, setColumns } from "../tables/tasks.ts";
import { checkDue } from "./check.ts";
import { keepLateResult } from "./late-results.ts";
import { claimRefusal } from "./refusals.ts";
import { beginning, goOn, handOver, settle, settleHandedIn, unheld, unleased } from "./settle.ts";
import { isDecided } from "./shapes.ts";

/**
 * Gives a pending task to an agent for a lease. Throws `conflict` if the task is not pending or its needs are not
 * met.
 */
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
export function lease(leaseMs: number, { now, monotonic }: Moment) {
  return { lease_until: now + leaseMs, lease_due: monotonic + leaseMs, lease_ms: leaseMs };
}

/** Begins the lease anew, and says when it ends by the wall clock. Emits no event: the holder has not changed. */
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
  const handed = await settleHandedIn(tx, row, when.now);
  return handed ?? goOn(tx, await moveTask(tx, row, "release", when.now, unheld, data), when.now);
}

export async function expireTask<Row extends TaskRow>(tx: Tx, row: Row, now: number): Promise<Row> {
  const handed = await settleHandedIn(tx, row, now);
  return handed ?? goOn(tx, await moveTask(tx, row, "expire", now, unheld, { by: row.claimed_by }), now);
}

/** Renews the leases of an engine's nodes of a run that have not ended, and names them. */
export function renewLeases(
  tx: Tx,
  runId: string,
  engine: string,
  leaseMs: number,
  { now, monotonic }: Moment,
): Promise<{ number: number; epoch: number }[]> {
  return tx.all<{ number: number; epoch: number }>(
    `UPDATE tasks SET lease_until = ?, lease_due = ?, lease_ms = ?
     WHERE run_id = ? AND claimed_by = ? AND state = 'claimed' AND lease_due > ?
     RETURNING number, epoch`,
    now + leaseMs,
    monotonic + leaseMs,
    leaseMs,
    runId,
    engine,
    monotonic,
  );
}

/** A completion, or the refusal of a late one, whose result was kept on its attempt. */
type Completion = { row: TaskRow } | { refused: CordError };

/**
 * Completes a claimed task. A node with children whose results it has not been given goes to waiting, or at once to
 * its synthesis; its result is kept on the attempt. A claimant that is not the holder is refused: the caller must let
 * the transaction commit and throw afterwards, because the late result is kept in it. The note describes what is odd
 * about the result, and is stored as the task's reason.
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
  const said = note ?? ((await checkDue(tx, row)) === null ? null : notChecked);
  const about = { by: row.claimed_by, ...unfenced(held), ...(said === null ? {} : { reason: said }) };
  return { row: await handOver(tx, row, result, about, now) };
}

/** What an engine works on is held back for its check before it comes here. */
const notChecked = "handed in by hand: its check was not run";

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

/** One that has its result from its first child is given back instead, and complete. */
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
  if (await isDecided(tx, row)) {
    const given = { by: row.claimed_by, reason };
    return goOn(tx, await moveTask(tx, row, "release", when.now, unheld, given), when.now);
  }
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

/** Changes what a pending or paused node is to do. Throws `invalid` for a text that its item would make too long. */
export async function modifyTask(
  tx: Tx,
  row: NodeRow,
  changes: { name?: string; prompt?: string },
  by: string,
  now: number,
): Promise<NodeRow> {
  const { name, prompt } = { ...row, ...changes };
  const item = itemIn(row);
  if (item !== null && taskLength(name, prompt, item.text) > limits.promptLength)
    throw new CordError(
      "invalid",
      `With its item in each place of {item} the task of ${nodeName(row.number)} would be longer than ${limits.promptLength} characters. Let {item} stand in it once.`,
    );
  return moveTask(tx, row, "modify", now, changes, { by });
}

export function tellTask(tx: Tx, row: NodeRow, text: string, by: string, now: number): Promise<NodeRow> {
  return changeTask(tx, row, { type: "task.told", data: { by, text } }, now, {});
}

/** Throws `stale_lease` for one that is not the holder, `conflict` when nobody is. */
export function requireHolder(row: TaskRow, claimant: Claimant, when: Moment): Fence {
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

function unfenced(held: Fence): { unfenced?: true } {
  return held === "unfenced" ? { unfenced: true } : {};
}
