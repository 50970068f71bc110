import { CordError } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import { nodeOptionsOf, shapeIn, shapeText } from "../../core/node-options.ts";
import type { TreeNode } from "../../core/node.ts";
import { isProposed, isRemoved } from "../../core/proposal.ts";
import { beginningOf } from "../../core/text.ts";
import { nodeName, treeStatus } from "../../core/words.ts";
import { needsOf, questionOf, returnsOf, typeOf, type NodeRow } from "../../store/tables/node-row.ts";

/**
 * Agents read the tree before almost every action, so it is short: long texts are cut here, and whole in read_node. The larger
 * the run, the shorter they are, so that an agent's client takes the whole.
 */
const cutAt = 300;
const shorterCuts = [100, 30];

/**
 * The tree of a run of any size, as large as a tool's answer may be: first its texts are shorter, and then its deepest levels
 * are left out, but for the names of the nodes.
 */
export function fittingTree(rows: readonly NodeRow[]): { root: TreeNode; leftOut: boolean } {
  const cuts = rows.length * minNodeBytes > limits.toolListBytes ? [] : [cutAt, ...shorterCuts];
  for (const cut of cuts) {
    const root = treeOf(rows, cut);
    if (bytesOf(root) <= limits.toolListBytes) return { root, leftOut: false };
  }
  const brief = briefly(treeOf(rows, 0));
  const levels = levelsThatFit(brief);
  return { root: withLevels(brief, levels), leftOut: levels < Number.POSITIVE_INFINITY };
}

/** No node is shorter. */
const minNodeBytes = 50;

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** As many levels below the root as there is room for, with the names of what is below these. */
function levelsThatFit(root: TreeNode): number {
  let bytes = 0;
  let level: TreeNode[] = [root];
  for (let levels = 0; level.length > 0; levels += 1) {
    const below: TreeNode[] = [];
    for (const { children, ...node } of level) {
      bytes += bytesOf(node) + framed;
      for (const child of children ?? []) below.push(child);
    }
    const names = below.reduce((sum, { id }) => sum + id.length + quotedName, 0);
    if (bytes + names > limits.toolListBytes) return Math.max(0, levels - 1);
    level = below;
  }
  return Number.POSITIVE_INFINITY;
}

/** What stands around a node, and around a name, where it is a child. */
const framed = 30;
const quotedName = 3;

function briefly({ id, type, goal, status, needs, shape, children }: TreeNode): TreeNode {
  return {
    id,
    type,
    goal: beginningOf(goal, briefGoal),
    status,
    ...(needs ? { needs } : {}),
    ...(shape === undefined ? {} : { shape }),
    ...(children ? { children: children.map(briefly) } : {}),
  };
}

const briefGoal = 80;

function withLevels({ children, ...node }: TreeNode, levels: number): TreeNode {
  if (children === undefined) return node;
  if (levels === 0) return { ...node, children_left_out: children.map(({ id }) => id) };
  return { ...node, children: children.map((child) => withLevels(child, levels - 1)) };
}

/** The nodes of a run as a tree, with texts of so many characters at most. */
export function treeOf(rows: readonly NodeRow[], cut = cutAt): TreeNode {
  const numbers = new Map(rows.map((row) => [row.id, nodeName(row.number)]));
  const nodes = new Map<string, TreeNode>();
  let root: TreeNode | null = null;
  for (const row of rows) {
    if (isRemoved(row)) continue;
    const needs = needsOf(row).map((id) => numbers.get(id) ?? id);
    const node = viewOf(row, needs, cut);
    nodes.set(row.id, node);
    const parent = row.parent_id === null ? null : nodes.get(row.parent_id);
    if (parent) (parent.children ??= []).push(node);
    else root ??= node;
  }
  if (root === null) throw new CordError("internal", "The run has no root.");
  return root;
}

/** A node as agents read it. */
export function viewOf(row: NodeRow, needs: string[], cut = Number.POSITIVE_INFINITY): TreeNode {
  const node: TreeNode = {
    id: nodeName(row.number),
    type: typeOf(row),
    goal: row.name,
    status: treeStatus(row.state),
  };
  const question = questionOf(row);
  if (row.prompt !== null) node.prompt = shortened(row.prompt, cut, node.id);
  const returns = returnsOf(row);
  if (returns !== "text") node.returns = returns;
  if (needs.length > 0) node.needs = needs;
  const shape = shapeIn(nodeOptionsOf(row));
  if (shape !== null) node.shape = shapeText(shape);
  if (row.result !== null) node.result = shortResult(parseJson(row.result), cut, node.id);
  if (isProposed(row)) node.proposed = true;
  if (row.reason !== null) node.reason = shortened(row.reason, cut, node.id);
  if (question) Object.assign(node, { question: question.question, options: question.options });
  return node;
}

function shortResult(result: unknown, cut: number, id: string): unknown {
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return text.length <= cut ? result : shortened(text, cut, id);
}

function shortened(text: string, cut: number, id: string): string {
  return text.length <= cut
    ? text
    : `${beginningOf(text, cut)}… (cut; ${text.length} characters in all, read_node("${id}") gives them)`;
}
