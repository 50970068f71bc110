import { shapeText } from "../../core/node-options.ts";
import { isLost, nodeNames, type TreeStatus } from "../../core/words.ts";
import type { Note, Shape } from "./fold.ts";
import { isOpenAsk, isProposed } from "./node-view.ts";
import type { NodeView, RunView } from "./node-view.ts";
import { Reasons } from "./reasons.ts";
import type { Paint, Tone } from "../terminal/theme.ts";
import { cost, duration, ordinal, isSpent } from "../time.ts";
import { cut, safe, widthOf, wrap } from "../terminal/width.ts";

export const icons: Record<TreeStatus, string> = {
  pending: "○",
  active: "●",
  waiting: "●",
  paused: "‖",
  complete: "✓",
  failed: "✗",
  cancelled: "⊘",
};

/** Of a pending node that waits for a person who approves plans. */
const proposedIcon = "◇";

/** Under this width the words of the states and the costs give way, so that the goals can be read. */
const narrowWidth = 60;

/**
 * What a node does changes often: it stands beside its goal where this much room is left, else below it. What holds
 * it up stands beside the goal only if all of it fits.
 */
const minBesideWidth = 20;

/** Times stand in a column after the goals, except for goals longer than this and than half the line. */
const maxColumn = 56;

/** The width of usual times, so that costs stand under each other. */
const timeWidth = 6;

/**
 * Draws the nodes of a run: the goal, in the room that time and cost leave; time and cost in a column where the goals
 * allow it; and what is being done. Nothing is cut while its line has room.
 */
export class NodeDrawing {
  readonly #width: number;
  readonly #paint: Paint;
  readonly #narrow: boolean;
  readonly #now: number;
  readonly #reasons: Reasons;
  readonly #paused: ReadonlySet<number>;
  /** Where times begin, unless a goal is longer. */
  readonly column: number;

