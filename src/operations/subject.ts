import { CordError } from "../core/error.ts";
import { fence } from "../core/lease.ts";
import { authorize, type NodeAct } from "../core/tree.ts";
import { nodeName } from "../core/task.ts";
import { getNode } from "../store/nodes.ts";
import { questionOf } from "../store/questions.ts";
import { getRun, latestRun, type RunRow } from "../store/runs.ts";
import type { Tx } from "../store/store.ts";
import type { TaskRow } from "../store/task-row.ts";
import { getTask } from "../store/ids.ts";
import { heldOf } from "../store/transitions.ts";
import type { Context } from "./operation.ts";

/** The run a call is about: a node's own, while its attempt lasts, else the one named, else the newest of the project. */
export async function runFor(
  tx: Tx,
  context: Context,
  input: { run_id?: string | undefined; project?: string | undefined },
): Promise<RunRow> {
  const { caller } = context;
  if (caller.kind === "node") {
    await requireCurrent(tx, context);
    return getRun(tx, caller.runId);
  }
  return input.run_id === undefined ? latestRun(tx, input.project) : getRun(tx, input.run_id);
}

/** The node a call is about, once it is certain that the caller may do this to it. */
export async function subjectOf(
  tx: Tx,
  context: Context,
  act: NodeAct,
  input: { run_id?: string | undefined; project?: string | undefined; node_id: string },
): Promise<{ run: RunRow; row: TaskRow }> {
  const run = await runFor(tx, context, input);
  const row = await getNode(tx, run.id, input.node_id);
  authorizeFor(context, act, row);
  return { run, row };
}

/** The one place where authority is asked. Throws `not_allowed`. */
export function authorizeFor({ caller }: Context, act: NodeAct, row: TaskRow): void {
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
): Promise<{ run: RunRow; row: TaskRow }> {
  const { caller } = context;
  if (caller.kind !== "node")
    throw new CordError(
      "not_allowed",
      "Only an agent of a run can do this; its token says which node it is.",
    );
  return subjectOf(tx, context, act, { node_id: nodeName(caller.number) });
}

/** A node's token is good while its attempt holds the node, and no longer: it reads nothing then. Throws `stale_lease`. */
export async function requireCurrent(tx: Tx, { caller, monotonic }: Context): Promise<void> {
  if (caller.kind !== "node") return;
  const own = await getTask(tx, caller.taskId);
  if (fence(heldOf(own), { epoch: caller.epoch }, monotonic) !== "held") throw attemptOver(own, caller.epoch);
}

/** What an agent is told whose attempt does not hold its node any more. */
export function attemptOver(own: TaskRow, epoch: number): CordError {
  const ended = own.state === "claimed" ? "its lease has ended" : `it is ${own.state}`;
  const why = own.epoch === epoch ? ended : "another attempt has taken it over";
  return new CordError(
    "stale_lease",
    `Your attempt at ${nodeName(own.number ?? 0)} is over: ${why}. There is nothing more for you to do; stop here.`,
  );
}
