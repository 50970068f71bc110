import { shapeText } from "../core/node-options.ts";
import { nodeName, treeStatus } from "../core/words.ts";
import { frontmatter, link, title } from "./markdown.ts";
import type { NodeRecord, RunRecord } from "./source.ts";

/** A run's note: its tree as links to the notes of its nodes. */
export function runNote(run: RunRecord, pathOf: (nodeId: string) => string | null): string {
  const [root] = run.nodes;
  return [
    frontmatter({
      id: run.id,
      state: root ? treeStatus(root.state) : null,
      project: run.project,
      created: run.created,
      ended: run.ended,
      nodes: run.nodes.length,
      usd: Math.round(run.usd * 10_000) / 10_000,
    }),
    title(run.goal),
    `## Tree\n\n${treeLines(run.nodes, pathOf).join("\n")}\n`,
  ].join("\n");
}

/** Nodes stand in the order of their numbers, and a parent's number is lower than its children's. */
function treeLines(nodes: readonly NodeRecord[], pathOf: (nodeId: string) => string | null): string[] {
  const numbers = new Map(nodes.map((node) => [node.id, node.number]));
  const children = Map.groupBy(nodes, (node) => node.parentId);
  const lines: string[] = [];
  const open = (children.get(null) ?? []).map((node) => ({ node, depth: 0 })).toReversed();
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    lines.push(`${"  ".repeat(depth)}- ${nodeLine(node, numbers, pathOf(node.id))}`);
    for (const child of (children.get(node.id) ?? []).toReversed())
      open.push({ node: child, depth: depth + 1 });
  }
  return lines;
}

function nodeLine(node: NodeRecord, numbers: ReadonlyMap<string, number>, path: string | null): string {
  const needs = node.needs.flatMap((id) => numbers.get(id) ?? []).map(nodeName);
  return [
    nodeName(node.number),
    treeStatus(node.state),
    ...(path === null ? [] : [link(path)]),
    ...(node.shape === null ? [] : [`(${shapeText(node.shape)})`]),
    ...(needs.length === 0 ? [] : [`needs ${needs.join(", ")}`]),
  ].join(" ");
}
