import type { EditedNode } from "../core/plan.ts";
import { goalLine } from "./braces.ts";
import type { PlanNode } from "./plan.ts";

/**
 * All below a node as a flat list, each behind its parent, as operations take them: of what comes one after the other, each
 * needs the one before it. `top` is the name of the node itself.
 */
export function listedBelow(node: PlanNode, top: string, isRehearsed: boolean): EditedNode[] {
  const listed: EditedNode[] = [];
  const add = (children: readonly PlanNode[], parent: string) => {
    let before: string | null = null;
    for (const child of children) {
      const key = child.label ?? `.${listed.length + 1}`;
      const after = child.after && before !== null ? [before] : [];
      listed.push(listedNode(child, { key, parent, after, isRehearsed }));
      add(child.children, key);
      before = key;
    }
  };
  add(node.children, top);
  return listed;
}

interface Place {
  key: string;
  parent: string;
  after: readonly string[];
  isRehearsed: boolean;
}

function listedNode(node: PlanNode, { key, parent, after, isRehearsed }: Place): EditedNode {
  const { needs = [], for_each, returns = "text", model = null, agent = null } = node.attributes;
  return {
    node_id: key,
    parent,
    goal: node.goal,
    prompt: promptOf(node, isRehearsed),
    needs: [...new Set([...after, ...needs])],
    returns,
    model,
    agent: isRehearsed ? null : agent,
    ...(for_each === undefined ? {} : { for_each }),
    options: optionsIn(node),
  };
}

/** What a node says of how it works. */
export function optionsIn({ attributes }: PlanNode): EditedNode["options"] {
  const { needs: _n, for_each: _f, returns: _r, model: _m, agent: _a, rehearse: _h, ...options } = attributes;
  return options;
}

/** What the node's agent is told beside its goal; the rehearsal agent finds its marks in the first line. */
export function promptOf({ goal, prompt, attributes }: PlanNode, isRehearsed: boolean): string | null {
  const { rehearse } = attributes;
  if (!isRehearsed || rehearse === undefined) return prompt;
  const line = goalLine(goal, null, { rehearse });
  return prompt === null ? line : `${line}\n\n${prompt}`;
}
