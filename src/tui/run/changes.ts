import { nodeNames } from "../../core/words.ts";
import { plain } from "../../core/text.ts";
import { isOpenAsk, isProposed } from "./node-view.ts";
import type { NodeView, RunView } from "./node-view.ts";
import { clock, cost, duration, ordinal, isSpent } from "../time.ts";
import { cut } from "../terminal/width.ts";

/**
 * The changes of one node, a line for each that a person wants in a log: its state, its question, what holds it up, a
 * new goal. Not what its agent is doing at the moment.
 */
export function changeLines(previous: NodeView | undefined, next: NodeView): string[] {
  const lines: string[] = [];
  const asks = isOpenAsk(next) && next.question !== null;
  if (asks && previous?.question?.text !== next.question?.text) lines.push(askLine(next));
  if (previous?.status !== next.status || previous.phase !== next.phase) {
    if (!asks && !isReadyForSynthesis(previous, next)) lines.push(stateLine(next, previous));
  } else if (previous.tries !== next.tries && next.tries > 1) {
    lines.push(line(next, "active", `${ordinal(next.tries)} try`));
  } else if (previous.goal !== next.goal) {
    lines.push(line(next, "modified", next.goal));
  }
  if (next.notice !== null && next.notice !== previous?.notice)
    lines.push(line(next, next.status, next.notice));
  return lines;
}

/**
 * The notices that a log already has, by node: each is printed once while the node runs, though `retry 3 in 8s` comes
 * back with other seconds in each round of an outage.
 */
export class Notices {
  readonly #told = new Map<number, Set<string>>();

  /** The node without a notice that was told already. Called once for each change. */
  unlessTold(previous: NodeView | undefined, next: NodeView): NodeView {
    if (previous?.status !== next.status) this.#told.delete(next.number);
    if (next.notice === null || next.notice === previous?.notice) return next;
    const told = this.#told.get(next.number) ?? new Set<string>();
    this.#told.set(next.number, told);
    const kind = next.notice.replace(/, trying again .*$| in \d+s$/, "");
    if (told.has(kind)) return { ...next, notice: null };
    told.add(kind);
    return next;
  }
}

/** What stands before each line of a log: the time of day, how long the run has worked, what it has cost. */
export function stamp(view: Pick<RunView, "now" | "worked_ms" | "usd" | "estimated" | "uncounted">): string {
  return `${clock(view.now)} ${duration(view.worked_ms)} ${cost(view)}  `;
}

/** Enough for a reason that quotes the end of an agent's output. */
const maxWidth = 400;

function line(node: NodeView, word: string, text: string): string {
  return cut(`#${node.number} ${word}  ${plain(text)}`.trimEnd(), maxWidth);
}

/** It is told when its synthesis starts, and not when it could; but when a try at it came to nothing. */
function isReadyForSynthesis(previous: NodeView | undefined, next: NodeView): boolean {
  return next.status === "pending" && next.phase === "synthesis" && !isRetried(previous, next);
}

function isRetried(previous: NodeView | undefined, next: NodeView): boolean {
  return next.status === "pending" && previous?.status === "active" && Boolean(next.reason);
}

function stateLine(node: NodeView, previous: NodeView | undefined): string {
  switch (node.status) {
    case "active":
      return line(node, "active", (node.phase === "synthesis" ? "synthesis: " : "") + node.goal);
    case "complete":
      return line(node, "complete", spent(node));
    case "failed":
    case "cancelled":
      return line(node, node.status, node.reason ?? "");
    case "pending":
      // who interrupts a run gives its nodes back: nothing is tried again now
      if (isRetried(previous, node))
        return line(node, "pending", node.reason === "interrupted" ? node.reason : `again: ${node.reason}`);
      return line(node, isProposed(node) ? "proposed" : "pending", node.goal + needsOf(node));
    case "waiting":
      return line(node, "waiting", node.goal);
    case "paused":
      return line(node, "paused", `${node.goal}  (cord resume ${node.number})`);
  }
}

function askLine(node: NodeView): string {
  const options = node.question?.options ?? [];
  const fallback = node.question?.default ?? null;
  const hints = [
    ...(options.length > 0 ? [`options: ${options.join(" | ")}`] : []),
    ...(fallback === null ? [] : [`default: ${fallback}`]),
    `cord answer ${node.number} TEXT`,
  ];
  return line(node, "asks", `${node.question?.text ?? node.goal}  (${hints.join("; ")})`);
}

/** How long it worked, what that cost, and notes on its result. */
function spent(node: NodeView): string {
  const spentParts = [
    ...(node.worked_ms > 0 ? [duration(node.worked_ms)] : []),
    ...(isSpent(node) ? [cost(node)] : []),
  ].join(" ");
  const rest = [
    ...(node.tries > 1 ? [`${ordinal(node.tries)} try`] : []),
    ...(node.reason ? [node.reason] : []),
  ];
  return [spentParts, ...rest].filter((part) => part !== "").join("  ");
}

function needsOf({ needs }: NodeView): string {
  return needs.length > 0 ? `  (needs ${nodeNames(needs)})` : "";
}
