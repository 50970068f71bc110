import { nodeOptionsOf, type NodeOptions } from "../../core/node-options.ts";
import { itemGoal, itemText, taskLength } from "../../core/item.ts";
import { parseJson } from "../../core/json.ts";
import { limits, nodeBounds } from "../../core/limits.ts";
import { askKind, becameOf, isLost, nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { asNode, isNode, needsOf, type NodeRow } from "../tables/node-row.ts";
import { childrenOf, getNode, nodesWithIds } from "../tables/nodes.ts";
import { oneRow } from "../tables/one-row.ts";
import { getRun, takeNumber } from "../tables/runs.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { setColumns } from "../tables/tasks.ts";
import { addNode, nodesLeft } from "./create.ts";

/**
 * What cord itself makes of a node that has a shape, without an agent: null, nothing for now; `children`: it has got them, and
 * waits for them; a result, as JSON, with the child whose it is and what is odd about it; or why there is none.
 */
type Shaped =
  | null
  | { children: number }
  | { result: string; winner: NodeRow | null; note: string | null }
  | { lost: string };

/** Whether cord has something to do with a node without an agent. */
export function hasShape({ options }: Pick<NodeRow, "options">): boolean {
  if (options === null) return false;
  const { for_each, resolve } = nodeOptionsOf({ options });
  return for_each !== undefined || resolve === "any";
}

/** What comes next for a pending or waiting node, by its children. What has none yet is given one for each item of its list. */
export async function shapeOf(tx: Tx, row: NodeRow, now: number): Promise<Shaped> {
  const options = nodeOptionsOf(row);
  const { for_each, resolve } = options;
  if (for_each !== undefined && row.children === 0)
    return row.state === "pending" && row.unmet === 0 && row.proposed === 0
      ? expand(tx, row, { ...options, for_each }, now)
      : null;
  if (resolve === "any") return firstOf(tx, row);
  if (for_each === undefined || (row.open_children > 0 && (await hasOpenWork(tx, row)))) return null;
  const children = await workOf(tx, row);
  const lost = children.filter(({ state }) => isLost(state));
  if (lost.length === children.length)
    return { lost: `of its ${children.length} items none was completed: ${endsOf(lost)}` };
  const note =
    lost.length === 0
      ? null
      : `${lost.length} of ${children.length} items came to nothing, and are null: ${endsOf(lost)}`;
  return { result: listOf(children), winner: null, note };
}

/** Where the first child that completes decides. Questions are children too, and decide nothing. */
async function firstOf(tx: Tx, row: NodeRow): Promise<Shaped> {
  const [first] = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND proposed >= 0 AND state = 'completed' ORDER BY seq LIMIT 1",
    row.id,
  );
  if (first) return { result: first.result ?? "null", winner: asNode(first), note: null };
  const { open, created } = await oneRow<{ open: number; created: number }>(
    tx,
    `SELECT count(*) AS created,
       coalesce(sum(CASE WHEN state IN ('completed', 'failed', 'cancelled') THEN 0 ELSE 1 END), 0) AS open
     FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND proposed >= 0`,
    row.id,
  );
  if (open > 0 || created === 0) return null;
  return { lost: `none of its children completed: ${endsOf(await workOf(tx, row))}` };
}

/** Whether a node has its result already, from its first child, whatever becomes of its agent. */
export async function isDecided(tx: Tx, row: TaskRow): Promise<boolean> {
  if (!isNode(row) || nodeOptionsOf(row).resolve !== "any") return false;
  const shaped = await firstOf(tx, row);
  return shaped !== null && "result" in shaped;
}

/** Questions are children too, and hold up no list. */
async function hasOpenWork(tx: Tx, row: NodeRow): Promise<boolean> {
  const open = await tx.all(
    `SELECT 1 FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND state NOT IN ('completed', 'failed', 'cancelled')
     LIMIT 1`,
    row.id,
  );
  return open.length > 0;
}

async function workOf(tx: Tx, row: NodeRow): Promise<NodeRow[]> {
  return (await childrenOf(tx, row)).filter(({ kind }) => kind !== askKind);
}

/** A list of results may be so large, in characters; what is beyond is named. */
const maxListed = 33_554_432;

/** The results one after the other, as JSON, unread. */
function listOf(children: readonly NodeRow[]): string {
  let room = maxListed;
  const parts = children.map(({ number, result, state }) => {
    if (state !== "completed" || result === null) return "null";
    room -= result.length;
    return room >= 0 ? result : JSON.stringify(`Too long for this list: see ${nodeName(number)}.`);
  });
  return `[${parts.join(",")}]`;
}

const maxEnds = 5;

function endsOf(lost: readonly NodeRow[]): string {
  const named = lost.slice(0, maxEnds).map(({ number, state }) => `${nodeName(number)} ${becameOf(state)}`);
  const more = lost.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

async function expand(
  tx: Tx,
  row: NodeRow,
  options: NodeOptions & { for_each: number },
  now: number,
): Promise<Shaped> {
  const source = await getNode(tx, row.run_id, options.for_each);
  const items: unknown = source.result === null ? null : parseJson(source.result);
  const name = nodeName(source.number);
  if (!Array.isArray(items))
    return { lost: `${name} gave no list. Let it return one (returns: list), and create this again.` };
  const run = await getRun(tx, row.run_id);
  const why = itemsRefusal(row, items, options.limit, await nodesLeft(tx, run));
  if (why !== null) return { lost: `${name} gave ${items.length} items. ${why}` };
  if (items.length === 0)
    return options.resolve === "any"
      ? { lost: `${name} gave an empty list, so there is nothing to take the first of.` }
      : { result: "[]", winner: null, note: null };
  const needs = (await nodesWithIds(tx, needsOf(row))).filter(({ id }) => id !== source.id);
  const { for_each: _, limit: _l, resolve: _r, type, ...own } = options;
  let before: NodeRow | null = null;
  for (const [index, item] of items.entries()) {
    const number = await takeNumber(tx, run.id);
    const child: NodeRow = await addNode(
      tx,
      run,
      row,
      {
        id: Bun.randomUUIDv7(),
        number,
        name: itemGoal(row.name, { index: index + 1, text: itemText(item) }),
        prompt: row.prompt,
        returns: row.returns,
        schema: row.schema,
        model: row.model,
        agent: row.agent,
        payload: JSON.stringify({ item, index: index + 1 }),
        options: own,
        needs: type === "serial" && before !== null ? [...needs, before] : needs,
      },
      now,
    );
    before = child;
  }
  await setColumns(tx, row, { children: items.length, open_children: items.length });
  return { children: items.length };
}

/** Why there is no child for each item. */
function itemsRefusal(
  row: NodeRow,
  items: readonly unknown[],
  limit: number = nodeBounds.items.default,
  nodesLeft: number,
): string | null {
  if (items.length > limit)
    return `At most ${limit} may be worked on: create this again with a higher limit (up to ${nodeBounds.items.max}), or have fewer.`;
  if (items.length > nodesLeft)
    return `This run may have ${nodesLeft} more nodes. Have fewer, or give it more with --max-nodes.`;
  const length = row.prompt?.length ?? 0;
  if (length * items.length > limits.messageBytes)
    return `Its prompt of ${length} characters is too long for so many. Make it shorter.`;
  const index = items.findIndex(
    (item) => taskLength(row.name, row.prompt, itemText(item)) > limits.promptLength,
  );
  return index === -1 ? null : `Item ${index + 1} is too long for a prompt.`;
}
