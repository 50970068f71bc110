import type { EditedNode } from "../core/plan.ts";
import { goalLine } from "./braces.ts";
import type { PlanNode } from "./plan.ts";

/** How the nodes of a plan are named where they are taken. */
interface Naming {
  /** what the uppermost stand below */
  top: string;
  /** index: how many are listed before it */
  keyOf(node: PlanNode, index: number): string;
  /** the name of the node that the plan calls so */
  named(label: string): string;
  /** undefined: it stays as it is known there */
  promptOf(node: PlanNode, key: string): string | null | undefined;
}

/**
 * The nodes of a plan as a flat list, each behind its parent, as operations take them: of what comes one after the other, each
 * needs the one before it.
 */
export function listed(nodes: readonly PlanNode[], naming: Naming): EditedNode[] {
  const all: EditedNode[] = [];
  const add = (siblings: readonly PlanNode[], parent: string) => {
    let before: string | null = null;
    for (const node of siblings) {
      const key = naming.keyOf(node, all.length);
      const after = node.after && before !== null ? [before] : [];
      all.push(listedNode(node, { key, parent, after }, naming));
      add(node.children, key);
      before = key;
    }
  };
  add(nodes, naming.top);
  return all;
}

/** All below a node of a skill. `top` is the name of the node itself. */
export function listedBelow(node: PlanNode, top: string, isRehearsed: boolean): EditedNode[] {
  const all = listed(node.children, {
    top,
    keyOf: ({ label }, index) => label ?? `.${index + 1}`,
    named: (label) => label,
    promptOf: (one) => promptOf(one, isRehearsed),
  });
  return isRehearsed ? all.map((one) => ({ ...one, agent: null })) : all;
}

interface Place {
  key: string;
  parent: string;
  after: readonly string[];
}

function listedNode(node: PlanNode, { key, parent, after }: Place, naming: Naming): EditedNode {
  const { needs = [], for_each, returns = "text", model = null, agent = null } = node.attributes;
  const prompt = naming.promptOf(node, key);
  return {
    node_id: key,
    parent,
    goal: node.goal,
    ...(prompt === undefined ? {} : { prompt }),
    needs: [...new Set([...after, ...needs.map(naming.named)])],
    returns,
    model,
    agent,
    ...(for_each === undefined ? {} : { for_each: naming.named(for_each) }),
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
