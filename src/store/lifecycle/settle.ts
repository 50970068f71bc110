import type { DataOf } from "../../core/event.ts";
import { parseJson } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { beginningOf } from "../../core/text.ts";
import { becameOf, finalStates, nodeName, type Actor } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { keepSaid } from "../tables/attempts.ts";
import { appendRunEvent, seqOfClaim } from "../tables/events.ts";
import { getTask } from "../tables/ids.ts";
import { isNode, type NodeRow } from "../tables/node-row.ts";
import { announcePlan } from "../tables/proposals.ts";
import { questionsTo } from "../tables/questions.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { changeTask, moveTask, setColumns, setUnmet } from "../tables/tasks.ts";
import { checkDue, checkOf, handsOutWork } from "./check.ts";
import { dropHandedIn, hasHandedIn, takeHandedIn } from "./hand-in.ts";
import { hasShape, shapeOf } from "./shapes.ts";

/**
 * Completes a node with what it has handed in, if that is still held back; null if nothing is. What has to be checked
 * first does not count: it is kept on the attempt, and the node has handed in nothing.
 */
export async function settleHandedIn<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  now: number,
): Promise<Row | null> {
  if (!(await hasHandedIn(tx, row))) return null;
  if ((await checkDue(tx, row)) === null) return settleChecked(tx, row, now);
  await dropHandedIn(tx, row);
  return null;
}

/** Completes a node with what it has handed in and what its check has let through; null if it handed in nothing. */
export async function settleChecked<Row extends TaskRow>(tx: Tx, row: Row, now: number): Promise<Row | null> {
  const handed = await takeHandedIn(tx, row);
  return handed && handOver(tx, row, handed.result, { by: row.claimed_by }, now);
}

/**
 * What a holder's result does to its task: it ends, or with children whose results it has not been given it waits for
 * its synthesis.
 */
