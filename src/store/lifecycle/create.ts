import { CordError } from "../../core/error.ts";
import type { DataOf } from "../../core/event.ts";
import { defaults } from "../../core/limits.ts";
import { nodeOptionsOf, optionsText, shapeIn, type NodeOptions } from "../../core/node-options.ts";
import { isProposed, isToBeApproved, proposal } from "../../core/proposal.ts";
import type { Question } from "../../core/question.ts";
import type { RunOptions } from "../../core/run.ts";
import { childPath, depthOf } from "../../core/tree.ts";
import { askKind, nodeKind, nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import type { NodeRow } from "../tables/node-row.ts";
import { numberOf } from "../tables/one-row.ts";
import { optionsOf, takeNumber, type RunRow } from "../tables/runs.ts";
import { nodeFigures } from "../tables/task-counts.ts";
import type { NewNodeTask } from "../tables/task-row.ts";
import { insertNode, setColumns } from "../tables/tasks.ts";
import { resolveNeeds, siblingBefore } from "./needs.ts";

/** What is said of a new node wherever it comes from. */
export type NewNode = Pick<
  NewNodeTask,
  "name" | "prompt" | "returns" | "schema" | "model" | "agent" | "answer_by" | "answer_ms" | "payload"
> & {
  id: string;
  kind?: string;
  question?: Question;
  options?: NodeOptions;
};

/** What a caller says of a new child. */
type NewChild = NewNode & {
  /** the numbers of nodes of the run */
  needs: readonly number[];
  /** a person adds it, who need not approve it */
  byPerson?: boolean;
};

/**
 * Adds a child under a node. Throws `limit` at the run's limits, `not_found` and `conflict` for needs that cannot be. What cord
 * itself works on may be ready at once: the caller has it gone on with, by `goOn` of settle.ts.
 */
export async function createChild(
  tx: Tx,
  run: RunRow,
  parent: NodeRow,
  { needs: numbers, byPerson = false, ...node }: NewChild,
  now: number,
): Promise<NodeRow> {
  const isAsk = node.kind === askKind;
  await refuseOverLimits(tx, run, optionsOf(run), parent, isAsk);
  if (!isAsk) refuseShape(run, parent, node.options);
  const list = node.options?.for_each;
  const before = isAsk ? [] : await siblingBefore(tx, parent);
  const all = [...numbers, ...before, ...(list === undefined ? [] : [list])];
  const needs = await resolveNeeds(tx, run.id, parent, all);
  const isPlanned = !isAsk && isPlannedUnder(run, parent, byPerson);
  const number = await takeNumber(tx, run.id);
  const row = await addNode(tx, run, parent, { ...node, number, needs, isPlanned }, now);
  await setColumns(tx, parent, { children: parent.children + 1, open_children: parent.open_children + 1 });
  return row;
}

/** Whether what is added under a node waits for a person who approves it. */
export function isPlannedUnder(run: RunRow, parent: NodeRow, byPerson: boolean): boolean {
  return isProposed(parent) || (!byPerson && isToBeApproved(optionsOf(run).plan, parent));
}

/** A node whose place is known, and what it needs; one that is decomposed already waits for children that are still to be added. */
export interface Placed extends NewNode {
  number: number;
  needs: readonly Pick<NodeRow, "id" | "number" | "state">[];
  isDecomposed?: boolean;
  isPlanned?: boolean;
}

/** Adds a node of a run, and says so. The caller counts it among its parent's children. */
export function addNode(
  tx: Tx,
  run: Pick<RunRow, "id" | "project">,
  parent: Pick<NodeRow, "id" | "number" | "path">,
  { question, options = {}, needs, number, isDecomposed = false, isPlanned = false, ...node }: Placed,
  now: number,
): Promise<NodeRow> {
  return insertNode(
    tx,
    {
      ...node,
      kind: node.kind ?? nodeKind,
      priority: "normal",
      state: isDecomposed ? "waiting" : "pending",
      project: run.project,
      run_id: run.id,
      number,
      parent_id: parent.id,
      path: childPath(parent.path, number),
      phase: isDecomposed ? "synthesis" : "work",
      needs: needs.map((need) => need.id),
      unmet: needs.filter((need) => need.state !== "completed").length,
      question: question === undefined ? null : JSON.stringify(question),
      options: optionsText(options),
      proposed: isPlanned ? proposal.open : proposal.none,
    },
    now,
    {
      parent: parent.number,
      needs: needs.map((need) => need.number),
      ...(question === undefined ? {} : { question }),
      ...shapeData(options),
      ...(isPlanned ? { proposed: true } : {}),
    },
  );
}

function shapeData(options: NodeOptions): Pick<DataOf<"task.created">, "shape"> {
  const shape = shapeIn(options);
  return shape === null ? {} : { shape };
}

/**
 * cord gives some nodes their children itself, a level deeper. Throws `conflict` for another child of such a parent, and
 * `limit` where there is no level for them.
 */
export function refuseShape(run: RunRow, parent: NodeRow, options: NodeOptions = {}): void {
  const name = nodeName(parent.number);
  if (nodeOptionsOf(parent).for_each !== undefined)
    throw new CordError("conflict", `${name} has one child for each item of a list, and no others.`);
  const { max_depth } = optionsOf(run);
  if (options.for_each !== undefined && depthOf(parent.path) + 1 >= max_depth)
    throw new CordError(
      "limit",
      `This run may be ${max_depth} levels deep, and the children of for_each would be deeper. Create a child without it, or do the work yourself.`,
    );
}

async function refuseOverLimits(
  tx: Tx,
  run: RunRow,
  options: RunOptions,
  parent: NodeRow,
  ask: boolean,
): Promise<void> {
  if (run.nodes >= options.max_nodes && (await nodesLeft(tx, run)) <= 0) {
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
  refuseMoreRounds(parent);
}

/** Throws `limit` for a node that has put together what its children handed in as often as one may. */
export function refuseMoreRounds(parent: NodeRow): void {
  if (parent.round < defaults.synthesisRounds) return;
  throw new CordError(
    "limit",
    `You have synthesised ${defaults.synthesisRounds} times. Call complete() with what you have.`,
  );
}

/** How many more nodes a run may have. What was taken out of a plan counts nowhere. */
export async function nodesLeft(tx: Tx, run: RunRow): Promise<number> {
  return optionsOf(run).max_nodes - (run.nodes - (await nodeFigures(tx, run.id)).removed);
}

/** Questions are children too, and no work. */
function countCreated(tx: Tx, parentId: string): Promise<number> {
  return numberOf(
    tx,
    "SELECT count(*) AS n FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND proposed >= 0",
    parentId,
  );
}
