import type { ReportNode } from "./report.ts";

/** A node with those below it, in the order of their numbers. */
export interface Branch {
  node: ReportNode;
  below: Branch[];
}

/** The tree of a run; more than one root only where a parent is missing. */
export function branchesOf(nodes: readonly ReportNode[]): Branch[] {
  const branches = new Map(nodes.map((node): [number, Branch] => [node.number, { node, below: [] }]));
  const roots: Branch[] = [];
  for (const branch of branches.values()) {
    const { parent } = branch.node;
    (parent === null ? roots : (branches.get(parent)?.below ?? roots)).push(branch);
  }
  return roots;
}

/** The nodes as a person reads the tree: each before those below it. */
export function inTreeOrder(branches: readonly Branch[]): ReportNode[] {
  const nodes: ReportNode[] = [];
  const left = branches.toReversed();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    nodes.push(next.node);
    for (const below of next.below.toReversed()) left.push(below);
  }
  return nodes;
}
