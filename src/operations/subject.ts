import { CordError } from "../core/error.ts";
import { fence } from "../core/lease.ts";
import { authorize, type NodeAct } from "../core/tree.ts";
import { shortRun } from "../core/node-refusal.ts";
import { askKind, isLost, nodeName, treeStatus } from "../core/words.ts";
import { beginningOf } from "../core/text.ts";
import { findNode, getNode } from "../store/tables/nodes.ts";
import { questionOf, asNode, type NodeRow } from "../store/tables/node-row.ts";
import { getRun, latestRun, openRunsOf, type RunRow } from "../store/tables/runs.ts";
import type { Tx } from "../store/store.ts";
import { getTask } from "../store/tables/ids.ts";
import { heldOf } from "../store/lifecycle/transitions.ts";
import type { Context } from "./operation.ts";

interface Which {
  run_id?: string | undefined;
  project?: string | undefined;
}

/**
 * The run a call is about: a node's own, while its attempt lasts, else the one named, else the newest of the project. Where a
 * node is named, its run is never guessed: see runOfNode.
 */
export async function runFor(
  tx: Tx,
  context: Context,
  input: Which & { node_id?: number | undefined },
  act: NodeAct = "read",
): Promise<RunRow> {
  const { caller } = context;
  if (caller.kind === "node") {
    await requireCurrent(tx, context);
    return getRun(tx, caller.runId);
  }
  if (input.run_id !== undefined) return getRun(tx, input.run_id);
  return input.node_id === undefined
    ? latestRun(tx, input.project)
    : runOfNode(tx, act, input.project, input.node_id);
}

/**
 * The run whose node a person means who names no run: that which is open. Of several the only one that has such a node, or
 * such a question; `conflict` lists them where more have. What is over can still be read: while one run at most is open, that
 * is looked for in the newest first. It can be tried again, too: so the newest is one of those that may be meant by that.
 */
async function runOfNode(tx: Tx, act: NodeAct, project: string | undefined, number: number): Promise<RunRow> {
  const open = await openRunsOf(tx, project);
  const [only] = open;
  const isReading = act === "read" && open.length < 2;
  const newest = isReading || act === "retry" || !only ? [await latestRun(tx, project)] : [];
  const fitting: Fitting[] = [];
  for (const run of [...newest, ...open.filter(({ id }) => id !== newest[0]?.id)]) {
    const row = await findNode(tx, run.id, number);
    if (row && fits(act, row)) fitting.push({ run, row });
  }
  const [found] = fitting;
  if (found && (fitting.length === 1 || isReading)) return found.run;
  if (!found) return newest[0] ?? only ?? latestRun(tx, project);
  throw severalFit(number, fitting);
}

function fits(act: NodeAct, { kind, state }: NodeRow): boolean {
  if (act === "answer") return kind === askKind;
  return act !== "retry" || isLost(state);
}

interface Fitting {
  run: RunRow;
  row: NodeRow;
}

function severalFit(number: number, fitting: readonly Fitting[]): CordError {
  const node = nodeName(number);
  const listed = fitting
    .slice(0, mostListed)
    .map(
      ({ run, row }) =>
        `--run ${shortRun(run.id)} (${beginningOf(run.goal, 60)}: ${node} is ${treeStatus(row.state)})`,
    );
  const more = fitting.length > mostListed ? `, and ${fitting.length - mostListed} more ("cord runs")` : "";
  return new CordError(
    "conflict",
    `${fitting.length} ${fitting.every(({ run }) => run.ended_at === null) ? "open runs" : "runs"} have a ${node}, so say which you mean: ${listed.join(", ")}${more}.`,
  );
}

const mostListed = 5;

/** The node a call is about, once it is certain that the caller may do this to it. */
export async function subjectOf(
  tx: Tx,
  context: Context,
  act: NodeAct,
  input: Which & { node_id: number },
): Promise<{ run: RunRow; row: NodeRow }> {
  const run = await runFor(tx, context, input, act);
  const row = await getNode(tx, run.id, input.node_id);
  authorizeFor(context, act, row);
  return { run, row };
}

/** For an answer about a node: which run it is in. An agent has only one, and is not told. */
export function runNamed({ caller }: Context, run: RunRow): { run_id?: string } {
  return caller.kind === "node" ? {} : { run_id: run.id };
}

/** The one place where authority is asked. Throws `not_allowed`. */
export function authorizeFor({ caller }: Context, act: NodeAct, row: NodeRow): void {
  authorize(caller, act, {
    runId: row.run_id,
    number: row.number,
    path: row.path,
    target: questionOf(row)?.target ?? null,
  });
}

/** The calling node itself. */
export async function ownNode(
  tx: Tx,
  context: Context,
  act: NodeAct,
): Promise<{ run: RunRow; row: NodeRow }> {
  const { caller } = context;
  if (caller.kind !== "node")
    throw new CordError(
      "not_allowed",
      "Only an agent of a run can do this; its token says which node it is.",
    );
  return subjectOf(tx, context, act, { node_id: caller.number });
}

/** A node's token is good while its attempt holds the node, and no longer: it reads nothing then. Throws `stale_lease`. */
export async function requireCurrent(tx: Tx, { caller, monotonic }: Context): Promise<void> {
  if (caller.kind !== "node") return;
  const own = asNode(await getTask(tx, caller.taskId));
  if (fence(heldOf(own), { epoch: caller.epoch }, monotonic) !== "held") throw attemptOver(own, caller.epoch);
}

/** What an agent is told whose attempt does not hold its node any more. */
export function attemptOver(own: NodeRow, epoch: number): CordError {
  const ended = own.state === "claimed" ? "its lease has ended" : `it is ${treeStatus(own.state)}`;
  const why = own.epoch === epoch ? ended : "another attempt has taken it over";
  return new CordError(
    "stale_lease",
    `Your attempt at ${nodeName(own.number)} is over: ${why}. There is nothing more for you to do; stop here.`,
  );
}
