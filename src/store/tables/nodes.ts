import { defaults } from "../../core/limits.ts";
import { CordError } from "../../core/error.ts";
import type { Moment } from "../../core/moment.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Brief, Handed } from "../../core/brief.ts";
import type { Question } from "../../core/question.ts";
import { type RunOptions } from "../../core/run.ts";
import { chainOf, childPath, depthOf } from "../../core/tree.ts";
import {
  askKind,
  finalStates,
  isLost,
  nodeKind,
  nodeName,
  treeStatus,
  type Actor,
} from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { asNode, needsOf, questionOf, returnsOf, schemaOf, type NodeRow } from "./node-row.ts";
import { questionsTo } from "./questions.ts";
import { optionsOf, takeNumber, type RunRow } from "./runs.ts";
import { numberOf } from "./one-row.ts";
import { lastSaid } from "./attempts.ts";
import type { Tx, Value } from "../store.ts";
import { answerTask } from "../lifecycle/transitions.ts";
import { changeTask, insertNode, moveTask, setColumns } from "./tasks.ts";
import { selectTasks, type NewNodeTask, type TaskRow } from "./task-row.ts";

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

function childrenOf(tx: Tx, { id }: NodeRow): Promise<NodeRow[]> {
  return nodesWhere(tx, "parent_id = ? ORDER BY number", id);
}

/** The rows of nodes that are sought, each with what nodes have. */
async function nodesWhere(tx: Tx, sought: string, ...values: Value[]): Promise<NodeRow[]> {
  return (await tx.all<TaskRow>(`${selectTasks} WHERE ${sought}`, ...values)).map(asNode);
}

/** What a caller says of a new child. */
export type NewNode = Pick<
  NewNodeTask,
  "name" | "prompt" | "returns" | "schema" | "model" | "agent" | "answer_by" | "answer_ms" | "payload"
> & {
  id: string;
  kind?: string;
  question?: Question;
  /** the numbers of nodes of the run */
  needs: number[];
};

/** Adds a child under a node. Throws `limit` at the run's limits, `not_found` and `conflict` for needs that cannot be. */
export async function createChild(
  tx: Tx,
  run: RunRow,
  parent: NodeRow,
  { question, ...node }: NewNode,
  now: number,
): Promise<NodeRow> {
  const options = optionsOf(run);
  await refuseOverLimits(tx, run, options, parent, node.kind === askKind);
  const needs = await resolveNeeds(tx, run.id, parent, node.needs);
  const number = await takeNumber(tx, run.id);
  const unmet = needs.filter((need) => need.state !== "completed").length;
  const row = await insertNode(
    tx,
    {
      ...node,
      kind: node.kind ?? nodeKind,
      priority: "normal",
      state: "pending",
      project: run.project,
      run_id: run.id,
      number,
      parent_id: parent.id,
      path: childPath(parent.path, number),
      phase: "work",
      needs: needs.map((need) => need.id),
      unmet,
      question: question === undefined ? null : JSON.stringify(question),
    },
    now,
    {
      parent: parent.number,
      needs: needs.map((need) => need.number),
      ...(question === undefined ? {} : { question }),
    },
  );
  await setColumns(tx, parent, { children: parent.children + 1, open_children: parent.open_children + 1 });
  return row;
}

async function refuseOverLimits(
  tx: Tx,
  run: RunRow,
  options: RunOptions,
  parent: NodeRow,
  ask: boolean,
): Promise<void> {
  if (run.nodes >= options.max_nodes) {
    throw new CordError(
      "limit",
      `This run may have ${options.max_nodes} nodes and has them. Do the rest yourself and call complete().`,
    );
  }
  if (ask) return;
  if (depthOf(parent.path) >= options.max_depth) {
    throw new CordError(
      "limit",
      `This run may be ${options.max_depth} levels deep, and you are on the last. Do the work yourself and call complete().`,
    );
  }
  if (
    parent.children >= options.max_children &&
    (await countCreated(tx, parent.id)) >= options.max_children
  ) {
    throw new CordError(
      "limit",
      `You may create ${options.max_children} children, and have. Give one that is pending more to do with modify(), or do the rest yourself and call complete().`,
    );
  }
  if (parent.round >= defaults.synthesisRounds) {
    throw new CordError(
      "limit",
      `You have synthesised ${defaults.synthesisRounds} times. Call complete() with what you have.`,
    );
  }
}

/** Questions are children too, and no work. */
function countCreated(tx: Tx, parentId: string): Promise<number> {
  return numberOf(tx, "SELECT count(*) AS n FROM tasks WHERE parent_id = ? AND kind <> 'ask'", parentId);
}

async function resolveNeeds(
  tx: Tx,
  runId: string,
  parent: NodeRow,
  numbers: readonly number[],
): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  const ancestors = chainOf(parent.path);
  for (const number of new Set(numbers)) {
    const row = await getNode(tx, runId, number);
    const name = nodeName(number);
    if (ancestors.includes(number)) {
      throw new CordError(
        "conflict",
        `${name} is an ancestor: it waits for its children, so none of them can need it. Put what it knows into the prompt.`,
      );
    }
    if (isLost(row.state)) {
      throw new CordError(
        "conflict",
        `${name} was ${row.state} and will never have a result. Leave it out of needs, or create a replacement first.`,
      );
    }
    rows.push(row);
  }
  if (rows.length > 0) await refuseDeadlock(tx, rows, parent);
  return rows;
}

