import { Lexer } from "marked";
import { oneLine, shortened } from "../../core/text.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { readGoalLine } from "../../plans/braces.ts";
import { tooLarge } from "./goal-source.ts";

/** What a run is about: a name of one line, and all that its root is told. */
export interface Goal {
  goal: string;
  prompt: string | null;
}

/** Words are the goal, and the prompt too where a name has no room for them. */
export function goalOfWords(text: string): Goal {
  const isLong = text.length > limits.nameLength || text.includes("\n");
  return {
    goal: shortened(oneLine(text), limits.nameLength),
    prompt: isLong ? sendable(text, "The goal") : null,
  };
}

/**
 * A plan's goal is its first heading, else the title in its frontmatter, else its first line; its prompt is all of it, with what
 * the person adds to it. `what` names the plan in a refusal.
 */
export async function goalOfPlan(text: string, what: string, remark: string): Promise<Goal> {
  const { title, body } = await withoutFrontmatter(text);
  const name = headingOf(body) ?? title ?? firstLine(body);
  if (name === "") throw new CordError("usage", `${what} is empty. Write what is to be done into it.`);
  const goal = shortened(withoutBraces(oneLine(name)), limits.nameLength);
  if (remark === "") return { goal, prompt: text.trim() === goal ? null : sendable(text, what) };
  const added = `${text.trimEnd()}\n\nWho started this adds: ${remark}\n`;
  return { goal, prompt: sendable(added, what) };
}

/** The bytes of a plan as text with "\n" at the ends of its lines, without a byte order mark. */
export function textOf(bytes: Buffer, what: string): string {
  if (bytes.includes(0))
    throw new CordError("usage", `${what} is not a text file. Name a file with the plan in words, in UTF-8.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
  } catch {
    throw new CordError("usage", `${what} is not in UTF-8. Save it as UTF-8, so that no letter is lost.`);
  }
}

/**
 * The daemon limits the characters of a text and the bytes of a request. JSON writes a quote or a line break as two
 * characters.
 */
function sendable(text: string, what: string): string {
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (text.length > limits.promptLength || bytes > limits.bodyBytes - roomBesideBytes) throw tooLarge(what);
  return text;
}

/** For all else that a request to start a run says. */
const roomBesideBytes = 16_384;

/** YAML between two lines of three hyphens, where a note begins with them. A rule between two paragraphs is no frontmatter. */
async function withoutFrontmatter(text: string): Promise<{ title: string | undefined; body: string }> {
  const found = /^\s*---[ \t]*\n([^]*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text);
  const matter = found === null ? null : await mappingIn(found[1] ?? "");
  if (found === null || matter === null) return { title: undefined, body: text };
  const title = "title" in matter && typeof matter.title === "string" ? matter.title.trim() : "";
  return { title: title === "" ? undefined : title, body: text.slice(found[0].length) };
}

/** Few plans have any, so what reads it is loaded for those alone. */
async function mappingIn(yaml: string): Promise<object | null> {
  const { parse } = await import("yaml");
  try {
    const value: unknown = parse(yaml);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** The first heading, as Markdown knows one: a # in a code block is none. */
function headingOf(body: string): string | undefined {
  for (const token of new Lexer().blockTokens(body.slice(0, searchedLength), []))
    if (token.type === "heading" && "text" in token && String(token.text).trim() !== "")
      return String(token.text);
  return undefined;
}

/** A goal without the braces that a plan may have at its end, whatever they say. */
function withoutBraces(name: string): string {
  const { goal, label, attributes, problems } = readGoalLine(name);
  const hasBraces = label !== null || Object.keys(attributes).length > 0;
  return hasBraces && problems.length === 0 ? goal : name;
}

/** The first line with words in it: a rule is none. */
function firstLine(body: string): string {
  const lines = body.trim().split("\n");
  return lines.find((line) => /[\p{L}\p{N}]/u.test(line)) ?? lines[0] ?? "";
}

/** A title stands near the beginning. */
const searchedLength = 65_536;