  constructor(view: RunView, { width, paint }: { width: number; paint: Paint }) {
    this.#width = width;
    this.#paint = paint;
    this.#narrow = width < narrowWidth;
    this.#now = view.now;
    this.#reasons = new Reasons(view.nodes);
    this.#paused = new Set(
      view.nodes.filter(({ status }) => status === "paused").map(({ number }) => number),
    );
    this.column = this.#longest(view.nodes, Math.max(maxColumn, Math.floor(width / 2))) + 2;
  }

  /** A node is not indented further than a third of the line. */
  indentOf(depth: number): number {
    return Math.min(depth * 2, Math.floor(this.#width / 3));
  }

  lines(node: NodeView, { depth, notes, maxLines }: Shape): string[] {
    const indent = this.indentOf(depth);
    const { lines, doing } = this.#head(node, indent, isWanted(node) ? maxLines : 1);
    for (const note of notes) {
      if (note === "now" && (doing === "" || maxLines === 1)) continue;
      const text = note === "now" ? doing : this.#noteText(note, node);
      lines.push(...this.#note(text, toneOf(note, node), indent, isWanted(node) ? maxLines : 1));
    }
    return lines;
  }

  /** The node's own lines, and what it does, if there is no room for that in them. */
  #head(node: NodeView, indent: number, maxLines: number): { lines: string[]; doing: string } {
    const mark = this.#markOf(node);
    const start = indent + widthOf(mark);
    const spent = this.#spentOf(node);
    const room = this.#width - start - (spent === "" ? 0 : widthOf(spent) + 2);
    const marked = " ".repeat(indent) + this.#paint(isOpenAsk(node) ? "ask" : node.status, mark);
    if (room < 1) return { lines: [cut(" ".repeat(indent) + mark.trimEnd(), this.#width)], doing: "" };
    const [goal = "", ...more] = wrap(goalText(node), room, maxLines);
    const isPausedAbove = node.parent !== null && this.#paused.has(node.parent);
    const doing = doingOf(node, { now: this.#now, isPausedAbove });
    const left = more.length > 0 ? 0 : room - widthOf(goal) - 2;
    const minRoom = node.notice === null ? Math.min(minBesideWidth, widthOf(doing)) : widthOf(doing);
    const isBeside = maxLines === 1 || left >= minRoom;
    const shown = isBeside && left > 0 ? cut(doing, left) : "";
    const parts = [
      this.#paint("detail", spent),
      this.#paint(node.notice === null ? "detail" : "notice", shown),
    ].filter((part) => part !== "");
    const needed = widthOf(spent) + widthOf(shown) + (parts.length - 1) * 2;
    const at = Math.min(this.#narrow ? this.#width : this.column, this.#width - needed);
    const gap = parts.length === 0 ? "" : " ".repeat(Math.max(2, at - start - widthOf(goal)));
    return {
      lines: [marked + goal + gap + parts.join("  "), ...more.map((line) => " ".repeat(start) + line)],
      doing: isBeside ? "" : doing,
    };
  }

  #markOf(node: NodeView): string {
    const state = isProposed(node) ? "proposed" : node.status;
    const word = this.#narrow ? "" : `[${state}]`.padEnd(10) + " ";
    return `${isOpenAsk(node) ? "?" : isProposed(node) ? proposedIcon : icons[node.status]} #${node.number} ${word}`;
  }

  /**
   * How far the longest line of at most so many cells reaches before its time and cost. A parent has a lower number than its
   * children, so one pass is enough.
   */
  #longest(nodes: readonly NodeView[], maxCells: number): number {
    const depths = new Map<number, number>();
    let longest = 0;
    for (const node of nodes) {
      const depth = node.parent === null ? 0 : (depths.get(node.parent) ?? -1) + 1;
      depths.set(node.number, depth);
      if (this.#spentOf(node) === "") continue;
      const reach = this.indentOf(depth) + widthOf(this.#markOf(node)) + widthOf(goalText(node));
      if (reach <= maxCells) longest = Math.max(longest, reach);
    }
    return longest;
  }

  #note(text: string, tone: Tone, indent: number, maxLines: number): string[] {
    const start = indent + 2;
    return wrap(text, Math.max(1, this.#width - start), maxLines).map((line) =>
      this.#paint(tone, cut(" ".repeat(start) + line, this.#width)),
    );
  }

  #spentOf(node: NodeView): string {
    const time = timeOf(node, this.#now);
    const money = !this.#narrow && isSpent(node) ? cost(node) : "";
    return money === "" ? time : `${time.padEnd(timeWidth)} ${money}`;
  }

  #noteText(note: Exclude<Note, "now">, node: NodeView): string {
    switch (note) {
      case "needs":
        return `needs: ${nodeNames(node.needs)}`;
      case "result":
        return `result: ${safe(node.result ?? "")}`;
      case "reason":
        return `${reasonWord(node)}: ${this.#reasonOf(node)}`;
      case "question":
        return safe(node.question?.text ?? "");
      case "options":
        return optionsText(node);
      case "answer":
        return `answer it: cord answer ${node.number} TEXT`;
    }
  }

  #reasonOf(node: NodeView): string {
    const at = this.#reasons.stands(node);
    return at === node.number ? safe(this.#reasons.own(node)) : `as #${at}`;
  }
}

function goalText(node: NodeView): string {
  const { type, goal, shape } = node;
  return `${type} ${safe(goal)}${shape === null ? "" : ` (${shapeText(shape)})`}`;
}

const wanted: ReadonlySet<TreeStatus> = new Set(["active", "paused", "failed"]);

/** What a person is to see more of than its first words. */
function isWanted(node: NodeView): boolean {
  return wanted.has(node.status) || node.type === "GOAL" || isOpenAsk(node);
}

const untimed: ReadonlySet<TreeStatus> = new Set(["pending", "waiting", "paused"]);

/** How long it worked, or the attempt that runs has; a node between its phases, or one not started, has no time to show. */
function timeOf({ status, worked_ms, running_since }: NodeView, now: number): string {
  if (untimed.has(status)) return "";
  if (status === "active") return running_since === null ? "" : duration(now - Date.parse(running_since));
  return worked_ms > 0 ? duration(worked_ms) : "";
}

/** isPausedAbove: it goes on with the node above it, so that alone says how. */
interface Standing {
  now: number;
  isPausedAbove: boolean;
}

function doingOf(node: NodeView, standing: Standing): string {
  if (isOpenAsk(node)) return "";
  return partsOf(node, standing)
    .filter((part) => part !== "")
    .join("  ");
}

function partsOf(node: NodeView, { now, isPausedAbove }: Standing): string[] {
  const tried = node.tries > 1 ? `${ordinal(node.tries)} try` : "";
  switch (node.status) {
    case "active":
      return [
        tried,
        node.phase === "synthesis" ? "synthesis" : "",
        safe(node.notice ?? activityOf(node, now)),
      ];
    case "paused":
      return [safe(node.notice ?? ""), isPausedAbove ? "" : `cord resume ${node.number}`];
    case "pending":
    case "waiting":
      return [tried, safe(node.notice ?? "")];
    case "complete":
      return [tried, safe(node.reason ?? "")];
    case "failed":
    case "cancelled":
      return [tried];
  }
}

/** An agent that has not said anything yet is starting; one with nothing under way thinks. */
function activityOf({ activity, isUp, heardAt }: NodeView, now: number): string {
  if (activity !== null) return activity;
  if (!isUp) return "starting";
  return heardAt === null ? "thinking" : `thinking ${duration(now - heardAt)}`;
}

function reasonWord(node: NodeView): string {
  return isLost(node.status) ? "reason" : `${ordinal(node.tries - 1)} try`;
}

export function optionsText({ question }: NodeView): string {
  const options = question?.options.map(safe).join(" | ") ?? "";
  const fallback = question?.default ?? null;
  const standard = fallback === null ? "" : `default: ${safe(fallback)}`;
  return [options === "" ? "" : `options: ${options}`, standard].filter((part) => part !== "").join("  ");
}

function toneOf(note: Note, node: NodeView): Tone {
  if (note === "reason" || note === "now")
    return note === "now" && node.notice === null ? "detail" : noteTones[note];
  return note === "question" ? "ask" : "detail";
}

const noteTones = { reason: "reason", now: "notice" } as const;