/** A node waits for what it needs and for its children. A need that waits, over any path, for an ancestor of the new node would never end. */
async function refuseDeadlock(tx: Tx, needs: readonly NodeRow[], parent: NodeRow): Promise<void> {
  const stuck = await tx.get<{ number: number }>(
    `WITH RECURSIVE waits (id) AS (
       SELECT value FROM json_each(?)
       UNION
       SELECT tasks.id FROM waits JOIN tasks ON tasks.parent_id = waits.id
       WHERE tasks.state NOT IN ('completed', 'failed', 'cancelled')
       UNION
       SELECT tasks.id FROM waits JOIN needs ON needs.task_id = waits.id JOIN tasks ON tasks.id = needs.need_id
       WHERE tasks.state NOT IN ('completed', 'failed', 'cancelled')
     )
     SELECT tasks.number AS number FROM waits JOIN tasks ON tasks.id = waits.id
     WHERE tasks.run_id = ? AND tasks.number IN (SELECT value FROM json_each(?)) LIMIT 1`,
    JSON.stringify(needs.filter((need) => !finalStates.includes(need.state)).map((need) => need.id)),
    parent.run_id,
    JSON.stringify(chainOf(parent.path)),
  );
  if (stuck) {
    throw new CordError(
      "conflict",
      `These needs would wait for each other for ever: one of them waits for ${nodeName(stuck.number)}, which waits for you. Leave it out.`,
    );
  }
}

/** Nodes of a run that could be launched now, the lowest number first. */
export function readyNodes(tx: Tx, runId: string, limit: number): Promise<NodeRow[]> {
  return nodesWhere(
    tx,
    "run_id = ? AND run_id IS NOT NULL AND state = 'pending' AND unmet = 0 AND kind <> 'ask' ORDER BY number LIMIT ?",
    runId,
    limit,
  );
}

/** All that a node's prompt is made of. */
export async function briefOf(tx: Tx, run: RunRow, row: NodeRow, budgetUsd: number | null): Promise<Brief> {
  const options = optionsOf(run);
  const chain = chainOf(row.path).slice(0, -1);
  const [above, needs, children, earlier] = [
    await byNumbers(tx, run.id, chain),
    await byIds(tx, needsOf(row)),
    row.children === 0 ? [] : await childrenOf(tx, row),
    await earlierAttempt(tx, row),
  ];
  return {
    runId: run.id,
    number: row.number,
    phase: row.phase,
    round: row.round,
    goal: row.name,
    prompt: row.prompt,
    returns: returnsOf(row),
    schema: schemaOf(row),
    chain: above.map((node) => ({ number: node.number, goal: node.name })),
    needs: needs.map(handed),
    children: children.map(handed),
    questions: row.children === 0 ? [] : await questionsFor(tx, row),
    said: row.phase === "synthesis" ? await lastSaid(tx, row.id) : null,
    earlier,
    mayCreate: {
      depth: depthOf(row.path) < options.max_depth,
      nodesLeft: options.max_nodes - run.nodes,
      childrenLeft: options.max_children - children.filter(({ kind }) => kind !== askKind).length,
      roundsLeft: defaults.synthesisRounds - row.round,
    },
    budgetUsd,
  };
}

async function questionsFor(tx: Tx, row: NodeRow): Promise<Brief["questions"]> {
  const asked = await questionsTo(tx, row.id);
  return asked.map(({ number, asker, question, options }) => ({ number, from: asker, question, options }));
}

async function earlierAttempt(tx: Tx, row: NodeRow): Promise<string | null> {
  const last = await tx.get<{ reason: string | null }>(
    "SELECT reason FROM attempts WHERE task_id = ? AND epoch < ? AND phase = ? ORDER BY epoch DESC LIMIT 1",
    row.id,
    row.epoch,
    row.phase,
  );
  if (!last) return row.reason;
  return `You, or an agent before you, started on this and did not finish${last.reason === null ? "" : `: ${last.reason}`}. Look at what is there before you do it again.`;
}

function handed(row: NodeRow): Handed {
  return {
    number: row.number,
    goal: row.name,
    status: treeStatus(row.state),
    result: row.result === null ? null : parseJson(row.result),
    reason: row.reason,
  };
}

async function byNumbers(tx: Tx, runId: string, numbers: readonly number[]): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  for (const number of numbers) rows.push(await getNode(tx, runId, number));
  return rows;
}

async function byIds(tx: Tx, ids: readonly string[]): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  for (const id of ids) {
    rows.push(...(await nodesWhere(tx, "id = ?", id)));
  }
  return rows;
}

/** Changes what a pending or paused node is to do. */
export function modifyTask(
  tx: Tx,
  row: NodeRow,
  changes: { name?: string; prompt?: string },
  by: string,
  now: number,
): Promise<NodeRow> {
  return moveTask(tx, row, "modify", now, changes, { by });
}

export function tellTask(tx: Tx, row: NodeRow, text: string, by: string, now: number): Promise<NodeRow> {
  return changeTask(tx, row, { type: "task.told", data: { by, text } }, now, {});
}

/** Takes the defaults of asks that nobody has answered in time. */
export async function answerDueAsks(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<void> {
  const rows = await nodesWhere(
    tx,
    "answer_by IS NOT NULL AND answer_by <= ? AND state = 'pending' ORDER BY answer_by LIMIT ?",
    monotonic,
    limit,
  );
  for (const row of rows) await answerTask(tx, row, questionOf(row)?.default ?? "", byDefault, now);
}

const byDefault: Actor = "default";

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
