import { isOpenAsk } from "./node-view.ts";
import type { NodeView } from "./node-view.ts";
import { essentialRank, preorder, rankOf, type Counts, type Entry } from "./tree-order.ts";
import { countOf } from "./tree-rows.ts";
import { safe } from "../terminal/width.ts";

/** A line, or a few, under a node. */
export type Note = "now" | "needs" | "result" | "reason" | "question" | "options" | "answer";

/** How much of a node is drawn. */
export interface Shape {
  depth: number;
  notes: Note[];
  /** The most lines for one text of a node that is active, paused or failed, or that asks; any other text has one. */
  maxLines: number;
}

/** How the rows look. Each node has one line at least. */
interface Drawing {
  node(node: NodeView, shape: Shape): string[];
  /** One line in place of several nodes. */
  fold(counts: Counts, depth: number): string;
}

/**
 * Draws as much of a tree as fits into a height, in the tree's order. It leaves out, in this order: results, finished
 * subtrees, needs, pending subtrees, all but the first line of a text, but of a question last, then all but the nodes that are
 * active, failed or ask and their ancestors, and at last the ancestors.
 */
export function fold(
  nodes: NodeView[],
  { height, results }: { height: number; results: boolean },
  drawing: Drawing,
): string[] {
  const entries = preorder(nodes);
  for (const level of detailLevels) {
    if (level.results && !results) continue;
    const lines = arrange(entries, level, height, drawing);
    if (lines !== null) return lines;
  }
  return lineage(entries, height, drawing) ?? essentials(entries, height, drawing);
}

interface DetailLevel {
  /** Subtrees in which no node ranks higher are folded. */
  fold: number;
  results: boolean;
  needs: boolean;
  maxLines: number;
  /** Of a question, which a person has to read whole to answer it. */
  askLines: number;
}

const askLines = 4;

const detailLevels: DetailLevel[] = [
  { fold: -1, results: true, needs: true, maxLines: 4, askLines },
  { fold: -1, results: false, needs: true, maxLines: 4, askLines },
  { fold: 0, results: true, needs: true, maxLines: 3, askLines },
  { fold: 0, results: false, needs: true, maxLines: 3, askLines },
  { fold: 0, results: false, needs: false, maxLines: 3, askLines },
  { fold: 1, results: false, needs: true, maxLines: 3, askLines },
  { fold: 1, results: false, needs: false, maxLines: 2, askLines },
  { fold: 1, results: false, needs: false, maxLines: 1, askLines },
  { fold: 1, results: false, needs: false, maxLines: 1, askLines: 1 },
];

function linesOf(node: NodeView, { maxLines, askLines }: Pick<DetailLevel, "maxLines" | "askLines">): number {
  return isOpenAsk(node) ? askLines : maxLines;
}

type Draft = { kind: "node"; lines: string[] } | { kind: "fold"; members: Entry[]; depth: number };

/** The lines at one level of detail, or null when they are too many. */
function arrange(entries: Entry[], level: DetailLevel, height: number, drawing: Drawing): string[] | null {
  const drafts: Draft[] = [];
  let left = height;
  let index = 0;
  for (let entry = entries[0]; entry !== undefined; entry = entries[index]) {
    const end = endOfFold(entries, index, level.fold);
    if (end - index > 1) {
      drafts.push({ kind: "fold", members: entries.slice(index, end), depth: entry.depth });
      left -= 1;
      index = end;
    } else {
      const { node, depth } = entry;
      const lines = drawing.node(node, {
        depth,
        notes: notesOf(node, level),
        maxLines: linesOf(node, level),
      });
      drafts.push({ kind: "node", lines });
      left -= lines.length;
      index += 1;
    }
    if (left < 0) return null;
  }
  return unfold(drafts, left, drawing);
}

