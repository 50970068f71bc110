import type { AttemptRecord } from "../core/run-record.ts";
import { compact, cost, duration, unknown, type Cost } from "../tui/time.ts";
import { type Html, html, line } from "./html.ts";
import type { ReportNode } from "./report.ts";

/** Those that are known, on one line. */
export function known(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "" && text !== unknown).join(" · ");
}

/** As tui/time.ts has it, and finer where that would say next to nothing: `0.4s`. */
export function span(ms: number): string {
  return ms > 0 && ms < 9950 ? `${(ms / 1000).toFixed(1)}s` : duration(ms);
}

/** What stands beside a node or an attempt. */
export interface Figures {
  model: string;
  cost: string;
  tokens: string;
  time: string;
}

/** A node's, of all its attempts. A question has none of it but the time that it waited. */
export function nodeFigures(node: ReportNode, now: number): Figures {
  const { attempts, input_tokens, output_tokens } = node;
  const last = attempts.at(-1);
  const runs = node.running_since === null ? 0 : Math.max(0, now - Date.parse(node.running_since));
  const isWorked = last !== undefined;
  const isCounted = isWorked && input_tokens + output_tokens > 0;
  return {
    model: modelName(last?.model ?? node.model),
    cost: costText(node),
    tokens: isCounted ? tokens(node) : unknown,
    time: isWorked ? span(node.worked_ms + runs) : unknown,
  };
}

export function attemptFigures(attempt: AttemptRecord, now: number): Figures {
  const { input_tokens, output_tokens, model, started_at, ended_at } = attempt;
  const isCounted = input_tokens + output_tokens > 0;
  return {
    model: modelName(model),
    cost: costText({ ...attempt, uncounted: Number(!attempt.counted) }),
    tokens: isCounted ? tokens(attempt) : unknown,
    time: span((ended_at === null ? now : Date.parse(ended_at)) - Date.parse(started_at)),
  };
}

/** A cost that nobody has told is not known, which is not nothing. */
export function costText(spent: Cost): string {
  return spent.usd > 0 ? cost(spent) : unknown;
}

/** `12.3k in, 400 out`. */
export function tokens(of: { input_tokens: number; output_tokens: number }): string {
  return `${compact(of.input_tokens)} in, ${compact(of.output_tokens)} out`;
}

function modelName(model: string | null): string {
  return model === null || model === "" ? unknown : model;
}

/** A time for people, in their own place's form once the page's script has run. */
export function moment(at: string): Html {
  return html`<time datetime="${at}">${at.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>`;
}

/** `#4`, as a link to where it is told of. */
export function nodeLink(number: number): Html {
  return html`<a class="number" href="#n${number}">#${number}</a>`;
}

/** `#4 its goal`. */
export function namedNode({ number, goal }: Pick<ReportNode, "number" | "goal">): Html {
  return html`${nodeLink(number)} ${line(goal)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
