import { modelNamed, refuseAgent } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import type { EditedNode } from "../../core/plan.ts";
import type { RunOptions } from "../../core/run.ts";
import { beginningOf, oneLine } from "../../core/text.ts";
import type { PlannedNode } from "../../store/lifecycle/create-tree.ts";

interface Planning {
  options: RunOptions;
  /** the name of the node that the uppermost stand below */
  top: string;
  /** the JSON Schema of one that is there already */
  schemaOf?: (key: string, returns: EditedNode["returns"]) => string | null;
  /** the prompt of one that is there already */
  promptOf?: (key: string) => string | null;
}

/**
 * A list of nodes as the tree that it is. Throws with `node`, the name of the one at fault, in its data: for a name that stands
 * twice, for a parent that does not stand before it, and for a model or agent that there is not.
 */
export function plannedTree(
  nodes: readonly EditedNode[],
  { options, top: topName, schemaOf = () => null, promptOf = () => null }: Planning,
): PlannedNode[] {
  const top: PlannedNode[] = [];
  const children = new Map([[topName, top]]);
  for (const { node_id: key, parent, goal, prompt, model, agent, returns, ...rest } of nodes) {
    const siblings = children.get(parent);
    if (siblings === undefined)
      throw faultOf(key, `${parent} is no node before it, and cannot be its parent.`);
    if (children.has(key)) throw faultOf(key, `${key} stands twice.`);
    const own: PlannedNode[] = [];
    children.set(key, own);
    try {
      if (agent !== null) refuseAgent(agent, options.agent);
      siblings.push({
        ...rest,
        key,
        name: nameFor(goal),
        prompt: (prompt === undefined ? promptOf(key) : prompt) ?? wholeGoal(goal),
        returns,
        schema: schemaOf(key, returns),
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

function faultOf(node: string, text: string): CordError {
  return new CordError("invalid", text, { data: { node } });
}

/** A goal as one line, of the length that names have. */
export function nameFor(text: string): string {
  return beginningOf(oneLine(text), limits.nameLength);
}

/** A goal too long for one line is kept whole in the prompt. */
export function wholeGoal(goal: string): string | null {
  return goal.length > limits.nameLength ? goal : null;
}
