import { CordError } from "../../core/error.ts";
import { defaults } from "../../core/limits.ts";
import { optionsText, type NodeOptions } from "../../core/node-options.ts";
import { isProposed, isToBeApproved, proposal } from "../../core/proposal.ts";
import type { Question } from "../../core/question.ts";
import type { RunOptions } from "../../core/run.ts";
import { chainOf, childPath, depthOf } from "../../core/tree.ts";
import { askKind, finalStates, isLost, nodeKind, nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import type { NodeRow } from "../tables/node-row.ts";
import { getNode } from "../tables/nodes.ts";
import { numberOf } from "../tables/one-row.ts";
import { optionsOf, takeNumber, type RunRow } from "../tables/runs.ts";
import { nodeFigures } from "../tables/task-counts.ts";
import type { NewNodeTask } from "../tables/task-row.ts";
import { insertNode, setColumns } from "../tables/tasks.ts";

/** What a caller says of a new child. */
type NewNode = Pick<
  NewNodeTask,
  "name" | "prompt" | "returns" | "schema" | "model" | "agent" | "answer_by" | "answer_ms" | "payload"
> & {
  id: string;
  kind?: string;
  question?: Question;
  /** the numbers of nodes of the run */
  needs: number[];
  options?: NodeOptions;
  /** a person adds it, who need not approve it */
  byPerson?: boolean;
};

/** Adds a child under a node. Throws `limit` at the run's limits, `not_found` and `conflict` for needs that cannot be. */
export async function createChild(
  tx: Tx,
  run: RunRow,
  parent: NodeRow,
  { question, options: own = {}, byPerson = false, ...node }: NewNode,
  now: number,
): Promise<NodeRow> {
  const options = optionsOf(run);
  const isAsk = node.kind === askKind;
  const isPlanned = !isAsk && (isProposed(parent) || (!byPerson && isToBeApproved(options.plan, parent)));
  await refuseOverLimits(tx, run, options, parent, isAsk);
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
      options: optionsText(own),
      proposed: isPlanned ? proposal.open : proposal.none,
    },
    now,
    {
      parent: parent.number,
      needs: needs.map((need) => need.number),
      ...(question === undefined ? {} : { question }),
      ...(isPlanned ? { proposed: true } : {}),
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
  if (
    run.nodes >= options.max_nodes &&
    run.nodes - (await nodeFigures(tx, run.id)).removed >= options.max_nodes
  ) {
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
  return numberOf(
    tx,
    "SELECT count(*) AS n FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND proposed >= 0",
    parentId,
  );
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

/**
 * A node waits for its needs and its children. A need that waits, over any path, for an ancestor of the new node
 * would be a deadlock.
 */
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
