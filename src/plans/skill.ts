import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Pair } from "yaml";
import { limits, skillBounds } from "../core/limits.ts";
import { isSkillName } from "../core/skill-name.ts";
import { meantBy } from "../core/spelling.ts";
import { oneLine, plain, quoted } from "../core/text.ts";
import { bareGoal } from "./goal.ts";
import { placeholderFaults } from "./inputs.ts";
import type { Fault, Input, Plan, PlanNode, Skill } from "./plan.ts";
import { readPlan, refusalOf } from "./read.ts";

/**
 * Reads a skill: frontmatter in YAML (name, description, inputs) and a plan. The text may be hostile: the time depends on its
 * length, which is bounded. Throws `invalid`, a line for each fault, `review.md:12: …`.
 */
export function readSkill(file: string, name: string, text: string): Skill {
  if (text.length > skillBounds.length)
    throw refusalOf(file, [
      {
        line: 1,
        text: `A skill has at most ${skillBounds.length} characters. Let it name the files to read.`,
      },
    ]);
  const { matter, body, firstLine } = partsOf(text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  const faults: Fault[] = [];
  const head = readMatter(matter, name, faults);
  const { plan, faults: wrong } = readPlan(body, { firstLine });
  const skill = { ...head, root: rootOf(plan, head.description, faults) };
  faults.push(...wrong, ...(wrong.length > 0 ? [] : placeholderFaults(skill)));
  if (plan.intro === null && plan.nodes.length === 0 && wrong.length === 0)
    faults.push({ line: 1, text: "The skill has no plan. Write what is to be done under the frontmatter." });
  if (faults.length > 0) throw refusalOf(file, faults);
  return skill;
}

function partsOf(text: string): { matter: string; body: string; firstLine: number } {
  const found = /^---[ \t]*\n(?:([^]*?)\n)?---[ \t]*(?:\n|$)/.exec(text);
  if (found === null) return { matter: "", body: text, firstLine: 1 };
  const [whole, matter = ""] = found;
  return { matter, body: text.slice(whole.length), firstLine: whole.split("\n").length };
}

/** The one node of the plan, if it has one; else a node that the description names, above all of them. */
function rootOf({ intro, nodes }: Plan, description: string, faults: Fault[]): PlanNode {
  const [only, ...others] = nodes;
  if (only === undefined || others.length > 0)
    return {
      line: 1,
      label: null,
      goal: description,
      prompt: intro,
      after: false,
      attributes: {},
      children: nodes.map(bare),
    };
  const { needs, for_each: list } = only.attributes;
  if (needs !== undefined || list !== undefined)
    faults.push({ line: only.line, text: "The root of a plan needs nothing. Leave out needs and for_each." });
  const prompt = [intro, only.prompt].filter((part) => part !== null).join("\n\n");
  return { ...bare(only), prompt: prompt === "" ? null : prompt };
}

function bare(node: PlanNode): PlanNode {
  return { ...node, goal: bareGoal(node.goal), children: node.children.map(bare) };
}

type Head = Omit<Skill, "root">;

function readMatter(matter: string, name: string, faults: Fault[]): Head {
  const lines = new LineCounter();
  const document = parseDocument(matter, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  // the first line of the file is that of the hyphens
  const lineOf = (offset = 0) => lines.linePos(offset).line + 1;
  const head: Head = { name, description: "", inputs: [] };
  for (const { message, pos } of document.errors.slice(0, 3))
    faults.push({ line: lineOf(pos[0]), text: `The frontmatter is no YAML: ${plain(message)}.` });
  if (document.errors.length > 0) return head;
  if (!isMap(document.contents)) {
    faults.push({
      line: 1,
      text: 'A skill begins with frontmatter: a line "---", then description: and what it does, then "---".',
    });
    return head;
  }
  for (const pair of document.contents.items) {
    const key = keyOf(pair);
    readKey(key.text, pair, {
      head,
      say: (text, offset = key.offset) => faults.push({ line: lineOf(offset), text }),
    });
  }
  if (head.description === "" && faults.length === 0)
    faults.push({ line: 1, text: "The skill has no description. Say in a line what it does." });
  return head;
}

const keys: readonly string[] = ["name", "description", "inputs"];

interface Reading {
  head: Head;
  /** offset: where in the frontmatter, if not at the key itself */
  say: (text: string, offset?: number) => void;
}

function readKey(key: string, pair: Pair, { head, say }: Reading): void {
  if (key === "name") {
    if (textOf(pair.value) !== head.name)
      say(`The skill's name is that of its file. Write name: ${head.name}, or rename the file.`);
  } else if (key === "description") {
    const text = oneLine(textOf(pair.value) ?? "");
    if (text === "" || text.length > limits.nameLength)
      say(`The description is one line of at most ${limits.nameLength} characters.`);
    else head.description = text;
  } else if (key === "inputs") readInputs(pair.value, { head, say });
  else {
    const meant = meantBy(key, keys);
    say(
      `There is no key ${quoted(key, limits.wordLength)}. ${meant === undefined ? `There are: ${keys.join(", ")}` : `Write ${meant}`}.`,
    );
  }
}

/** A list of names, or a mapping of names to descriptions, or to a description and a default. */
function readInputs(value: unknown, { head, say }: Reading): void {
  const items = isSeq(value) ? value.items : isMap(value) ? value.items : null;
  if (items === null || items.length > skillBounds.inputs) {
    say(
      `inputs is a mapping of at most ${skillBounds.inputs} names to what they are, such as files: what to review.`,
    );
    return;
  }
  for (const item of items) {
    const pair = isPair(item) ? item : null;
    const { text: name, offset } =
      pair === null
        ? { text: textOf(item) ?? "", offset: isScalar(item) ? item.range?.[0] : undefined }
        : keyOf(pair);
    const input: Input = { name, description: null, default: null };
    if (!isSkillName(name) || reserved.has(name) || head.inputs.some((one) => one.name === name))
      say(
        `An input cannot be called ${quoted(name, limits.wordLength)}. Use small letters, each name once, and neither ${[...reserved].join(" nor ")}.`,
        offset,
      );
    else if (pair !== null && !describe(input, pair.value))
      say(`${name} is described by a line of words, or by description: and default:.`, offset);
    else head.inputs.push(input);
  }
}

/** What for_each fills in. */
const reserved: ReadonlySet<string> = new Set(["item", "index"]);

function describe(input: Input, value: unknown): boolean {
  if (!isMap(value)) {
    input.description = described(textOf(value));
    return value === null || isScalar(value);
  }
  for (const pair of value.items) {
    const text = textOf(pair.value);
    const { text: key } = keyOf(pair);
    if (text === null || text.length > limits.goalLength) return false;
    if (key === "description") input.description = described(text);
    else if (key === "default") input.default = text;
    else return false;
  }
  return true;
}

function described(text: string | null): string | null {
  return text === null || text.trim() === "" ? null : oneLine(text).slice(0, limits.nameLength);
}

function isPair(item: unknown): item is Pair {
  return typeof item === "object" && item !== null && "key" in item;
}

function keyOf({ key }: Pair): { text: string; offset: number } {
  return isScalar(key) ? { text: String(key.value), offset: key.range?.[0] ?? 0 } : { text: "", offset: 0 };
}

/** Null for what is no single value. Numbers and words such as yes are text. */
function textOf(value: unknown): string | null {
  if (!isScalar(value) || value.value === null) return null;
  return value.source ?? String(value.value);
}
