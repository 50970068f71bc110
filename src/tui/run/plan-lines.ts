import { meansText, shapeText } from "../../core/node-options.ts";
import type { Estimate, Plan, PlannedNode } from "../../core/plan.ts";
import { commandText, plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { linesBeyondGoal } from "../../plans/goal.ts";
import { painter } from "../terminal/theme.ts";
import { cut, safe, wrap } from "../terminal/width.ts";
import { usd } from "../time.ts";

interface PlanLook {
  width: number;
  color: boolean;
}

/** So many lines of a prompt are shown; the whole stands in what a person edits. */
const promptLines = 3;
const checkLines = 100;

/** What a node has planned, for the person who approves it: goals, needs, models, and what it may cost. Text of agents is made safe. */
export function planLines(plan: Plan, { width, color }: PlanLook): string[] {
  const paint = painter(color);
  const children = Map.groupBy(plan.nodes, ({ parent }) => parent);
  const lines = (parent: string, depth: number): string[] =>
    (children.get(parent) ?? []).flatMap((node) => {
      const start = " ".repeat(Math.min(depth * 2, Math.floor(width / 3)));
      const [goal = "", ...more] = wrap(safe(node.goal), width - start.length - node.node_id.length - 3, 3);
      const under = `${start}${" ".repeat(node.node_id.length + 3)}`;
      const room = Math.max(1, width - under.length);
      const notes = [
        ...wrap(detailsOf(node), room, 4),
        ...promptOf(node, room),
        ...wrap(checkOf(node), room, checkLines),
      ].filter((note) => note !== "");
      return [
        `${start}${paint("ask", "◇")} ${node.node_id} ${goal}`,
        ...more.map((line) => under + line),
        ...notes.map((note) => paint("detail", cut(under + note, width))),
        ...lines(node.node_id, depth + 1),
      ];
    });
  const title = `${plan.node_id} ${safe(plan.goal)}: a plan of ${counted(plan.nodes.length, "node")}`;
  return [
    ...wrap(title, width, 3).map((line) => paint("title", line)),
    "",
    ...lines(plan.node_id, 0),
    "",
    ...wrap(estimateText(plan.estimate), width, 4).map((line) => paint("detail", line)),
  ];
}

/** `opus · needs #2, #3 · each of #2, serial · 10 min a try` */
function detailsOf({ model, agent, needs, returns, options }: PlannedNode): string {
  const { for_each, ...rest } = options;
  return [
    model ?? agent,
    needs.length === 0 ? "" : `needs ${needs.join(", ")}`,
    returns === "text" ? "" : `returns ${returns}`,
    for_each === undefined ? "" : `each of ${for_each}`,
    shapeText(rest),
    safe(meansText(rest)),
  ]
    .filter((detail) => detail !== "")
    .join(" · ");
}

/** It runs in a shell: it is shown whole to who approves it. */
function checkOf({ options: { check } }: PlannedNode): string {
  return check === undefined ? "" : safe(`check: ${commandText(check)}`);
}

/** What its prompt says beside its goal. */
function promptOf({ prompt, goal }: PlannedNode, width: number): string[] {
  const lines = linesBeyondGoal(goal, prompt).flatMap((line) => wrap(safe(line), width, promptLines + 1));
  const [last = ""] = lines.slice(promptLines - 1);
  if (lines.length <= promptLines) return lines;
  return [...lines.slice(0, promptLines - 1), `${cut(last, width - 2)} …`];
}

/** What a plan may cost, or that it is not known. */
export function estimateText(estimate: Estimate | null): string {
  if (estimate === null) return "It costs nothing: no model is called.";
  const { usd: amount, unknown, from } = estimate;
  const nodes = "What its nodes create themselves is not in it.";
  if (from === 0) return "What it may cost is not known: no node of these models has been worked on yet.";
  const by = `by what ${counted(from, "node")} of these models cost before`;
  const known = plain(`Estimate: ~${usd(amount)}, ${by}`);
  return unknown === 0 ? `${known}. ${nodes}` : `${known}; for ${unknown} more it is not known. ${nodes}`;
}
