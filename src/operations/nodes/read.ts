import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { parentOf } from "../../core/tree.ts";
import { TreeNode, WholeNode } from "../../core/node.ts";
import { NodeId } from "../../core/task.ts";
import { nodeName, treeStatus } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { attemptsOf } from "../../store/tables/attempts.ts";
import { needNumbers, nodesOf } from "../../store/tables/nodes.ts";
import { needsOf, questionOf, returnsOf, typeOf, type NodeRow } from "../../store/tables/node-row.ts";
import { time } from "../../store/tables/time.ts";
import { operation } from "../operation.ts";
import { nodeNamed, runMeant } from "../subject.ts";
import { beginningOf } from "../../core/text.ts";

const anyone = ["human", "tab", "node"] as const;
const whichRun = { run_id: z.string().optional(), project: z.string().optional() };
const hidden = ["run_id", "project"] as const;

/**
 * Agents read the tree before almost every action, so it is short: long texts are cut here, and whole in read_node.
 */
const cutAt = 300;

/** The run as a nested tree; long prompts and results are cut with a note. */
export const tree = operation({
  summary: "See the whole run as a tree. Long texts are cut; read_node gives one whole.",
  effect: "read",
  callers: anyone,
  authority: { act: "read", find: runMeant },
  tool: { name: "read_tree", profile: "tree", title: "Read the tree", omit: hidden },
  input: z.object(whichRun),
  output: TreeNode,
  run: (context) => context.read(async (tx, { run }) => nest(await nodesOf(tx, run.id))),
});

/** One node, whole, with its attempts. */
export const read = operation({
  summary: "See one node whole.",
  effect: "read",
  callers: anyone,
  authority: { act: "read", find: nodeNamed },
  tool: { name: "read_node", profile: "tree", title: "Read a node", omit: hidden },
  input: z.object({ node_id: NodeId, ...whichRun }),
  output: WholeNode,
  run: (context) =>
    context.read(async (tx, { row }) => {
      const parent = parentOf(row.path);
      return {
        ...viewOf(row, (await needNumbers(tx, row.id)).map(nodeName), Number.POSITIVE_INFINITY),
        ...(parent === null ? {} : { parent: nodeName(parent) }),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        attempts: (await attemptsOf(tx, row.id)).map((attempt) => ({
          attempt: attempt.epoch,
          phase: attempt.phase,
          state: attempt.state,
          usd: attempt.usd,
          session: attempt.session_id,
          reason: attempt.reason,
          said: attempt.said === null ? null : parseJson(attempt.said),
          late_result: attempt.late_result === null ? null : parseJson(attempt.late_result),
        })),
      };
    }),
});

function nest(rows: readonly NodeRow[]): TreeNode {
  const numbers = new Map(rows.map((row) => [row.id, nodeName(row.number)]));
  const nodes = new Map<string, TreeNode>();
  let root: TreeNode | null = null;
  for (const row of rows) {
    const needs = needsOf(row).map((id) => numbers.get(id) ?? id);
    const node = viewOf(row, needs, cutAt);
    nodes.set(row.id, node);
    const parent = row.parent_id === null ? null : nodes.get(row.parent_id);
    if (parent) (parent.children ??= []).push(node);
    else root ??= node;
  }
  if (root === null) throw new CordError("internal", "The run has no root.");
  return root;
}

function viewOf(row: NodeRow, needs: string[], cut: number): TreeNode {
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
  if (row.result !== null) node.result = shortResult(parseJson(row.result), cut, node.id);
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