export async function handOver<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  result: unknown,
  data: DataOf<"task.completed">,
  now: number,
): Promise<Row> {
  const text = JSON.stringify(result ?? null);
  if (handsOutWork(row)) {
    await keepSaid(tx, row, text, now);
    const changes = { ...unheld, phase: "synthesis", failures: 0 } as const;
    const claimedAt = await seqOfClaim(tx, row.id);
    const said = await goOn(tx, await moveTask(tx, row, "complete", now, changes, data), now);
    await announcePlan(tx, said, data.by ?? null, now);
    return wakeIfAsked(tx, said, claimedAt, now);
  }
  const shown = { ...data, ...beginning(row, result) };
  const changes = { ...unleased, result: text, reason: data.reason ?? null };
  const done = await moveTask(tx, row, "complete", now, changes, shown);
  await settle(tx, done, now);
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

/**
 * A waiting node is woken by questions that its children asked after that seq; it has been shown the earlier ones.
 */
export async function wakeIfAsked<Row extends TaskRow>(
  tx: Tx,
  row: Row,
  since: number,
  now: number,
): Promise<Row> {
  if (row.state !== "waiting") return row;
  const asked = await questionsTo(tx, row.id);
  if (!asked.some(({ asked_seq }) => asked_seq > since)) return row;
  return moveTask(tx, row, "asked", now, { phase: "synthesis" }, {});
}

/** What an end sets going: those who need it, the children of one that failed, and the parent that waits. */
export async function settle(tx: Tx, row: TaskRow, now: number): Promise<void> {
  if (row.state === "completed") await meetNeeds(tx, row, now);
  else await cancelOthers(tx, row, now);
  if (row.parent_id !== null) await childEnded(tx, row.parent_id, now);
  else if (isNode(row)) await endRun(tx, row, now);
}

async function meetNeeds(tx: Tx, row: TaskRow, now: number): Promise<void> {
  for (const { id } of await dependentsOf(tx, row.id)) {
    // read again: one that cord has gone on with may have met the needs of the next
    const dependent = await getTask(tx, id);
    const unmet = dependent.unmet - 1;
    if (unmet === 0 && dependent.state === "pending" && !isExpanded(dependent))
      await changeTask(tx, dependent, { type: "task.ready", data: {} }, now, { unmet });
    else {
      await setUnmet(tx, dependent, unmet);
      await goOn(tx, { ...dependent, unmet }, now);
    }
  }
}

/**
 * No task is ever stuck: what needs a failed or cancelled task is cancelled, with its name as the reason; so are its
 * open children.
 */
async function cancelOthers(tx: Tx, row: TaskRow, now: number): Promise<void> {
  const because = { stoppedBy: row.stopped_by, hungOn: row.id };
  const children = await tx.all<TaskRow>("SELECT * FROM tasks WHERE parent_id = ? ORDER BY number", row.id);
  for (const child of children)
    await cancelIfOpen(tx, child.id, `its parent ${label(row)} ${becameOf(row.state)}`, because, now);
  await cancelDependents(tx, row, because, now);
}

/** Cancels what needs a task that has ended without a result. */
export async function cancelDependents(tx: Tx, row: TaskRow, because: Because, now: number): Promise<void> {
  for (const dependent of await dependentsOf(tx, row.id)) {
    const why = row.reason === null ? "" : `: ${row.reason}`;
    const reason = beginningOf(`it needs ${label(row)}, which ${becameOf(row.state)}${why}`, 500);
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
  const counted = await goOn(tx, { ...parent, open_children: openChildren }, now);
  if (counted.state === "waiting" && openChildren === 0) {
    await moveTask(tx, counted, "childrenDone", now, { phase: "synthesis" }, {});
  }
}

/**
 * Does what cord itself has to do with a node that is pending or waits: gives it a child for each item of its list, or takes its
 * result from its children. To be called whenever one of its needs or children has ended, it has been given back, resumed,
 * approved or opened again. Anything else stays as it is.
 */
export async function goOn<Row extends TaskRow>(tx: Tx, row: Row, now: number): Promise<Row> {
  if (row.state !== "pending" && row.state !== "waiting") return row;
  if (!isNode(row) || !hasShape(row)) return row;
  // a result that has to be checked is its agent's to hand in
  if (row.parent_id === null && (await checkOf(tx, row)) !== null) return row;
  const shaped = await shapeOf(tx, row, now);
  if (shaped === null) return row;
  if ("children" in shaped) {
    const { children } = shaped;
    const counted = { ...row, children, open_children: children };
    return moveTask(tx, counted, "expand", now, { phase: "synthesis" }, { by: cord });
  }
  const end = { ...unheld, phase: "synthesis" } as const;
  if ("lost" in shaped) {
    const reason = beginningOf(shaped.lost, limits.reasonLength);
    const failed = await moveTask(tx, row, "lose", now, { ...end, reason }, { by: cord, reason });
    await settle(tx, failed, now);
    return failed;
  }
  const { result, winner, note: reason } = shaped;
  // a list of results may be long, and stands as JSON already
  const shown =
    winner === null ? { result: beginningOf(result, shownResult) } : beginning(row, parseJson(result));
  const data = { by: cord, ...(reason === null ? {} : { reason }), ...shown };
  const done = await moveTask(tx, row, "resolve", now, { ...end, result, reason }, data);
  if (row.open_children > 0) {
    const why =
      winner === null ? `its parent ${label(row)} was completed` : `${label(winner)} completed first`;
    await stopOthers(tx, row, why, now);
  }
  await settle(tx, done, now);
  return done;
}

/** Whether cord works on it itself as soon as its needs are met: no agent does. */
export function isExpanded({ options }: Pick<TaskRow, "options">): boolean {
  return options !== null && nodeOptionsOf({ options }).for_each !== undefined;
}

/** What runs beside the child that came first is of no use any more, nor is a question about what is done. */
async function stopOthers(tx: Tx, parent: NodeRow, why: string, now: number): Promise<void> {
  const because = { stoppedBy: cord, hungOn: null };
  const others = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE parent_id = ? AND state NOT IN ('completed', 'failed', 'cancelled') ORDER BY number",
    parent.id,
  );
  for (const { id } of others) await cancelIfOpen(tx, id, why, because, now);
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

/** How much of a result an event shows to those who watch a run. */
const shownResult = 200;

/** The beginning of a result, as an event shows it. */
export function beginning(row: TaskRow, result: unknown): { result?: string } {
  if (row.run_id === null || result === undefined || result === null) return {};
  return { result: beginningOf(typeof result === "string" ? result : JSON.stringify(result), shownResult) };
}

function label(row: TaskRow): string {
  return row.run_id === null ? `${row.number} (${row.name})` : nodeName(row.number);
}

export const unleased = { lease_until: null, lease_due: null, lease_ms: null } as const;
export const unheld = { claimed_by: null, claimed_at: null, ...unleased } as const;
