import { isOpenAsk } from "./model.ts";
import type { NodeStatus, NodeView } from "./model.ts";

export type Counts = Partial<Record<NodeStatus, number>>;

/** One row of the tree: a node, or one line in place of several. */
export type Row =
  | { kind: "node"; node: NodeView; depth: number; notes: Note[] }
  | { kind: "fold"; counts: Counts; depth: number };

/** A line under a node. */
export type Note = "needs" | "result" | "reason" | "question" | "options" | "answer";

/**
 * Chooses the rows that fit into a height, in the tree's order. What gives way first: results, then finished
 * subtrees, then needs, then pending ones, and at last all but what is active, failed or asks. The root stays
 * until then.
 */
export function fold(nodes: NodeView[], height: number): Row[] {
  const entries = preorder(nodes);
  for (const step of STEPS) {
    const rows = arrange(entries, step, height);
    if (rows !== null) return rows;
  }
  return essentials(entries, height);
}

/** How much each state wants to be seen. */
const RANK: Record<NodeStatus, number> = {
  complete: 0,
  cancelled: 0,
  pending: 1,
  waiting: 2,
  paused: 2,
  active: 3,
  failed: 3,
};

const ESSENTIAL = 3;

interface Step {
  /** Subtrees in which no node ranks higher are folded. */
  fold: number;
  results: boolean;
  needs: boolean;
}

const STEPS: Step[] = [
  { fold: -1, results: true, needs: true },
  { fold: -1, results: false, needs: true },
  { fold: 0, results: true, needs: true },
  { fold: 0, results: false, needs: true },
  { fold: 0, results: false, needs: false },
  { fold: 1, results: false, needs: true },
  { fold: 1, results: false, needs: false },
];

interface Entry {
  node: NodeView;
  depth: number;
  /** Where its parent is in the order, or -1. */
  parent: number;
  /** How many entries its subtree has, itself counted; they follow it without a gap. */
  size: number;
  /** The highest rank in its subtree. */
  top: number;
}

/** The nodes with their subtrees behind them. A node whose parent is not there stands as a root. */
function preorder(nodes: NodeView[]): Entry[] {
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
  }
  return entries;
}

/** In reverse, since the first is to be popped first. */
function entriesUnder(nodes: NodeView[] | undefined, depth: number, parent: number): Entry[] {
  return (nodes ?? []).map((node) => ({ node, depth, parent, size: 1, top: rankOf(node) })).toReversed();
}

function rankOf(node: NodeView): number {
  return isOpenAsk(node) ? ESSENTIAL : RANK[node.status];
}

type Draft = Extract<Row, { kind: "node" }> | { kind: "fold"; members: Entry[]; depth: number };

/** The rows of one step, or null when they are too many. */
function arrange(entries: Entry[], step: Step, height: number): Row[] | null {
  const rows: Draft[] = [];
  let left = height;
  let index = 0;
  for (let entry = entries[0]; entry !== undefined; entry = entries[index]) {
    const end = endOfFold(entries, index, step.fold);
    if (end - index > 1) {
      rows.push({ kind: "fold", members: entries.slice(index, end), depth: entry.depth });
      left -= 1;
      index = end;
    } else {
      const notes = notesOf(entry.node, step);
      rows.push({ kind: "node", node: entry.node, depth: entry.depth, notes });
      left -= 1 + notes.length;
      index += 1;
    }
    if (left < 0) return null;
  }
  return unfold(rows, left);
}

/** Uses rows that are left over to show what comes next: the first pending ones out of each fold. */
function unfold(rows: Draft[], spare: number): Row[] {
  let left = spare;
  return rows.flatMap((row): Row[] => {
    if (row.kind === "node") return [row];
    const { members, depth } = row;
    const leaves = members.filter((entry) => entry.depth === depth && entry.size === 1 && entry.top > 0);
    const all = leaves.length === members.length && leaves.length <= left + 1;
    const shown = new Set(all ? leaves : leaves.slice(0, left));
    left -= all ? leaves.length - 1 : shown.size;
    const rest = members.filter((entry) => !shown.has(entry));
    const nodes = [...shown].map(({ node }): Row => ({ kind: "node", node, depth, notes: [] }));
    return rest.length > 0 ? [...nodes, { kind: "fold", counts: count(rest), depth }] : nodes;
  });
}

/** Siblings that can be folded and stand together become one line. */
function endOfFold(entries: Entry[], start: number, limit: number): number {
  const depth = entries[start]?.depth ?? 0;
  let index = start;
  for (let entry = entries[index]; entry !== undefined; entry = entries[index]) {
    if (entry.depth !== depth || depth === 0 || entry.top > limit) break;
    index += entry.size;
  }
  return index;
}

/** What is left when even that is too tall: the nodes of the highest rank, asks first when not all of them fit. */
function essentials(entries: Entry[], height: number): Row[] {
  const candidates = entries.filter(({ node }) => rankOf(node) === ESSENTIAL);
  const chosen = new Map<NodeView, Note[]>();
  let left = height - 1;
  for (const wanted of [isOpenAsk, isActive, isFailed]) {
    for (const { node } of candidates) {
      if (chosen.has(node) || !wanted(node) || left < 1) continue;
      const notes = notesOf(node, { fold: ESSENTIAL, results: false, needs: false }).slice(0, left - 1);
      chosen.set(node, notes);
      left -= 1 + notes.length;
    }
  }
  const rows: Row[] = [];
  for (const { node } of candidates) {
    const notes = chosen.get(node);
    if (notes !== undefined) rows.push({ kind: "node", node, depth: 0, notes });
  }
  const rest = entries.filter(({ node }) => !chosen.has(node));
  return rest.length > 0 && height > 0 ? [...rows, { kind: "fold", counts: count(rest), depth: 0 }] : rows;
}

function isActive(node: NodeView): boolean {
  return node.status === "active";
}

function isFailed(node: NodeView): boolean {
  return node.status === "failed";
}

function count(entries: Entry[]): Counts {
  const counts: Counts = {};
  for (const { node } of entries) counts[node.status] = (counts[node.status] ?? 0) + 1;
  return counts;
}

function notesOf(node: NodeView, step: Step): Note[] {
  if (isOpenAsk(node)) return notesOfAsk(node);
  switch (node.status) {
    case "complete":
      return step.results && node.result !== null && node.result !== "" ? ["result"] : [];
    case "failed":
    case "cancelled":
      return node.reason !== null && node.reason !== "" ? ["reason"] : [];
    default:
      return step.needs && node.needs.length > 0 ? ["needs"] : [];
  }
}

function notesOfAsk({ goal, question }: NodeView): Note[] {
  if (question === undefined) return ["answer"];
  const notes: Note[] = question.text === goal ? [] : ["question"];
  if (question.options.length > 0 || question.default !== null) notes.push("options");
  return [...notes, "answer"];
}
