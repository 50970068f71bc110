import { plain } from "../core/text.ts";
import { fold } from "./fold.ts";
import type { Counts, Note, Row } from "./fold.ts";
import { isOpenAsk } from "./model.ts";
import type { NodeStatus, NodeView, RunView } from "./model.ts";
import { painter } from "./theme.ts";
import type { Paint, Tone } from "./theme.ts";
import { duration, usd } from "./time.ts";
import { cut, pad, widthOf } from "./width.ts";

export interface ViewSize {
  /** Cells in a line and lines at the most. */
  width: number;
  height: number;
  color: boolean;
}

/** The live view of a run: never wider and never taller than its size. All text of the model is made safe. */
export function runLines(view: RunView, { width, height, color }: ViewSize): string[] {
  const canvas: Canvas = {
    width,
    paint: painter(color),
    narrow: width < NARROW,
    column: Math.floor(width * 0.6),
  };
  const top = header(view, canvas);
  const news = view.notices.slice(Math.max(0, view.notices.length - noticesAt(height)));
  const bottom = news.map((text) => notice(text, canvas));
  const rows = fold(view.nodes, Math.max(0, height - top.length - bottom.length));
  const tree = rows.flatMap((row) =>
    row.kind === "node" ? nodeLines(row, view.now, canvas) : [foldLine(row, canvas)],
  );
  return [...top, ...tree, ...bottom].slice(0, Math.max(0, height));
}

/** Under this width the words of the states and the activities give way, so that the goals can be read. */
const NARROW = 60;

interface Canvas {
  width: number;
  paint: Paint;
  narrow: boolean;
  /** Where times and costs begin. */
  column: number;
}

export const ICON: Record<NodeStatus, string> = {
  pending: "○",
  active: "●",
  waiting: "●",
  paused: "‖",
  complete: "✓",
  failed: "✗",
  cancelled: "⊘",
};

function header(view: RunView, { width, paint, narrow, column }: Canvas): string[] {
  const title = `cord run  ${safe(view.goal)}`;
  const budget = view.totalBudget === null ? "" : ` of ${usd(view.totalBudget)}`;
  const agents = `${view.agents} ${view.agents === 1 ? "agent" : "agents"}`;
  const state = [duration(view.now - view.startedAt), usd(view.usd) + budget, agents].join("  ");
  if (narrow) return [paint("title", cut(title, width)), paint("detail", cut(state, width))];
  const at = Math.min(column, width - widthOf(state));
  return [paint("title", pad(cut(title, at - 2), at)) + paint("detail", state)];
}

function nodeLines({ node, depth, notes }: Row & { kind: "node" }, now: number, canvas: Canvas): string[] {
  const indent = indentOf(depth, canvas);
  const lines = [nodeLine(node, indent, now, canvas)];
  for (const note of notes) {
    const text = `${" ".repeat(indent + 2)}${noteText(note, node)}`;
    lines.push(canvas.paint(note === "reason" ? "reason" : noteTone(note), cut(text, canvas.width)));
  }
  return lines;
}

function nodeLine(node: NodeView, indent: number, now: number, canvas: Canvas): string {
  const { width, paint, narrow, column } = canvas;
  const tone: Tone = isOpenAsk(node) ? "ask" : node.status;
  const word = narrow ? "" : `[${node.status}]`.padEnd(10) + " ";
  const mark = `${isOpenAsk(node) ? "?" : ICON[node.status]} #${node.number} ${word}`;
  const detail = narrow ? timeOf(node, now) : detailOf(node, now);
  const at = narrow ? width - widthOf(detail) : column;
  const room = (detail === "" ? width : at - 2) - indent - widthOf(mark);
  if (room < 1) return cut(" ".repeat(indent) + mark.trimEnd(), width);
  const goal = cut(`${node.type} ${safe(node.goal)}`, room);
  const left = `${" ".repeat(indent)}${paint(tone, mark)}${goal}`;
  if (detail === "") return left;
  const gap = " ".repeat(room - widthOf(goal) + 2);
  return left + gap + paint(node.notice === null ? "detail" : "notice", cut(detail, width - at));
}

/** Deep nodes are no longer indented when it would cost them a third of the line. */
function indentOf(depth: number, { width }: Canvas): number {
  return Math.min(depth * 2, Math.floor(width / 3));
}

/** How long it ran; a node between its phases, or one not started, has no time to show. */
function timeOf({ status, startedAt, endedAt }: NodeView, now: number): string {
  if (startedAt === null || status === "pending" || status === "waiting" || status === "paused") return "";
  if (status === "active") return duration(now - startedAt);
  return endedAt === null ? "" : duration(endedAt - startedAt);
}

function detailOf(node: NodeView, now: number): string {
  return [timeOf(node, now), ...doingOf(node)].filter((part) => part !== "").join("  ");
}

function doingOf(node: NodeView): string[] {
  if (isOpenAsk(node)) return [];
  switch (node.status) {
    case "active":
      return [node.phase === "synthesis" ? "synthesis" : "", safe(node.notice ?? node.activity ?? "")];
    case "pending":
    case "waiting":
    case "paused":
      return [safe(node.notice ?? "")];
    default:
      return [node.usd > 0 ? usd(node.usd) : ""];
  }
}

function noteText(note: Note, node: NodeView): string {
  switch (note) {
    case "needs":
      return `needs: ${node.needs.map((number) => `#${number}`).join(", ")}`;
    case "result":
      return `result: ${safe(node.result ?? "")}`;
    case "reason":
      return `reason: ${safe(node.reason ?? "")}`;
    case "question":
      return safe(node.question?.text ?? "");
    case "options":
      return optionsText(node);
    case "answer":
      return `answer it: cord answer ${node.number} TEXT`;
  }
}

function optionsText({ question }: NodeView): string {
  const options = question?.options.map(safe).join(" | ") ?? "";
  const fallback = question?.default ?? null;
  const standard = fallback === null ? "" : `default: ${safe(fallback)}`;
  return [options === "" ? "" : `options: ${options}`, standard].filter((part) => part !== "").join("  ");
}

function noteTone(note: Note): Tone {
  return note === "question" ? "ask" : "detail";
}

const WORDS: [NodeStatus, string][] = [
  ["active", "active"],
  ["failed", "failed"],
  ["waiting", "waiting"],
  ["paused", "paused"],
  ["complete", "done"],
  ["cancelled", "cancelled"],
  ["pending", "pending"],
];

function foldLine({ counts, depth }: { counts: Counts; depth: number }, canvas: Canvas): string {
  const parts = WORDS.flatMap(([status, word]) => (counts[status] ? [`${counts[status]} ${word}`] : []));
  return canvas.paint(
    "detail",
    cut(`${" ".repeat(indentOf(depth, canvas))}… ${parts.join(", ")}`, canvas.width),
  );
}

function notice(text: string, { width, paint }: Canvas): string {
  return paint("notice", cut(`! ${safe(text)}`, width));
}

/** Notices are news and not the view: the lower the screen, the fewer. */
function noticesAt(height: number): number {
  if (height >= 10) return 3;
  return height >= 5 ? 1 : 0;
}

/** More than any line can show, and little enough to be cleaned ten times a second. */
const MOST_SHOWN = 4000;

function safe(text: string): string {
  return plain(text.length > MOST_SHOWN ? text.slice(0, MOST_SHOWN) : text);
}
