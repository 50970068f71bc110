import { CordError } from "../../core/error.ts";
import { nodeOptionsOf, optionsText } from "../../core/node-options.ts";
import { proposal } from "../../core/proposal.ts";
import { askKind, finalStates, isLost, nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, type NodeRow } from "../tables/node-row.ts";
import { childrenOf, findNode } from "../tables/nodes.ts";
import { proposedBelow } from "../tables/proposals.ts";
import type { RunRow } from "../tables/runs.ts";
import type { TaskChanges } from "../tables/task-row.ts";
import { changeTask, setColumns } from "../tables/tasks.ts";
import { addNode, nodesLeft, refuseShape } from "./create.ts";
import {
  connect,
  counts,
  placedIn,
  refuseCircles,
  refuseOverLimits,
  type PlannedNode,
  type Planted,
} from "./create-tree.ts";
import { resolveNeeds } from "./needs.ts";
import { removeNodes } from "./proposals.ts";

interface Editing {
  newId: () => string;
  by: string;
  now: number;
}

/**
 * Makes of what a node has planned, and a person has not approved yet, what the person wants. A node is kept whose key is its
 * name, `#4`, as long as it stays under its parent and behind its siblings before it; others are taken out, or added. Throws as
 * createTree does, with `node`, the key of the one at fault, in its data.
 */
export async function editTree(
  tx: Tx,
  run: RunRow,
  planner: NodeRow,
  nodes: readonly PlannedNode[],
  { newId, by, now }: Editing,
): Promise<void> {
  const before = await proposedBelow(tx, planner);
  const kept = keptOf(planner, before, nodes);
  const gone = before.filter((row) => kept.get(nodeName(row.number)) !== row);
  await removeNodes(tx, gone, { by, now });
  const own = await withoutChildren(tx, planner, before);
  refuseOverLimits(run, own, nodes, (await nodesLeft(tx, run)) + kept.size);
  for (const { options, for_each } of nodes)
    refuseShape(run, planner, for_each === undefined ? options : { ...options, for_each: 0 });
  const above = nodeOptionsOf(planner);
  const planted = await placedIn(tx, run, { nodes, above, parent: null, newId, kept });
  connect(
    planted,
    await earlierIn(tx, planner),
    above.type === "serial",
    await knownIn(tx, run, planner, nodes),
  );
  refuseCircles(planted);
  for (const one of planted)
    if (one.row === null) one.row = await add(tx, run, planner, one, now);
    else await change(tx, one.row, one, { by, now });
  for (const { planned, id } of planted)
    await setColumns(tx, await getTask(tx, id), counts(planned.children));
  const tops = counts(nodes);
  await setColumns(tx, own, {
    children: own.children + tops.children,
    open_children: own.open_children + tops.open_children,
  });
}

/** The nodes that stay, by their keys: those of one parent in the order of their numbers. */
function keptOf(
  planner: NodeRow,
  before: readonly NodeRow[],
  nodes: readonly PlannedNode[],
): ReadonlyMap<string, NodeRow> {
  const byKey = new Map(before.map((row) => [nodeName(row.number), row]));
  const kept = new Map<string, NodeRow>();
  const keep = (siblings: readonly PlannedNode[], parent: NodeRow | null) => {
    let last = 0;
    for (const { key, children } of siblings) {
      const row = byKey.get(key);
      const stays = row !== undefined && row.parent_id === parent?.id && row.state === stateOf(row, children);
      if (stays && row.number > last && !kept.has(key)) kept.set(key, row);
      last = kept.get(key) === row && row !== undefined ? row.number : Number.POSITIVE_INFINITY;
      keep(children, kept.get(key) ?? null);
    }
  };
  keep(nodes, planner);
  return kept;
}

/** What a node of a plan is that was decomposed with it, or not. One that is paused stays so. */
function stateOf({ state }: NodeRow, { length }: readonly PlannedNode[]): NodeRow["state"] {
  if (state === "paused") return state;
  return length > 0 ? "waiting" : "pending";
}

