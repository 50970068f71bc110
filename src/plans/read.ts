import { Lexer, Tokenizer, type Token, type Tokens } from "marked";
import { CordError } from "../core/error.ts";
import { limits, nodeBounds, planBounds } from "../core/limits.ts";
import { oneLine, plain } from "../core/text.ts";
import { readGoalLine } from "./braces.ts";
import { orderFaults } from "./order.ts";
import type { Fault, Plan, PlanNode } from "./plan.ts";

interface ReadPlan {
  plan: Plan;
  /** in the order of their lines, no more than planBounds.faults */
  faults: Fault[];
}

interface How {
  /** the line of the file on which the text begins, from 1 */
  firstLine?: number;
  /** labels that may be needed beside those of the plan: nodes that are there already */
  known?: ReadonlySet<string>;
}

/**
 * Reads a plan. The text may be hostile: the time depends on its length alone. With faults, the plan is what could be read
 * of it.
 */
export function readPlan(text: string, { firstLine = 1, known = new Set() }: How = {}): ReadPlan {
  const reader = new Reader();
  const plan = reader.read(text.replace(/\r\n?/g, "\n"), firstLine);
  const faults = reader.faults.length > 0 ? reader.faults : orderFaults(plan.nodes, known);
  return {
    plan,
    faults: faults.toSorted((a, b) => a.line - b.line).slice(0, planBounds.faults),
  };
}

/** What is wrong with a file that somebody wrote: a line for each fault, which `faults` in its data has one by one. */
export function refusalOf(file: string, faults: readonly Fault[]): CordError {
  const lines = faults.map(({ line, text }) => `${plain(file)}:${line}: ${text}`);
  return new CordError("invalid", lines.join("\n"), { data: { faults: lines } });
}

/** Lists are read once more for each level. */
const tooDeep = new RegExp(
  String.raw`^(?:[ \t]{${planBounds.indent},}(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){${planBounds.nesting}})`,
  "m",
);
/** In a long run of blanks Markdown is looked for from each of them on. What is quoted is not read as Markdown. */
const blanks = new RegExp(String.raw`^(?! *>)[^\n]*?[^\S\n]{${planBounds.blanks + 1}}`, "m");
/** With the longest goal and the longest attributes there may be. */
const maxGoalLine = limits.goalLength + 2 * nodeBounds.commandLength + limits.pathLength;

/** What blocks are gathered for: a node, or the plan itself. */
type Gathered = Pick<PlanNode, "prompt" | "children">;

class Reader {
  readonly faults: Fault[] = [];
  #nodes = 0;

  read(text: string, firstLine: number): Plan {
    const plan: Gathered = { prompt: null, children: [] };
    const deep = tooDeep.exec(text);
    const blank = blanks.exec(text);
    if (text.length > limits.promptLength)
      this.#fault(firstLine, `The plan is longer than ${limits.promptLength} characters. Shorten it.`);
    else if (linesIn(text) > planBounds.lines)
      this.#fault(firstLine, `The plan has more than ${planBounds.lines} lines. Shorten it.`);
    else if (deep !== null) this.#fault(firstLine + linesIn(text.slice(0, deep.index)), deepFault);
    else if (blank !== null) this.#fault(firstLine + linesIn(text.slice(0, blank.index)), blankFault);
    else this.#blocks(text, firstLine, plan);
    return { intro: plan.prompt, nodes: plan.children };
  }

