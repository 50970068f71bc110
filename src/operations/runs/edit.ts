import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { planBounds } from "../../core/limits.ts";
import { EditedNode } from "../../core/plan.ts";
import { NodeId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { nodeName } from "../../core/words.ts";
import { editTree } from "../../store/lifecycle/edit-tree.ts";
import { plannersMeant } from "../../store/lifecycle/proposals.ts";
import { returnsOf } from "../../store/tables/node-row.ts";
import { proposedBelow } from "../../store/tables/proposals.ts";
import { optionsOf } from "../../store/tables/runs.ts";
import { plannedTree } from "../nodes/planned.ts";
import { request_id } from "../nodes/target.ts";
import { operation } from "../operation.ts";
import { planMeant } from "../subject.ts";

/**
 * Makes of a plan that waits for approval what the person wants: all of it, in the order of the list. It waits as before. Throws
 * with `node`, the node_id of the one at fault, in its data.
 */
export const edit = operation({
  summary:
    "Change a plan that waits for approval: goals, prompts, order, needs, models; nodes may go and come.",
  effect: "destructive",
  callers: ["human"],
  authority: { act: "approve", find: planMeant },
  input: () =>
    z.object({
      run_id: z.string(),
      node_id: NodeId.describe("The node that planned"),
      nodes: z.array(EditedNode).max(planBounds.nodes).describe("Each behind its parent"),
      request_id,
    }),
  output: () => z.object({ run_id: z.string(), planned: z.number() }),
  run: (context, { nodes }) =>
    context.write(async (tx, { run, row }) => {
      const [planner] = await plannersMeant(tx, run, row ?? null);
      if (planner === undefined || nodes.length === 0)
        throw new CordError(
          "invalid",
          "A plan without a node cannot be worked on. Reject it with a remark, or stop the node that planned it.",
        );
      const before = await proposedBelow(tx, planner);
      const editing = { newId: context.newId, by: nameOf(context.caller), now: context.now };
      const rows = new Map(before.map((row) => [nodeName(row.number), row]));
      const planned = plannedTree(nodes, {
        options: optionsOf(run),
        top: nodeName(planner.number),
        promptOf: (key) => rows.get(key)?.prompt ?? null,
        schemaOf: (key, returns) => {
          const row = rows.get(key);
          return row !== undefined && returnsOf(row) === returns ? row.schema : null;
        },
      });
      await editTree(tx, run, planner, planned, editing);
      return { run_id: run.id, planned: (await proposedBelow(tx, planner)).length };
    }),
});
