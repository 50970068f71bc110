import { CordError } from "../../core/error.ts";
import { stateAfterRetry } from "../../core/lifecycle.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { nodeRefusal } from "../../core/node-refusal.ts";
import { isRemoved } from "../../core/proposal.ts";
import { isBelow } from "../../core/tree.ts";
import { askKind, becameOf, finalStates, nodeName } from "../../core/words.ts";
import { keepSaid } from "../tables/attempts.ts";
import { appendRunEvent } from "../tables/events.ts";
import { nodesOf } from "../tables/nodes.ts";
import { announcePlan, planners } from "../tables/proposals.ts";
import type { RunRow } from "../tables/runs.ts";
import type { Tx } from "../store.ts";
import { changeTask, setColumns, setUnmet } from "../tables/tasks.ts";
import { asNode, type NodeRow } from "../tables/node-row.ts";
import { getTask } from "../tables/ids.ts";
import { isLost, isUnasked, RetryTree } from "./retry-tree.ts";
import { goOn } from "./settle.ts";

/** Who asks for it, and when. */
interface Retrying {
  by: string;
  now: number;
}

/**
 * Opens a failed or cancelled node again, together with what was cancelled because of it and the ancestors that could
 * not go on. Complete nodes stay complete, except ancestors: they wait and synthesise again. Returns the nodes to be
 * worked on, this one first. Throws `conflict` for a node that has not failed, or that needs another failed one.
 */
export async function retryNode(tx: Tx, run: RunRow, row: NodeRow, retrying: Retrying): Promise<NodeRow[]> {
  if (row.kind === askKind) throw askRefusal(row);
  if (isRemoved(row)) throw removedRefusal(row);
  if (!isLost(row)) throw nodeRefusal({ number: row.number, runId: run.id }, row.state, "retry");
  const tree = await readTree(tx, run);
  if (tree.isMoot(row)) throw mootRefusal(row);
  const { wanted, missing } = tree.hangingOn([row.id], () => true);
  // nothing but such a need keeps the node itself from being opened
  if (missing !== null && !wanted.has(row.id)) throw refusalFor(row, missing);
  const stuck = tree.stuckWith(wanted);
  if (stuck.length > 0) throw circleRefusal(row, stuck);
  const opened = await open(tx, run, tree, wanted, retrying);
  return opened.toSorted((left, right) => Number(right.id === row.id) - Number(left.id === row.id));
}

function askRefusal({ number }: NodeRow): CordError {
  return new CordError(
    "conflict",
    `${nodeName(number)} is a question. The node that asked it asks again when it is tried again and wants to know.`,
  );
}

function removedRefusal({ number }: NodeRow): CordError {
  return new CordError(
    "conflict",
    `${nodeName(number)} was taken out of a plan before it was worked on, and is no part of the run any more.`,
  );
}

function mootRefusal({ number }: NodeRow): CordError {
  return new CordError(
    "conflict",
    `${nodeName(number)} is not needed any more: the node above it has its result from the child that completed first.`,
  );
}

function circleRefusal({ number, path }: NodeRow, stuck: readonly NodeRow[]): CordError {
  const open = stuck.find((one) => !finalStates.includes(one.state) && !isBelow(path, one.path));
  const later = open === undefined ? "" : ` Try again when ${nodeName(open.number)} has ended.`;
  return new CordError(
    "conflict",
    `${nodeName(number)} cannot be tried again: a node above it, which is complete, would have to wait for it, and it, by what it needs, for that node.${later}`,
  );
}

function refusalFor(row: NodeRow, missing: NodeRow): CordError {
  const [name, need] = [nodeName(row.number), missing.number];
  return new CordError(
    "conflict",
    `${name} waits for ${nodeName(need)}, which ${becameOf(missing.state)} and will have no result. Have that tried again first: "cord retry ${need}".`,
  );
}

/**
 * Opens all nodes of a run again that failed or could not come about; what somebody has stopped stays so, and what others would
 * wait for in a circle.
 */