/** The planner as it is now that its plan counts no more. */
async function withoutChildren(tx: Tx, planner: NodeRow, before: readonly NodeRow[]): Promise<NodeRow> {
  // other children of it may have needed what is gone now
  const row = asNode(await getTask(tx, planner.id));
  const children = before.filter(({ parent_id }) => parent_id === planner.id);
  const open = children.filter(({ state }) => !finalStates.includes(state)).length;
  return { ...row, children: row.children - children.length, open_children: row.open_children - open };
}

/** What a serial planner's plan comes after: the last child of its rounds before. */
async function earlierIn(tx: Tx, planner: NodeRow): Promise<NodeRow[]> {
  if (nodeOptionsOf(planner).type !== "serial") return [];
  const children = await childrenOf(tx, planner);
  const earlier = children.filter(
    ({ kind, state, proposed }) => kind !== askKind && !isLost(state) && proposed === proposal.none,
  );
  return earlier.slice(-1);
}

/** What the plan needs of the run's other nodes. Throws as resolveNeeds does. */
async function knownIn(
  tx: Tx,
  run: RunRow,
  planner: NodeRow,
  nodes: readonly PlannedNode[],
): Promise<ReadonlyMap<string, NodeRow>> {
  const known = new Map<string, NodeRow>();
  const keys = new Set(allOf(nodes).map(({ key }) => key));
  for (const { key, needs, for_each } of allOf(nodes))
    for (const need of for_each === undefined ? needs : [...needs, for_each]) {
      if (keys.has(need) || known.has(need) || !/^#\d{1,9}$/.test(need)) continue;
      const row = await findNode(tx, run.id, Number(need.slice(1)));
      if (row === null) continue;
      await resolveNeeds(tx, run.id, planner, [row.number]).catch((error: unknown) => {
        throw error instanceof CordError
          ? new CordError(error.code, error.message, { data: { node: key } })
          : error;
      });
      known.set(need, row);
    }
  return known;
}

function allOf(nodes: readonly PlannedNode[]): PlannedNode[] {
  return nodes.flatMap((node) => [node, ...allOf(node.children)]);
}

function add(tx: Tx, run: RunRow, planner: NodeRow, one: Planted, now: number): Promise<NodeRow> {
  const { key: _, children, for_each: _f, needs: _n, ...node } = one.planned;
  const { id, number, options } = one;
  const isDecomposed = children.length > 0;
  const placed = { ...node, id, number, options, needs: [...one.needs], isDecomposed, isPlanned: true };
  return addNode(tx, run, one.parent?.row ?? planner, placed, now);
}

async function change(
  tx: Tx,
  row: NodeRow,
  { planned, options, needs }: Planted,
  { by, now }: Omit<Editing, "newId">,
): Promise<void> {
  const { name, prompt, returns, schema, model, agent } = planned;
  const ids = [...needs].map(({ id }) => id);
  const changes = {
    name,
    prompt: prompt ?? null,
    returns: returns ?? null,
    schema: schema ?? null,
    model: model ?? null,
    agent: agent ?? null,
    options: optionsText(options),
    needs: ids.length === 0 ? null : JSON.stringify(ids),
    unmet: [...needs].filter(({ state }) => state !== "completed").length,
  } satisfies TaskChanges;
  const isSame = Object.entries(changes).every(([column, value]) => Reflect.get(row, column) === value);
  if (isSame) return;
  await tx.run("DELETE FROM needs WHERE task_id = ?", row.id);
  for (const id of ids) await tx.run("INSERT INTO needs (task_id, need_id) VALUES (?, ?)", row.id, id);
  const data = { by, needs: [...needs].map(({ number }) => number) };
  await changeTask(tx, row, { type: "task.modified", data }, now, changes);
}
