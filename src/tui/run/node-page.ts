import type { WholeNode } from "../../core/node.ts";
import { shapeText } from "../../core/node-options.ts";
import { isLost, nodeName, nodeNames } from "../../core/words.ts";
import { plainLines } from "../../core/text.ts";
import { painter, type Paint, type Tone } from "../terminal/theme.ts";
import { cost, duration, ordinal } from "../time.ts";
import { cut, safe, widthOf, wrap } from "../terminal/width.ts";
import { isOpenAsk, type NodeView } from "./node-view.ts";
import { icons } from "./node-lines.ts";
import { checkLines } from "./transcript-lines.ts";

/** One line of a node's page: of its log, or of what cord knows of it. */
interface PageLine {
  text: string;
  tone: Tone | null;
}

/** How much of a log is kept for a page, and of one text shown: of more than that the whole is elsewhere, and that is said. */
const kept = { logLines: 2000, textLength: 20_000, textLines: 500 };

/**
 * The page of one node: what it is about, what it has come to, and what its agent says and does. What is long is broken
 * into lines once for a width, however often the page is drawn.
 */
export class NodePage {
  readonly number: number;
  #texts: readonly { title: string; text: string }[] = [];
  readonly #log: PageLine[] = [];
  /** What is said instead of a log. */
  #noLog: string | null = null;
  #isCut = false;
  #broken: { width: number; texts: PageLine[]; log: PageLine[][] } = { width: -1, texts: [], log: [] };

  constructor(number: number) {
    this.number = number;
  }

  /** What the daemon knows of it. */
  know(node: WholeNode): void {
    const said = node.attempts.flatMap((attempt) => (isNothing(attempt.said) ? [] : [attempt.said]));
    const parts: [string, unknown][] = [
      ["item", node.item?.text],
      [node.question === undefined ? "prompt" : "question", node.question ?? node.prompt],
      ["means", node.means],
      ...said.map((text): [string, unknown] => ["said when it handed out work", text]),
      ["check", lastCheck(node)],
      [node.question === undefined ? "result" : "answer", node.result],
    ];
    this.#texts = parts.flatMap(([title, value]) =>
      isNothing(value) ? [] : [{ title, text: textOf(value) }],
    );
    this.#broken.width = -1;
  }

  /** The next line of its log. */
  hear(line: PageLine): void {
    this.#log.push(line);
    const { width, log } = this.#broken;
    if (width >= 0) log.push(brokenLog(line, width));
    if (this.#log.length <= kept.logLines) return;
    this.#isCut = true;
    this.#log.shift();
    log.shift();
  }

  /** There is no log, and why. */
  lacksLog(why: string): void {
    this.#noLog = why;
  }

  /** Earlier output than is kept here is in the file. */
  lacksBeginning(): void {
    this.#isCut = true;
  }

  lines(node: NodeView, { width, now, paint }: { width: number; now: number; paint: Paint }): string[] {
    if (width !== this.#broken.width) {
      const texts = this.#texts.flatMap((part) => brokenText(part, width));
      this.#broken = { width, texts, log: this.#log.map((line) => brokenLog(line, width)) };
    }
    const logged = [...this.#logHead(node), ...this.#broken.log.flat()];
    const all = [...factLines(node, now, width), ...this.#broken.texts, ...logged];
    return all.map(({ text, tone }) => (tone === null ? cut(text, width) : paint(tone, cut(text, width))));
  }

  /** A question has no agent, and so no log. */
  #logHead({ number, type }: NodeView): PageLine[] {
    if (type === "ASK" || (this.#log.length === 0 && this.#noLog === null)) return [];
    const head: PageLine[] = [
      { text: "", tone: null },
      { text: "log:", tone: "detail" },
    ];
    if (this.#isCut) head.push({ text: `… what came before: cord logs ${number}`, tone: "detail" });
    if (this.#log.length === 0 && this.#noLog !== null)
      head.push({ text: safe(this.#noLog), tone: "detail" });
    return head;
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** How the newest check of its result went, and the end of its output where it did not pass. */
function lastCheck({ attempts }: WholeNode): string | null {
  const run = attempts.flatMap(({ checks }) => checks).at(-1);
  return run === undefined ? null : checkLines(run, painter(false)).join("\n");
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const shown = text.length > kept.textLength ? `${text.slice(0, kept.textLength)}…` : text;
  return plainLines(shown.trimEnd());
}

function brokenText({ title, text }: { title: string; text: string }, width: number): PageLine[] {
  const lines = wrap(text, Math.max(1, width - 2), kept.textLines);
  return [
    { text: "", tone: null },
    { text: `${title}:`, tone: "detail" },
    ...lines.map((line) => ({ text: `  ${line}`, tone: null })),
  ];
}

function brokenLog({ text, tone }: PageLine, width: number): PageLine[] {
  return wrap(plainLines(text), Math.max(1, width), kept.textLines).map((line) => ({ text: line, tone }));
}

/** What a title has before its goal, about: where the goal may be cut there, it stands whole below. */
const titleMark = 12;

/** What its row knows, in words, and what follows from it. */
function factLines(node: NodeView, now: number, width: number): PageLine[] {
  const isLong = widthOf(safe(node.goal)) > width - titleMark;
  const facts: [string, string, Tone | null][] = [
    ["goal", isLong ? node.goal : "", null],
    ["state", stateText(node, now), node.status],
    ["needs", nodeNames(node.needs), null],
    ["children", node.shape === null ? "" : shapeText(node.shape), null],
    ["held up", node.notice ?? "", "notice"],
    ["now", node.status === "active" && node.notice === null ? (node.activity ?? "") : "", null],
    [isLost(node.status) ? "reason" : "before", node.reason ?? "", "reason"],
    ["options", optionsOf(node), null],
    ["default", isOpenAsk(node) ? (node.question?.default ?? "") : "", null],
  ];
  return facts.flatMap(([name, value, tone]) => {
    if (value === "") return [];
    const label = `${name}: `;
    const inner = Math.max(1, width - widthOf(label));
    return wrap(safe(value), inner, 6).map((line, at) => ({
      text: (at === 0 ? label : " ".repeat(widthOf(label))) + line,
      tone,
    }));
  });
}

/** How it stands, which phase and try it is in, how long it has worked and what that cost. */
function stateText(node: NodeView, now: number): string {
  const ran = node.running_since === null ? 0 : Math.max(0, now - Date.parse(node.running_since));
  const workedMs = node.worked_ms + ran;
  return [
    node.status,
    ...(node.phase === "synthesis" ? ["synthesis"] : []),
    ...(node.tries > 1 ? [`${ordinal(node.tries)} try`] : []),
    ...(workedMs > 0 ? [duration(workedMs)] : []),
    ...(node.usd > 0 ? [cost(node)] : []),
  ].join("  ");
}

function optionsOf(node: NodeView): string {
  return isOpenAsk(node) ? (node.question?.options.join(" | ") ?? "") : "";
}

/** `● #4 TASK Deep competitive analysis`, in two lines at most. */
export function nodeTitle(node: NodeView, width: number, paint: Paint): string[] {
  const mark = isOpenAsk(node) ? "?" : icons[node.status];
  const text = `${mark} ${nodeName(node.number)} ${node.type} ${safe(node.goal)}`;
  return wrap(text, width, 2).map((line) => paint("title", line));
}