  #blocks(text: string, firstLine: number, plan: Gathered): void {
    try {
      this.#gather(
        new Lexer({ gfm: false, tokenizer: new BlockTokenizer() }).blockTokens(text, []),
        firstLine,
        plan,
        true,
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#fault(firstLine, deepFault); // the stack has no room
    }
  }

  /** A heading opens a node below the last one of a higher level; within an item, headings are words of its prompt. */
  #gather(tokens: readonly Token[], firstLine: number, into: Gathered, hasHeadings: boolean): void {
    const open: { depth: number; node: Gathered }[] = [];
    let line = firstLine;
    /** blocks of a prompt that stand together, as they are */
    let words = "";
    for (const token of tokens) {
      const isNode = (isHeading(token) && hasHeadings) || isList(token);
      const above = open.at(-1)?.node ?? into;
      if (isNode || isQuote(token) || isComment(token)) {
        say(above, trimmed(words));
        words = "";
      } else words += token.raw;
      if (isHeading(token) && hasHeadings) {
        while ((open.at(-1)?.depth ?? 0) >= token.depth) open.pop();
        const node = this.#node(token.text, line, false);
        (open.at(-1)?.node ?? into).children.push(node);
        open.push({ depth: token.depth, node });
      } else if (isList(token)) this.#items(token, line, above);
      else if (isQuote(token)) say(above, unquoted(token.raw));
      line += linesIn(token.raw);
    }
    say(open.at(-1)?.node ?? into, trimmed(words));
  }

  #items({ items, ordered }: Tokens.List, firstLine: number, into: Gathered): void {
    let line = firstLine;
    for (const [index, { tokens, raw }] of items.entries()) {
      const first = tokens.findIndex(isGoal);
      const goal = tokens.find(isGoal);
      const words = (goal?.text ?? "").replace(checkbox, "");
      const node = this.#node(words, line, ordered === true && index > 0);
      into.children.push(node);
      this.#gather(tokens.slice(first + 1), line + linesIn(goal?.raw ?? ""), node, false);
      line += linesIn(raw);
    }
  }

  #node(words: string, line: number, after: boolean): PlanNode {
    this.#nodes += 1;
    if (this.#nodes === planBounds.nodes + 1)
      this.#fault(line, `The plan has more than ${planBounds.nodes} nodes. Leave some out.`);
    const isTooLong = words.length > maxGoalLine;
    const { problems, ...read } = readGoalLine(isTooLong ? "…" : oneLine(words));
    if (isTooLong || read.goal.length > limits.goalLength)
      this.#fault(
        line,
        `This goal is longer than ${limits.goalLength} characters. Write the rest under it, as its prompt.`,
      );
    for (const problem of problems) this.#fault(line, problem);
    return { ...read, line, prompt: null, after, children: [] };
  }

  #fault(line: number, text: string): void {
    if (this.faults.length < planBounds.faults) this.faults.push({ line, text });
  }
}

/** Tables, and what is quoted, are words of a prompt like any others; in a hostile text they would take quadratic time. */
class BlockTokenizer extends Tokenizer {
  override table(): undefined {}

  override blockquote(text: string): Tokens.Blockquote | undefined {
    const raw = /^(?: {0,3}>[^\n]*(?:\n|$))+/.exec(text)?.[0];
    return raw === undefined ? undefined : { type: "blockquote", raw, text: "", tokens: [] };
  }
}

/** Of a list of tasks; Markdown without tables has none either. */
const checkbox = /^\[[ xX]\]\s+/;

const deepFault = `Lists are nested deeper than ${planBounds.nesting} levels here. Write it flatter.`;

const blankFault = `More than ${planBounds.blanks} blanks stand in a row here. Take some out.`;

function say(node: Gathered, words: string): void {
  if (words !== "") node.prompt = node.prompt === null ? words : `${node.prompt}\n\n${words}`;
}

/** What a quotation says: its lines without the marks, whatever Markdown they hold. */
function unquoted(raw: string): string {
  return raw.replace(/\n+$/, "").replace(/^ {0,3}> ?/gm, "");
}

function trimmed(raw: string): string {
  return raw.replace(/^\n+/, "").trimEnd();
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

function isList(token: Token): token is Tokens.List {
  return token.type === "list";
}

function isQuote(token: Token): boolean {
  return token.type === "blockquote";
}

/** Words for who edits the file, and not for agents. */
function isComment({ type, raw }: Token): boolean {
  return type === "html" && /^\s*<!--/.test(raw);
}

function isGoal(token: Token): token is Tokens.Text | Tokens.Paragraph | Tokens.Heading {
  return token.type === "text" || token.type === "paragraph" || token.type === "heading";
}