/** Uses lines that are left over to show what comes next: the first pending ones out of each fold. */
function unfold(drafts: Draft[], spare: number, drawing: Drawing): string[] {
  let left = spare;
  return drafts.flatMap((draft): string[] => {
    if (draft.kind === "node") return draft.lines;
    const { members, depth } = draft;
    const leaves = members.filter((entry) => entry.depth === depth && entry.size === 1 && entry.top > 0);
    const all = leaves.length === members.length && leaves.length <= left + 1;
    const shown = new Set(all ? leaves : leaves.slice(0, left));
    left -= all ? leaves.length - 1 : shown.size;
    const rest = members.filter((entry) => !shown.has(entry));
    const lines = [...shown].flatMap(({ node }) => drawing.node(node, { depth, notes: [], maxLines: 1 }));
    return rest.length > 0 ? [...lines, drawing.fold(countOf(rest), depth)] : lines;
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

/** The nodes of the highest rank in their places, with all above them; the rest is one line. Null when they are too many. */
function lineage(entries: Entry[], height: number, drawing: Drawing): string[] | null {
  const kept = entries.filter(({ top }) => top === essentialRank);
  const rest = entries.filter(({ top }) => top !== essentialRank);
  const end = rest.length > 0 ? [drawing.fold(countOf(rest), 0)] : [];
  if (kept.length + end.length > height) return null;
  for (const room of lineageRooms) {
    const lines = kept.flatMap(({ node, depth, top }) => {
      const level = { fold: top, results: false, needs: false, ...room };
      return drawing.node(node, { depth, notes: notesOf(node, level), maxLines: linesOf(node, level) });
    });
    if (lines.length + end.length <= height) return [...lines, ...end];
  }
  return null;
}

const lineageRooms = [
  { maxLines: 2, askLines },
  { maxLines: 1, askLines },
  { maxLines: 1, askLines: 1 },
];

/** What is left when even that is too tall: the nodes of the highest rank, asks first when not all of them fit. */
function essentials(entries: Entry[], height: number, drawing: Drawing): string[] {
  const candidates = entries.filter(({ node }) => rankOf(node) === essentialRank);
  const chosen = new Map<NodeView, string[]>();
  let left = height - 1;
  for (const wanted of [isOpenAsk, isActive, isFailed]) {
    for (const { node } of candidates) {
      if (chosen.has(node) || !wanted(node) || left < 1) continue;
      const level = { fold: essentialRank, results: false, needs: false, maxLines: 1, askLines: 1 };
      const notes = notesOf(node, level);
      const lines = drawing.node(node, { depth: 0, notes, maxLines: 1 }).slice(0, left);
      chosen.set(node, lines);
      left -= lines.length;
    }
  }
  const lines = candidates.flatMap(({ node }) => chosen.get(node) ?? []);
  const rest = entries.filter(({ node }) => !chosen.has(node));
  return rest.length > 0 && height > 0 ? [...lines, drawing.fold(countOf(rest), 0)] : lines;
}

function isActive(node: NodeView): boolean {
  return node.status === "active";
}

function isFailed(node: NodeView): boolean {
  return node.status === "failed";
}

function notesOf(node: NodeView, level: DetailLevel): Note[] {
  if (isOpenAsk(node)) return notesOfAsk(node);
  const hasReason = node.reason !== null && node.reason !== "";
  switch (node.status) {
    case "complete":
      return level.results && node.result !== null && node.result !== "" ? ["result"] : [];
    case "failed":
    case "cancelled":
      return hasReason ? ["reason"] : [];
    case "active":
    case "waiting":
    case "paused":
    case "pending":
      return [
        ...(node.status === "active" || node.status === "paused" ? ["now" as const] : []),
        ...(level.needs && node.needs.length > 0 ? ["needs" as const] : []),
        ...(level.needs && hasReason && node.tries > 1 ? ["reason" as const] : []),
      ];
  }
}

function notesOfAsk({ goal, question }: NodeView): Note[] {
  if (question === null) return ["answer"];
  const notes: Note[] = safe(question.text) === safe(goal) ? [] : ["question"];
  if (question.options.length > 0 || question.default !== null) notes.push("options");
  return [...notes, "answer"];
}
