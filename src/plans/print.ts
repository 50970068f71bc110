import { goalLine } from "./braces.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { readPlan } from "./read.ts";

/**
 * A plan as Markdown, which `readPlan` reads as the same plan. Nodes are headings, six levels of them, and then items;
 * nodes that come one after the other are items. What Markdown would read as more than a prompt is quoted.
 */
export function printPlan({ intro, nodes }: Plan): string {
  const blocks = [...(intro === null ? [] : [promptText(intro, true)]), ...nodeBlocks(nodes, 1)];
  return `${blocks.join("\n\n")}\n`;
}

const headingLevels = 6;

function nodeBlocks(nodes: readonly PlanNode[], level: number): string[] {
  if (level > headingLevels || nodes.some(({ after }) => after)) return itemBlocks(nodes);
  return nodes.flatMap((node) => [
    `${"#".repeat(level)} ${lineOf(node)}`,
    ...(node.prompt === null ? [] : [promptText(node.prompt, true)]),
    ...nodeBlocks(node.children, level + 1),
  ]);
}

/** Each list of items, numbered where they come one after the other. Two lists that would be one have other marks. */
function itemBlocks(nodes: readonly PlanNode[]): string[] {
  const blocks: string[] = [];
  let list = 0;
  let number = 0;
  for (const [index, node] of nodes.entries()) {
    const isNumbered = node.after || nodes[index + 1]?.after === true;
    if (!node.after) list += 1;
    number = node.after ? number + 1 : 1;
    const ending = list % 2 === 0 ? ")" : ".";
    blocks.push(item(isNumbered ? `${number}${ending} ` : "- ", node));
  }
  return blocks;
}

function item(mark: string, node: PlanNode): string {
  const blocks = [
    lineOf(node),
    ...(node.prompt === null ? [] : [promptText(node.prompt, false)]),
    ...itemBlocks(node.children),
  ];
  const indent = " ".repeat(mark.length);
  return mark + blocks.join("\n\n").replace(/\n(?=[^\n])/g, `\n${indent}`);
}

function lineOf({ goal, label, attributes }: PlanNode): string {
  return goalLine(goal, label, attributes);
}

/** Plain paragraphs as they are, under a heading; all else as a quotation. */
function promptText(prompt: string, isUnderHeading: boolean): string {
  if (isUnderHeading && isPlain(prompt)) return prompt;
  return prompt
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** Whether a text between two headings is read as just that text. */
function isPlain(prompt: string): boolean {
  const { plan, faults } = readPlan(`# One\n\n${prompt}\n\n# Two\n`);
  const [one, two, ...others] = plan.nodes;
  return (
    faults.length === 0 &&
    others.length === 0 &&
    one?.prompt === prompt &&
    one.children.length === 0 &&
    two?.prompt === null
  );
}
