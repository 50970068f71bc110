import { z } from "zod";
import { modelNamed, refuseAgent } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import { limits, planBounds } from "../../core/limits.ts";
import { EditedNode } from "../../core/plan.ts";
import { NodeId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { nodeName } from "../../core/words.ts";
import type { PlannedNode } from "../../store/lifecycle/create-tree.ts";
import { editTree } from "../../store/lifecycle/edit-tree.ts";
import { plannersMeant } from "../../store/lifecycle/proposals.ts";
import { returnsOf, type NodeRow } from "../../store/tables/node-row.ts";
import { proposedBelow } from "../../store/tables/proposals.ts";
import { optionsOf, type RunRow } from "../../store/tables/runs.ts";
import { nameFor } from "../nodes/create.ts";
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
      await editTree(tx, run, planner, plannedIn(nodes, { run, planner, before }), editing);
      return { run_id: run.id, planned: (await proposedBelow(tx, planner)).length };
    }),
});

interface Edited {
  run: RunRow;
  planner: NodeRow;
  before: readonly NodeRow[];
}

/** The list as a tree. Throws for a key that stands twice, and for a node whose parent does not stand before it. */
function plannedIn(nodes: readonly EditedNode[], { run, planner, before }: Edited): PlannedNode[] {
  const options = optionsOf(run);
  const rows = new Map(before.map((row) => [nodeName(row.number), row]));
  const top: PlannedNode[] = [];
  const children = new Map([[nodeName(planner.number), top]]);
  for (const { node_id: key, parent, goal, prompt, model, agent, returns, ...rest } of nodes) {
    const siblings = children.get(parent);
    if (siblings === undefined)
      throw faultOf(key, `${parent} is no node before it, and cannot be its parent.`);
    if (children.has(key)) throw faultOf(key, `${key} stands twice.`);
    const row = rows.get(key);
    const own: PlannedNode[] = [];
    children.set(key, own);
    try {
      if (agent !== null) refuseAgent(agent, options.agent);
      siblings.push({
        ...rest,
        key,
        name: nameFor(goal),
        prompt: promptOf(prompt === undefined ? row?.prompt : prompt, goal),
        returns,
        schema: row !== undefined && returnsOf(row) === returns ? row.schema : null,
        model: model === null ? null : modelNamed(model, options.model),
        agent,
        children: own,
      });
    } catch (error) {
      throw error instanceof CordError ? faultOf(key, error.message) : error;
    }
  }
  return top;
}

/** A goal too long for one line is kept whole in the prompt. */
function promptOf(prompt: string | null | undefined, goal: string): string | null {
  return prompt ?? (goal.length > limits.nameLength ? goal : null);
}

function faultOf(node: string, text: string): CordError {
  return new CordError("invalid", text, { data: { node } });
}
