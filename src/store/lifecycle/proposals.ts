import { CordError } from "../../core/error.ts";
import { nodeRefusal, shortRun } from "../../core/node-refusal.ts";
import { maxRejections, proposal } from "../../core/proposal.ts";
import { finalStates, nodeName } from "../../core/words.ts";
import { appendRunEvent } from "../tables/events.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, replanOf, type NodeRow } from "../tables/node-row.ts";
import { planners, proposedBelow } from "../tables/proposals.ts";
import type { RunRow } from "../tables/runs.ts";
import type { Tx } from "../store.ts";
import { changeTask, moveTask, setColumns } from "../tables/tasks.ts";
import { cancelDependents, goOn, isExpanded, unheld } from "./settle.ts";

/** Who decides, and when. */
interface Deciding {
  by: string;
  now: number;
}

/** The nodes whose plan waits for a person: the one that is named, or all of the run. Throws `conflict` where none does. */
export async function plannersMeant(tx: Tx, run: RunRow, row: NodeRow | null): Promise<NodeRow[]> {
  const waiting = await planners(tx, run.id);
  const meant = row === null ? waiting : waiting.filter(({ id }) => id === row.id);
  if (meant.length > 0) return meant;
  const name = row === null ? `Run ${shortRun(run.id)}` : nodeName(row.number);
  const others = waiting.map(({ number }) => nodeName(number)).join(", ");
  throw new CordError(
    "conflict",
    `${name} has no plan that waits for your approval${others === "" ? "" : `, but ${others} has`}. "cord tree ${shortRun(run.id)}" shows where the run stands.`,
  );
}

/** Lets a node's plan be worked on. Returns its nodes. */
export async function approvePlan(
  tx: Tx,
  run: RunRow,
  planner: NodeRow,
  { by, now }: Deciding,
): Promise<NodeRow[]> {
  const rows = await proposedBelow(tx, planner);
  const approved = { proposed: proposal.none };
  for (const row of rows)
    if (row.state === "pending" && row.unmet === 0 && !isExpanded(row))
      await changeTask(tx, row, { type: "task.ready", data: { by } }, now, approved);
    else await setColumns(tx, row, approved);
  for (const { id } of rows) await goOn(tx, await getTask(tx, id), now);
  const replan = replanOf(planner);
  if (replan.remark !== null)
    await setColumns(tx, planner, { replan: JSON.stringify({ ...replan, remark: null }) });
  await appendRunEvent(tx, run, now, { type: "run.approved", data: { by, parent: planner.number } });
  return rows;
}

/**
 * Takes a node's plan out of the run. The node is given back: its agent goes on in its session, with the remark, and plans again.
 * Throws `conflict` for one that is paused, and for one that has planned too often.
 */
export async function rejectPlan(
  tx: Tx,
  run: RunRow,
  planner: NodeRow,
  remark: string,
  { by, now }: Deciding,
): Promise<NodeRow[]> {
  const { times } = replanOf(planner);
  const named = { number: planner.number, runId: run.id };
  if (planner.state !== "waiting") throw nodeRefusal(named, planner.state, "replan");
  if (times >= maxRejections)
    throw new CordError(
      "limit",
      `${nodeName(planner.number)} has planned ${times + 1} times. Approve its plan, or stop it: "cord stop ${planner.number} --run ${shortRun(run.id)}".`,
    );
  const rows = await proposedBelow(tx, planner);
  await removeNodes(tx, rows, { by, now });
  // other children of it may have needed what is gone now
  const current = asNode(await getTask(tx, planner.id));
  const children = rows.filter(({ parent_id }) => parent_id === planner.id);
  const open = children.filter(({ state }) => !finalStates.includes(state)).length;
  const changes = {
    ...unheld,
    // it has synthesised nothing yet where no synthesis has begun
    phase: planner.round === 0 ? ("work" as const) : ("synthesis" as const),
    failures: 0,
    children: current.children - children.length,
    open_children: current.open_children - open,
    replan: JSON.stringify({ times: times + 1, remark }),
  };
  await moveTask(tx, current, "replan", now, changes, { by, reason: `its plan was rejected: ${remark}` });
  const data = { by, parent: planner.number, text: remark };
  await appendRunEvent(tx, run, now, { type: "run.rejected", data });
  return rows;
}

/** Notes that a person was shown what waits for them. Returns how many nodes. */
export async function notePlanShown(tx: Tx, planner: NodeRow): Promise<number> {
  const rows = await proposedBelow(tx, planner);
  for (const row of rows) await setColumns(tx, row, { proposed: proposal.shown });
  return rows.length;
}

const takenOut = "it was taken out of the plan";

/**
 * Takes nodes out that wait for a person, and cancels what needs them beside the plan. The counts of their parents are the caller's.
 */
export async function removeNodes(tx: Tx, rows: readonly NodeRow[], { by, now }: Deciding): Promise<void> {
  const removed = { proposed: proposal.removed, stopped_by: by, reason: takenOut, answer_by: null };
  for (const row of rows)
    if (finalStates.includes(row.state)) await setColumns(tx, row, { proposed: proposal.removed });
    else await moveTask(tx, row, "cancel", now, removed, { by, reason: takenOut, removed: true });
  for (const row of rows)
    await cancelDependents(
      tx,
      { ...row, state: "cancelled", reason: takenOut },
      { stoppedBy: by, hungOn: row.id },
      now,
    );
}
