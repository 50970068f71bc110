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
export function inTreeOrder(branches: readonly Branch[]): { node: ReportNode; depth: number }[] {
  const rows: { node: ReportNode; depth: number }[] = [];
  const left = branches.toReversed().map((branch) => ({ branch, depth: 0 }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { branch, depth } = next;
    rows.push({ node: branch.node, depth });
    for (const below of branch.below.toReversed()) left.push({ branch: below, depth: depth + 1 });
  }
  return rows;
}
