import { z } from "zod";
import { parentOf } from "../../core/tree.ts";
import { TreeNode, WholeNode } from "../../core/node.ts";
import { meansText, nodeOptionsOf } from "../../core/node-options.ts";
import { NodeId } from "../../core/task.ts";
import { nodeName } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { checkOf, readChecks } from "../../store/lifecycle/check.ts";
import { attemptsOf } from "../../store/tables/attempts.ts";
import { itemIn } from "../../store/tables/node-row.ts";
import { needNumbers, nodesOf } from "../../store/tables/nodes.ts";
import { time } from "../../store/tables/time.ts";
import { operation } from "../operation.ts";
import { nodeNamed, runMeant } from "../subject.ts";
import { fittingTree, treeOf, viewOf } from "./view.ts";

const anyone = ["human", "tab", "node"] as const;
const whichRun = { run_id: z.string().optional(), project: z.string().optional() };
const hidden = ["run_id", "project"] as const;

/** The run as a nested tree; long prompts and results are cut with a note, and for an agent so much that it takes all of it. */
export const tree = operation({
  summary: "See the whole run as a tree. Long texts are cut; read_node gives one whole.",
  effect: "read",
  callers: anyone,
  authority: { act: "read", find: runMeant },
  tool: { name: "read_tree", profile: "tree", title: "Read the tree", omit: hidden },
  input: () => z.object(whichRun),
  output: () => TreeNode,
  run: async (context) => {
    const rows = await context.read((tx, { run }) => nodesOf(tx, run.id));
    if (context.caller.kind !== "node") return treeOf(rows);
    const tree = fittingTree(rows);
    if (tree.leftOut) context.note(leftOut);
    return tree.root;
  },
});

const leftOut =
  "The run is too large to be shown whole: of the nodes in children_left_out read_node shows one.";

/** One node, whole, with its attempts. */
export const read = operation({
  summary: "See one node whole.",
  effect: "read",
  callers: anyone,
  authority: { act: "read", find: nodeNamed },
  tool: { name: "read_node", profile: "tree", title: "Read a node", omit: hidden },
  input: () => z.object({ node_id: NodeId, ...whichRun }),
  output: () => WholeNode,
  run: (context) =>
    context.read(async (tx, { row }) => {
      const parent = parentOf(row.path);
      const check = await checkOf(tx, row);
      const item = itemIn(row);
      return {
        ...viewOf(row, (await needNumbers(tx, row.id)).map(nodeName)),
        ...(item === null ? {} : { item }),
        ...(check === null ? {} : { check }),
        ...(meansText(nodeOptionsOf(row)) === "" ? {} : { means: meansText(nodeOptionsOf(row)) }),
        ...(parent === null ? {} : { parent: nodeName(parent) }),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        attempts: (await attemptsOf(tx, row.id)).map((attempt) => ({
          attempt: attempt.epoch,
          phase: attempt.phase,
          state: attempt.state,
          usd: attempt.usd,
          estimated: attempt.estimated === 1,
          counted: attempt.counted === 1,
          session: attempt.session_id,
          reason: attempt.reason,
          said: attempt.said === null ? null : parseJson(attempt.said),
          checks: readChecks(attempt.checks),
          late_result: attempt.late_result === null ? null : parseJson(attempt.late_result),
        })),
      };
    }),
});
