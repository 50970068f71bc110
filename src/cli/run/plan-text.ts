import type { EditedNode, Plan, PlannedNode } from "../../core/plan.ts";
import { oneLine, plain } from "../../core/text.ts";
import type { Attributes, Fault, PlanNode } from "../../plans/plan.ts";
import { beyondGoal } from "../../plans/goal.ts";
import { listed } from "../../plans/listed.ts";
import { printPlan } from "../../plans/print.ts";
import { readPlan } from "../../plans/read.ts";

/** What a person made of a plan: its nodes, with the line of each by its name; or what is wrong with the text. */
type EditedPlan = { nodes: EditedNode[]; lines: ReadonlyMap<string, number> } | { faults: readonly Fault[] };

/** A plan as the Markdown that a person edits. `agent`: the run's, which is not named at each node. */
export function planText(plan: Plan, agent: string): string {
  const children = Map.groupBy(plan.nodes, ({ parent }) => parent);
  const nodesUnder = (parent: string, above: readonly string[], isSerial: boolean): PlanNode[] =>
    (children.get(parent) ?? []).map((node, at, siblings) => {
      const before = isSerial ? siblings[at - 1]?.node_id : undefined;
      const implied = new Set([...above, before, node.options.for_each]);
      const needs = node.needs.filter((need) => !implied.has(need));
      return {
        line: 0,
        label: bare(node.node_id),
        goal: plain(oneLine(node.goal)),
        prompt: promptOf(node),
        after: false,
        attributes: attributesOf(node, needs, agent),
        children: nodesUnder(node.node_id, node.needs, node.options.type === "serial"),
      };
    });
  return `${headOf(plan)}\n\n${printPlan({ intro: null, nodes: nodesUnder(plan.node_id, [], plan.serial) })}`;
}

/** One that only says the goal once more is left out, and is none any more where its node is sent: goals may be changed. */
function promptOf({ goal, prompt }: PlannedNode): string | null {
  return beyondGoal(goal, prompt) === null ? null : linesOf(prompt);
}

function headOf({ node_id }: Plan): string {
  return [
    "<!--",
    `What ${node_id} has planned. Save this file to have it so; nothing is worked on`,
    "before you have approved it.",
    "",
    "A heading, or the item of a list, is a node; what stands under it is its",
    "prompt. Nodes may be changed, moved, taken out and added. In braces:",
    '{#name needs="#2 #3" model=opus check="bun test" returns=list}; a new node needs',
    "a #name only where others need it. Numbered items come one after the other.",
    "All that can be said: docs/plans.md of cord.",
    "-->",
  ].join("\n");
}

function attributesOf(
  { model, agent, returns, options }: PlannedNode,
  needs: string[],
  runAgent: string,
): Attributes {
  const { for_each, ...rest } = options;
  return {
    ...rest,
    ...(needs.length === 0 ? {} : { needs: needs.map(bare) }),
    ...(for_each === undefined ? {} : { for_each: bare(for_each) }),
    ...(model === null ? {} : { model }),
    ...(agent === runAgent ? {} : { agent }),
    ...(returns === "text" ? {} : { returns }),
  };
}

/** Reads what a person made of a plan. `others`: the names of the run's other nodes, which may be needed too. */
export function editedPlan(text: string, plan: Plan, others: readonly string[]): EditedPlan {
  const read = readPlan(text, { known: new Set(others.map(bare)) });
  if (read.faults.length > 0) return { faults: read.faults };
  if (read.plan.nodes.length === 0) return { faults: [{ line: 1, text: noNodes }] };
  const planned = new Map(plan.nodes.map((node) => [node.node_id, node]));
  const keys = keysOf(read.plan.nodes, planned);
  const nodes = listed(read.plan.nodes, {
    top: plan.node_id,
    keyOf: (node) => keys.of.get(node) ?? "",
    named: (label) => keys.byLabel.get(label) ?? `#${label}`,
    promptOf: (node, key) => changedPrompt(node, planned.get(key)),
  });
  return { nodes, lines: new Map([...keys.of].map(([{ line }, key]) => [key, line])) };
}

const noNodes =
  "The plan has no node left. Leave one, or close the file as it was and choose what else is to become of it.";

/** The name of each node for the daemon: its own, where it was in the plan before; no label is one of the others. */
function keysOf(nodes: readonly PlanNode[], planned: ReadonlyMap<string, PlannedNode>) {
  const of = new Map<PlanNode, string>();
  const byLabel = new Map<string, string>();
  const add = (node: PlanNode) => {
    const { label, line, children } = node;
    const key = label === null ? `line ${line}` : planned.has(`#${label}`) ? `#${label}` : label;
    of.set(node, key);
    if (label !== null) byLabel.set(label, key);
    for (const child of children) add(child);
  };
  for (const node of nodes) add(node);
  return { of, byLabel };
}

/** A prompt may be long, and is sent only where it was changed. */
function changedPrompt({ prompt }: PlanNode, was: PlannedNode | undefined): string | null | undefined {
  return was !== undefined && linesOf(was.prompt) === prompt ? undefined : prompt;
}

/** With line ends as a file has them. */
function linesOf(prompt: string | null): string | null {
  return prompt?.replace(/\r\n?/g, "\n") ?? null;
}

function bare(name: string): string {
  return name.replace(/^#/, "");
}
