import { oneLine, shortened } from "../core/text.ts";
import { lexer, type Token, type Tokens } from "marked";

/** One part of a plan: a child's goal, its own part of the plan, and the earlier parts it comes after. */
interface Step {
  goal: string;
  prompt: string;
  /** indexes of steps before it */
  needs: number[];
}

/**
 * Breaks a plan down by one level; what is nested goes into the steps' prompts, to be broken down there.
 *
 * - Several headings of one level whose sections hold lists: a step for each such section. They stand side by side,
 *   unless the headings are numbered ("2. Build", "Phase 2: Build"): then one comes after the other.
 * - Else the lists: a step for each item. Numbered, each item comes after the one before; bulleted, side by side.
 * - No list: no steps. Prose, tables and code are context, not steps.
 */
export function breakDown(plan: string): Step[] {
  const tokens = lexer(plan);
  const sections = sectionsOf(tokens).filter(({ body }) => body.some(isList));
  const [only] = sections;
  if (sections.length === 0) return listSteps(tokens);
  if (sections.length === 1 && only) return listSteps(only.body);
  const follow = sections.every(({ heading }) => numbered.test(heading));
  return sections.map(({ heading, body }, index) => ({
    goal: goalOf(heading),
    prompt: `${heading}\n\n${rawOf(body)}`.trim(),
    needs: follow && index > 0 ? [index - 1] : [],
  }));
}

const numbered = /^(?:(?:step|phase|stage|part|milestone|sprint|week|day)\s+)?\d+\b/i;

const maxGoalLength = 200;

interface Section {
  heading: string;
  body: Token[];
}

/** The sections of the highest level that has several headings; what stands before the first belongs to none. */
function sectionsOf(tokens: readonly Token[]): Section[] {
  const level = [1, 2, 3, 4, 5, 6].find(
    (depth) => tokens.filter((token) => isHeading(token) && token.depth === depth).length > 1,
  );
  const sections: Section[] = [];
  let open = false;
  for (const token of tokens) {
    if (isHeading(token) && level !== undefined && token.depth <= level) {
      open = token.depth === level;
      if (open) sections.push({ heading: token.text, body: [] });
    } else if (open) sections.at(-1)?.body.push(token);
  }
  return sections;
}

function listSteps(tokens: readonly Token[]): Step[] {
  const steps: Step[] = [];
  for (const list of tokens.filter(isList))
    for (const [index, item] of list.items.entries()) {
      const needs = list.ordered && index > 0 ? [steps.length - 1] : [];
      steps.push({ ...itemStep(item), needs });
    }
  return steps;
}

/** An item's first paragraph is its goal; lists under it are its own plan. */
function itemStep(item: Tokens.ListItem): Omit<Step, "needs"> {
  const text = item.tokens.filter((token) => !isList(token) && token.type !== "checkbox");
  const nested = item.tokens.filter(isList);
  const said = rawOf(text).trim();
  return {
    goal: goalOf(said.split(/\n\s*\n/)[0] ?? ""),
    prompt: [said, ...nested.map((list) => list.raw.trim())].join("\n\n").trim(),
  };
}

/** One line without emphasis marks, and without the checkbox of a task list. */
function goalOf(markdown: string): string {
  const bare = markdown
    .replace(/^\[[ xX]\]\s+/, "")
    .replace(/\*\*|__|`/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const line = oneLine(bare);
  if (line === "") return "(a step without words)";
  return shortened(line, maxGoalLength);
}

function rawOf(tokens: readonly Token[]): string {
  return tokens.map((token) => token.raw).join("");
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

function isList(token: Token): token is Tokens.List {
  return token.type === "list";
}
