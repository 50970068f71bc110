import { CordError } from "../core/error.ts";
import { fence } from "../core/lease.ts";
import type { Act } from "../core/tree.ts";
import { shortRun } from "../core/node-refusal.ts";
import { askKind, isLost, nodeName, treeStatus } from "../core/words.ts";
import { beginningOf } from "../core/text.ts";
import { findNode, getNode } from "../store/tables/nodes.ts";
import { asNode, type NodeRow } from "../store/tables/node-row.ts";
import { planners } from "../store/tables/proposals.ts";
import { getRun, latestRun, openRunsOf, type RunRow } from "../store/tables/runs.ts";
import type { Tx } from "../store/store.ts";
import { getTask } from "../store/tables/ids.ts";
import { heldOf } from "../store/lifecycle/transitions.ts";
import type { Asking } from "./authority.ts";

interface Which {
  run_id?: string | undefined;
  project?: string | undefined;
}

/** A node, and its run. */
export interface NodeSubject {
  run: RunRow;
  row: NodeRow;
}

/**
 * The run that a call is about: a node's own while its attempt lasts, else the named one, else the project's newest.
 * Where a node is named, its run is never guessed: see runOfNode.
 */
export async function runMeant(
  tx: Tx,
  asking: Asking,
  input: Which & { node_id?: number | undefined },
): Promise<{ run: RunRow }> {
  const { caller, act } = asking;
  if (caller.kind === "node") {
    await requireCurrent(tx, asking);
    return { run: await getRun(tx, caller.runId) };
  }
  if (input.run_id !== undefined) return { run: await getRun(tx, input.run_id) };
  const { project, node_id } = input;
  return {
    run: await (node_id === undefined ? latestRun(tx, project) : runOfNode(tx, act, project, node_id)),
  };
}

/** The run that is named. */
export async function runNamed(tx: Tx, _: Asking, input: { run_id: string }): Promise<{ run: RunRow }> {
  return { run: await getRun(tx, input.run_id) };
}

/**
 * The run whose plan is meant, and the node that planned it where one is named. Where no run is named it is the open one of the
 * project that has such a plan. Throws `conflict` where several have, or none.
 */
export async function planMeant(
  tx: Tx,
  _: Asking,
  { run_id, project, node_id }: Which & { node_id?: number | undefined },
): Promise<{ run: RunRow; row?: NodeRow }> {
  if (run_id !== undefined) {
    const run = await getRun(tx, run_id);
    return node_id === undefined ? { run } : { run, row: await getNode(tx, run.id, node_id) };
  }
  const fitting: Fitting[] = [];
  for (const run of await openRunsOf(tx, project))
    for (const row of await planners(tx, run.id))
      if (node_id === undefined || row.number === node_id) fitting.push({ run, row });
  const [found] = fitting;
  if (!found)
    throw new CordError(
      "conflict",
      `No ${node_id === undefined ? "run" : `node ${nodeName(node_id)}`} here has a plan that waits for your approval. "cord runs" shows where runs stand.`,
    );
  if (fitting.some(({ run }) => run.id !== found.run.id)) throw severalFit(found.row.number, fitting);
  return node_id === undefined ? { run: found.run } : found;
}

/** The node that is named, of a run that is. */
export async function nodeOfRun(
  tx: Tx,
  _: Asking,
  { run_id, node_id }: { run_id: string; node_id: number },
): Promise<{ row: NodeRow }> {
  return { row: await getNode(tx, run_id, node_id) };
}

/** The node that is named, of the run that is meant. */
export async function nodeNamed(
  tx: Tx,
  asking: Asking,
  input: Which & { node_id: number },
): Promise<NodeSubject> {
  const { run } = await runMeant(tx, asking, input);
  return { run, row: await getNode(tx, run.id, input.node_id) };
}

/** The calling node itself. */
export async function ownNode(tx: Tx, asking: Asking): Promise<NodeSubject> {
  const { caller } = asking;
  if (caller.kind !== "node")
    throw new CordError(
      "not_allowed",
      "Only an agent of a run can do this; its token says which node it is.",
    );
  return nodeNamed(tx, asking, { node_id: caller.number });
}

/** The calling node itself; for a person, who is none, the one that is named. */
export function ownOrNamed(
  tx: Tx,
  asking: Asking,
  { node_id, ...which }: Which & { node_id?: number | undefined },
): Promise<NodeSubject> {
  if (asking.caller.kind === "node") return ownNode(tx, asking);
  if (node_id === undefined) throw new CordError("invalid", "node_id is required.");
  return nodeNamed(tx, asking, { ...which, node_id });
}

/**
 * The run whose node is meant when no run is named: the open one. Of several, the only one that has such a node or
 * question; `conflict` lists them if more have. Ended runs can still be read: while at most one run is open, the
 * newest run is looked at first. They can also be retried, so the newest run is among those meant by a retry.
 */
async function runOfNode(tx: Tx, act: Act, project: string | undefined, number: number): Promise<RunRow> {
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

function fits(act: Act, { kind, state }: NodeRow): boolean {
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
    .slice(0, maxListed)
    .map(
      ({ run, row }) =>
        `--run ${shortRun(run.id)} (${beginningOf(run.goal, 60)}: ${node} is ${treeStatus(row.state)})`,
    );
  const more = fitting.length > maxListed ? `, and ${fitting.length - maxListed} more ("cord runs")` : "";
  return new CordError(
    "conflict",
    `${fitting.length} ${fitting.every(({ run }) => run.ended_at === null) ? "open runs" : "runs"} have a ${node}, so say which you mean: ${listed.join(", ")}${more}.`,
  );
}

const maxListed = 5;

/** For an answer about a node: which run it is in. An agent has only one, and is not told. */
export function runFor({ caller }: Pick<Asking, "caller">, run: RunRow): { run_id?: string } {
  return caller.kind === "node" ? {} : { run_id: run.id };
}

/** A node's token is good while its attempt holds the node, and no longer: it reads nothing then. Throws `stale_lease`. */
export async function requireCurrent(tx: Tx, { caller, monotonic }: Omit<Asking, "act">): Promise<void> {
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