export async function retryRun(tx: Tx, run: RunRow, retrying: Retrying): Promise<NodeRow[]> {
  const tree = await readTree(tx, run);
  const left = new Set<string>();
  const mayOpen = (row: NodeRow) => isUnasked(row) && !left.has(row.id);
  for (;;) {
    const lost = tree.rows.filter((row) => isLost(row) && mayOpen(row) && !tree.isMoot(row));
    const { wanted } = tree.hangingOn(
      lost.map(({ id }) => id),
      mayOpen,
    );
    const stuck = tree.stuckWith(wanted).filter(({ id }) => wanted.has(id));
    if (stuck.length === 0) return open(tx, run, tree, wanted, retrying);
    for (const { id } of stuck) left.add(id);
  }
}

async function readTree(tx: Tx, { id }: RunRow): Promise<RetryTree> {
  return new RetryTree(await nodesOf(tx, id));
}

async function open(
  tx: Tx,
  run: RunRow,
  tree: RetryTree,
  wanted: ReadonlySet<string>,
  { by, now }: Retrying,
): Promise<NodeRow[]> {
  const opened = tree.rows.filter((row) => wanted.has(row.id));
  if (opened.length === 0) return [];
  const { above, isOpen } = tree.with(wanted);
  await reopenRun(tx, run, now);
  for (const row of tree.rows) {
    const openChildren = tree.childrenOf(row).filter(isOpen).length;
    const unmet = tree.needsOf(row).filter((need) => need.state !== "completed" || above.has(need)).length;
    const counted = { open_children: openChildren, unmet };
    if (wanted.has(row.id)) await reopen(tx, row, counted, { by, now });
    else if (above.has(row)) await waitForChildren(tx, row, counted, now);
    else await recount(tx, row, counted, now);
    const missing =
      isLost(row) && wanted.has(row.cancelled_for ?? "") ? tree.missingNeed(wanted, row) : undefined;
    if (missing && !wanted.has(row.id)) await setColumns(tx, row, { cancelled_for: missing.id });
  }
  // what cord itself works on; any other waits for its agent
  for (const row of opened)
    if (nodeOptionsOf(row).for_each !== undefined) await goOn(tx, asNode(await getTask(tx, row.id)), now);
  for (const planner of await planners(tx, run.id)) await announcePlan(tx, planner, by, now);
  return opened;
}

async function reopenRun(tx: Tx, run: RunRow, now: number): Promise<void> {
  await tx.run("UPDATE runs SET ended_at = NULL, limit_hit = NULL WHERE id = ?", run.id);
  if (run.ended_at === null) return;
  await appendRunEvent(tx, run, now, { type: "run.reopened", data: {} });
}

interface Counted {
  open_children: number;
  unmet: number;
}

const nobodys = {
  claimed_by: null,
  claimed_at: null,
  lease_until: null,
  lease_due: null,
  lease_ms: null,
  failures: 0,
  reason: null,
  result: null,
  stopped_by: null,
  cancelled_for: null,
} as const;

async function reopen(tx: Tx, row: NodeRow, counted: Counted, { by, now }: Retrying): Promise<void> {
  const state = stateAfterRetry(row.phase, counted.open_children);
  const happening = { type: "task.retried", data: { by } } as const;
  await changeTask(tx, row, happening, now, { ...nobodys, ...counted, state });
}

const waitingForChildren = { type: "task.waiting", data: {} } as const;

/** What it had made of its children is kept as what it said, for its next synthesis. */
async function waitForChildren(tx: Tx, row: NodeRow, counted: Counted, now: number): Promise<void> {
  if (row.result !== null) await keepSaid(tx, row, row.result, now);
  await changeTask(tx, row, waitingForChildren, now, {
    ...nobodys,
    ...counted,
    state: "waiting",
    phase: "synthesis",
  });
}

/**
 * A node that was ready for its synthesis has to wait again. One that already synthesises finds at its end that it
 * has not seen these children.
 */
async function recount(tx: Tx, row: NodeRow, { open_children, unmet }: Counted, now: number): Promise<void> {
  if (unmet !== row.unmet) await setUnmet(tx, row, unmet);
  if (open_children === row.open_children) return;
  if (row.state === "pending" && row.phase === "synthesis")
    await changeTask(tx, { ...row, unmet }, waitingForChildren, now, { open_children, state: "waiting" });
  else {
    const seen_children = Math.max(0, row.seen_children - (open_children - row.open_children));
    await setColumns(tx, row, { open_children, seen_children });
  }
}
