import { oneLine, shortened } from "../core/text.ts";
import { goalLine, readGoalLine } from "../plans/braces.ts";
import { bareGoal } from "../plans/goal.ts";
import type { Attributes } from "../plans/plan.ts";
import { lexer, type Token, type Tokens } from "marked";

/** One part of a plan: a child's goal, its own part of the plan, and the earlier parts it comes after. */
export interface Step {
  goal: string;
  prompt: string;
  /** indexes of steps before it */
  needs: number[];
  /** by which steps beside it need it */
  label: string | null;
  /** what the braces at its goal's end say (docs/plans.md) */
  attributes: Attributes;
  /** what of them cannot be read, in sentences */
  problems: string[];
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
  return sections.map(({ heading, body }, index) => {
    const { line, ...step } = goalOf(heading);
    const prompt = `${line}\n\n${rawOf(body).trim()}`.trim();
    return { ...step, prompt, needs: follow && index > 0 ? [index - 1] : [] };
  });
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
  const [first = ""] = said.split(/\n\s*\n/);
  const { line, ...step } = goalOf(first);
  const prompt = [line + said.slice(first.length), ...nested.map((list) => list.raw.trim())];
  return { ...step, prompt: prompt.join("\n\n").trim() };
}

/**
 * One line without emphasis marks, and without the checkbox of a task list. `line` is how the step's own agent reads it:
 * with its marks for the rehearsal, and with no other attributes.
 */
function goalOf(
  markdown: string,
): Pick<Step, "goal" | "label" | "attributes" | "problems"> & { line: string } {
  const words = markdown.replace(/^\[[ xX]\]\s+/, "");
  const { goal, label, attributes, problems } = readGoalLine(oneLine(words));
  const { rehearse } = attributes;
  const hasBraces = label !== null || Object.keys(attributes).length > 0;
  const bare = oneLine(bareGoal(hasBraces ? goal : words));
  const line = hasBraces ? goalLine(bare, null, rehearse === undefined ? {} : { rehearse }) : markdown;
  return {
    goal: bare === "" ? "(a step without words)" : shortened(bare, maxGoalLength),
    label,
    attributes,
    problems: bare === "" ? [] : problems,
    line,
  };
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
