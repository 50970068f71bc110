import { meantBy } from "../core/spelling.ts";
import { quoted } from "../core/text.ts";
import { attributes, isLabel } from "./attributes.ts";
import type { Attributes } from "./plan.ts";

/** A goal's line, taken apart. `problems` are sentences. */
interface GoalLine {
  goal: string;
  label: string | null;
  attributes: Attributes;
  problems: string[];
}

/**
 * A goal and what the braces at its end say, as in Pandoc: `Compare prices {#4 needs="#2 #3" model=opus}`. A backslash before a
 * sign takes it as it is. Braces that hold neither a label nor `name=` are text: `{input}`.
 */
export function readGoalLine(text: string): GoalLine {
  const line = text.trim();
  const found: GoalLine = { goal: line, label: null, attributes: {}, problems: [] };
  const begins = [...line.matchAll(groupBegins)].map(({ index }) => index);
  for (const begin of begins) {
    const pairs = pairsIn(line.slice(begin));
    if (pairs === null) continue;
    found.goal = line.slice(0, begin);
    for (const pair of pairs) take(pair, found);
    break;
  }
  const unread = begins.find((begin) => namesAttribute(line.slice(begin)));
  if (found.goal === line && unread !== undefined)
    found.problems.push(
      `The attributes ${quoted(line.slice(unread), shownLength)} cannot be read. Write them as {#label name=value name="more words"} at the end of the goal, or \\{ where the brace is text.`,
    );
  found.goal = unescaped(found.goal.trim());
  if (found.goal === "")
    found.problems.push("This node has no goal. Write what is to be done, in a line, before its attributes.");
  return found;
}

/** A goal's line again: `readGoalLine` reads the same from it, wherever in Markdown it stands. */
export function goalLine(goal: string, label: string | null, own: Attributes): string {
  const pairs = Object.entries(attributes).flatMap(([name, { write }]) => {
    const value = write(own);
    return value === undefined ? [] : [`${name}=${valueText(value)}`];
  });
  const parts = [...(label === null ? [] : [`#${label}`]), ...pairs];
  return `${escaped(goal)}${parts.length === 0 ? "" : ` {${parts.join(" ")}}`}`;
}

const shownLength = 80;
/** A brace that no backslash stands before, with what an attribute begins with. */
const groupBegins = /(?<!\\)\{(?=\s*(?:#[A-Za-z\d]|[A-Za-z_-]+=))/g;
const label = /\s*#([\w-]+)(?=[\s}])/y;
const pair = /\s*([A-Za-z_-]+)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'{}]+)(?=[\s}])/y;
const groupEnds = /\s*\}$/y;

interface Pair {
  name: string;
  value: string;
}

/** The pairs of a text that is one group of braces from its beginning to its end; null: it is none. A label is named #. */
function pairsIn(text: string): Pair[] | null {
  const pairs: Pair[] = [];
  for (let at = 1; ;) {
    const match = matchAt(label, text, at) ?? matchAt(pair, text, at);
    if (match === null) return pairs.length > 0 && matchAt(groupEnds, text, at) !== null ? pairs : null;
    const [whole, name = "", value] = match;
    pairs.push(value === undefined ? { name: "#", value: name } : { name, value: valueOf(value) });
    at += whole.length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Other names for the same, as create() has them. */
const aliases: Readonly<Record<string, string>> = { allowed_tools: "tools" };

function take({ name, value }: Pair, found: GoalLine): void {
  if (name === "#") {
    if (found.label !== null) found.problems.push("This node has two labels. Leave one out.");
    else if (isLabel(value)) found.label = value;
    else found.problems.push(`#${quoted(value, shownLength)} is too long for a label.`);
    return;
  }
  const plainName = name.replaceAll("-", "_").toLowerCase();
  const known = aliases[plainName] ?? plainName;
  const attribute = Object.hasOwn(attributes, known) ? attributes[known] : undefined;
  if (attribute === undefined) {
    const meant = meantBy(known, Object.keys(attributes));
    const hint = meant === undefined ? `There are: ${Object.keys(attributes).join(", ")}` : `Write ${meant}`;
    found.problems.push(`There is no attribute "${name}". ${hint}; or \\{ where the brace is text.`);
    return;
  }
  if (attribute.write(found.attributes) !== undefined) {
    found.problems.push(`${known} stands twice. Leave one out.`);
    return;
  }
  const problem = attribute.read(value, found.attributes);
  if (problem !== null) found.problems.push(`${known} cannot be ${quoted(value, shownLength)}. ${problem}`);
}

/** Whether a brace that was not read was surely meant for attributes. */
function namesAttribute(text: string): boolean {
  const [, name = ""] = /^\{\s*([A-Za-z_-]+)=/.exec(text) ?? [];
  return Object.hasOwn(attributes, name.replaceAll("-", "_")) || /^\{\s*#[\w-]+[\s}]/.test(text);
}

function valueOf(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\([\s\S])/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
}

function valueText(value: string): string {
  if (/^[\w.@/:#,-]+$/.test(value)) return value;
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** Signs that a backslash takes as they are: those of ASCII (CommonMark 2.4). */
const escape = /\\([!-/:-@[-`{-~])/g;

function unescaped(goal: string): string {
  return goal.replace(escape, "$1");
}

/** Also what would be more than words at the beginning or the end of a line of Markdown. */
function escaped(goal: string): string {
  return goal
    .replace(/\\(?=[!-/:-@[-`{-~])/g, "\\\\")
    .replaceAll("{", "\\{")
    .replace(/^[!-/:-@[\]^_`|~]/, "\\$&")
    .replace(/^(\d{1,9})(?=[.)])/, "$1\\")
    .replace(/(?<=\s)#+$/, "\\$&");
}
