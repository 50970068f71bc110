import { finalStatuses, type TreeStatus } from "../../core/words.ts";
import { isOpenAsk, type NodeView } from "./node-view.ts";

/** How many nodes have each state. */
export type Counts = Partial<Record<TreeStatus, number>>;

/** A node in its place in the tree. */
export interface Entry {
  node: NodeView;
  depth: number;
  /** Where its parent is in the order, or -1. */
  parent: number;
  /** How many entries its subtree has, itself counted; they follow it without a gap. */
  size: number;
  /** The highest rank in its subtree. */
  top: number;
  /** How many nodes of its subtree have not ended, itself counted. Questions are none of them. */
  open: number;
}

/** The nodes with their subtrees behind them. A node whose parent is not there stands as a root. */
export function preorder(nodes: readonly NodeView[]): Entry[] {
  const numbers = new Set(nodes.map((node) => node.number));
  const children = Map.groupBy(nodes, ({ parent }) =>
    parent !== null && numbers.has(parent) ? parent : null,
  );
  const entries: Entry[] = [];
  const stack = entriesUnder(children.get(null), 0, -1);
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const index = entries.push(entry) - 1;
    for (const child of entriesUnder(children.get(entry.node.number), entry.depth + 1, index))
      stack.push(child);
  }
  for (const entry of entries.toReversed()) {
    const parent = entries[entry.parent];
    if (parent === undefined) continue;
    parent.size += entry.size;
    parent.top = Math.max(parent.top, entry.top);
    parent.open += entry.open;
  }
  return entries;
}

/** In reverse, since the first is to be popped first. */
function entriesUnder(nodes: readonly NodeView[] | undefined, depth: number, parent: number): Entry[] {
  return (nodes ?? [])
    .map((node) => ({ node, depth, parent, size: 1, top: rankOf(node), open: isWork(node) ? 1 : 0 }))
    .toReversed();
}

function isWork({ type, status }: NodeView): boolean {
  return type !== "ASK" && !finalStatuses.includes(status);
}

export function rankOf(node: NodeView): number {
  return isOpenAsk(node) ? essentialRank : ranks[node.status];
}

/** How much each state wants to be seen. */
const ranks: Record<TreeStatus, number> = {
  complete: 0,
  cancelled: 0,
  pending: 1,
  waiting: 2,
  paused: 2,
  active: 3,
  failed: 3,
};

export const essentialRank = 3;
