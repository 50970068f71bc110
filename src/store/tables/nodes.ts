import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { proposal } from "../../core/proposal.ts";
import { nodeName } from "../../core/words.ts";
import { asNode, type NodeRow } from "./node-row.ts";
import type { Tx, Value } from "../store.ts";
import { selectTasks, type TaskRow } from "./task-row.ts";

/** The node of a run by its number. Throws `not_found`. */
export async function getNode(tx: Tx, runId: string, number: number): Promise<NodeRow> {
  const row = await findNode(tx, runId, number);
  if (row) return row;
  const none = `There is no node ${nodeName(number)} in`;
  const run = shortRun(runId);
  throw new CordError("not_found", `${none} run ${run}. "cord tree ${run}" shows those there are.`, {
    toAgents: `${none} this run. read_tree() shows those there are.`,
  });
}

/** As getNode; null if there is none. */
export async function findNode(tx: Tx, runId: string, number: number): Promise<NodeRow | null> {
  const [row] = await nodesWhere(tx, "run_id = ? AND number = ?", runId, number);
  return row ?? null;
}

export function nodesOf(tx: Tx, runId: string): Promise<NodeRow[]> {
  return nodesWhere(tx, "run_id = ? ORDER BY number", runId);
}

/** The next nodes of a run behind a number, in the order of their numbers. */
export function nodesAfter(tx: Tx, runId: string, after: number, limit: number): Promise<NodeRow[]> {
  return nodesWhere(tx, "run_id = ? AND number > ? ORDER BY number LIMIT ?", runId, after, limit);
}

/** The nodes with these ids, in the order of the ids. */
export async function nodesWithIds(tx: Tx, ids: readonly string[]): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  for (const id of ids) rows.push(...(await nodesWhere(tx, "id = ?", id)));
  return rows;
}

/** Without those that were taken out of a plan. */
export function childrenOf(tx: Tx, { id }: NodeRow): Promise<NodeRow[]> {
  return nodesWhere(tx, `parent_id = ? AND proposed <> ${proposal.removed} ORDER BY number`, id);
}

/** What is open below a node, the lowest number first. */
export function openBelow(tx: Tx, { run_id, path }: NodeRow): Promise<NodeRow[]> {
  return nodesWhere(
    tx,
    "run_id = ? AND state IN ('pending', 'claimed', 'waiting', 'paused') AND path >= ? AND path < ? ORDER BY number",
    run_id,
    `${path}.`,
    // the character behind the dot
    `${path}/`,
  );
}

/** The rows of nodes that are sought, each with what nodes have. */
async function nodesWhere(tx: Tx, sought: string, ...values: Value[]): Promise<NodeRow[]> {
  return (await tx.all<TaskRow>(`${selectTasks} WHERE ${sought}`, ...values)).map(asNode);
}

/** Nodes of a run that could be launched now, the lowest number first. */
export function readyNodes(tx: Tx, runId: string, limit: number): Promise<NodeRow[]> {
  return nodesWhere(
    tx,
    "run_id = ? AND run_id IS NOT NULL AND state = 'pending' AND unmet = 0 AND kind <> 'ask' AND proposed = 0 ORDER BY number LIMIT ?",
    runId,
    limit,
  );
}

/** Asks that nobody has answered in time. */
export function dueAsks(tx: Tx, monotonic: number, limit: number): Promise<NodeRow[]> {
  return nodesWhere(
    tx,
    "answer_by IS NOT NULL AND answer_by <= ? AND state = 'pending' ORDER BY answer_by LIMIT ?",
    monotonic,
    limit,
  );
}

export function nodesHeldBy(tx: Tx, runId: string, engine: string): Promise<NodeRow[]> {
  return nodesWhere(tx, "run_id = ? AND claimed_by = ? AND state = 'claimed' ORDER BY number", runId, engine);
}

/** The numbers of the nodes that a node needs. */
export async function needNumbers(tx: Tx, id: string): Promise<number[]> {
  const rows = await tx.all<{ number: number }>(
    "SELECT tasks.number AS number FROM needs JOIN tasks ON tasks.id = needs.need_id WHERE needs.task_id = ? ORDER BY tasks.number",
    id,
  );
  return rows.map(({ number }) => number);
}
