import type { TreeStatus } from "../../core/words.ts";
import { nodeName } from "../../core/words.ts";
import { isOpenAsk, type NodeView } from "./node-view.ts";
import { preorder, type Counts, type Entry } from "./tree-order.ts";

/** One line of a run's tree where a person goes through it. */
export interface TreeRow {
  node: NodeView;
  depth: number;
  /** Whether what is below it is shown; null: there is nothing. */
  fold: "open" | "closed" | null;
  /** What is folded away under it. */
  hidden: Counts;
  /** How many nodes of its subtree have not ended, itself counted. Questions are none of them. */
  open: number;
}

/** What of a tree is listed. */
interface TreeChoice {
  /** Only nodes whose goal, number or state holds this, whatever the case, and all above them. */
  search: string;
  /** Numbers of the nodes below which nothing is shown. A search looks there too. */
  folded: ReadonlySet<number>;
}

/** The tree in its order, a row for each node that is not folded away. */
export function treeRows(nodes: readonly NodeView[], { search, folded }: TreeChoice): TreeRow[] {
  const entries = preorder(nodes);
  const needle = search.toLowerCase();
  const kept = needle === "" ? null : withAncestors(entries, (node) => isFound(node, needle));
  const rows: TreeRow[] = [];
  for (let at = 0; at < entries.length;) {
    const entry = entries[at];
    if (entry === undefined) break;
    const isFolded = kept === null && entry.size > 1 && folded.has(entry.node.number);
    const hidden = isFolded ? entries.slice(at + 1, at + entry.size) : null;
    if (kept === null || kept.has(at)) rows.push(rowOf(entry, hidden));
    at += isFolded ? entry.size : 1;
  }
  return rows;
}

function isFound({ goal, number, status }: NodeView, needle: string): boolean {
  return goal.toLowerCase().includes(needle) || nodeName(number) === needle || status === needle;
}

function rowOf({ node, depth, size, open }: Entry, folded: readonly Entry[] | null): TreeRow {
  const fold = size === 1 ? null : folded === null ? "open" : "closed";
  return { node, depth, fold, hidden: countOf(folded ?? []), open };
}

function withAncestors(entries: readonly Entry[], passes: (node: NodeView) => boolean): Set<number> {
  const kept = new Set<number>();
  for (const [at, { node }] of entries.entries())
    if (passes(node))
      for (let up = at; up >= 0 && !kept.has(up); up = entries[up]?.parent ?? -1) kept.add(up);
  return kept;
}

export function countOf(entries: readonly Entry[]): Counts {
  const counts: Counts = {};
  for (const { node } of entries) counts[node.status] = (counts[node.status] ?? 0) + 1;
  return counts;
}

const statusWords: [TreeStatus, string][] = [
  ["active", "active"],
  ["failed", "failed"],
  ["waiting", "waiting"],
  ["paused", "paused"],
  ["complete", "done"],
  ["cancelled", "cancelled"],
  ["pending", "pending"],
];

/** `1 active, 12 done` */
export function countsText(counts: Counts): string {
  return statusWords
    .flatMap(([status, word]) => (counts[status] ? [`${counts[status]} ${word}`] : []))
    .join(", ");
}

/** The row that a person most likely means at first: the oldest question, else what works, else what failed, else the root. */
export function firstMeant(rows: readonly TreeRow[]): TreeRow | undefined {
  return (
    rows.find(({ node }) => isOpenAsk(node)) ??
    rows.find(({ node }) => node.status === "active") ??
    rows.find(({ node }) => node.status === "failed") ??
    rows[0]
  );
}
