import type { KeysState } from "./keys-state.ts";
import type { RunView } from "./node-view.ts";
import { NodeDrawing } from "./node-lines.ts";
import { countsText, type TreeRow } from "./tree-rows.ts";
import { header, news } from "./view.ts";
import { painter, type Paint } from "../terminal/theme.ts";
import type { Size } from "../terminal/screen.ts";
import { cut, pad, safe, widthOf, wrap } from "../terminal/width.ts";

/** What a frame of the tree or of a node's page is made of. */
export interface Scene {
  view: RunView;
  state: KeysState;
  rows: readonly TreeRow[];
  /** That the run is being stopped, and what one more Ctrl-C does; null: it is not. */
  stopping: string | null;
}

/** The lines over and under the part that scrolls, and how many that has. */
export interface Frame {
  top: string[];
  bottom: string[];
  height: number;
}

interface Look extends Size {
  color: boolean;
}

/** What stands around the tree: the run's head, its newest notice, and what the keys do or what is asked. */
export function frameOf({ view, state, stopping }: Omit<Scene, "rows">, look: Look): Frame {
  const { width, height } = look;
  const paint = painter(look.color);
  const top = header(view, { width, column: width }, paint).slice(0, Math.max(0, height - 2));
  const told = news(view, look).slice(0, Math.max(0, Math.floor(height / 4) - 1));
  const bottom = [
    ...told.map((line) => paint("notice", line)),
    ...(stopping === null ? [] : [paint("title", cut(stopping, width))]),
    ...footer(state, look, paint),
  ];
  const left = Math.max(1, height - top.length);
  const kept = bottom.slice(Math.max(0, bottom.length - left + 1));
  return { top, bottom: kept, height: Math.max(1, left - kept.length) };
}

/** The tree with a node selected: never wider and never taller than its size. */
export function treeLines(
  { view, state, rows }: Scene,
  frame: Frame,
  { width, height, color }: Look,
): string[] {
  const paint = painter(color);
  const inner = Math.max(1, width - gutterWidth);
  const drawings = [true, false].map((isPainted) => {
    return new NodeDrawing(view, { width: inner, paint: painter(color && isPainted) });
  });
  const shown = rows.slice(state.offset, state.offset + frame.height).map((row) => {
    const isSelected = row.node.number === state.selected;
    const drawing = drawings[isSelected ? 1 : 0];
    const [line = ""] = drawing?.lines(shownNode(row), { depth: row.depth, notes: [], maxLines: 1 }) ?? [];
    const text = `${isSelected ? "▶" : " "}${foldMarks[row.fold ?? "none"]}${line}`;
    return isSelected ? paint("selected", pad(text, width)) : cutPainted(text, width);
  });
  const empty =
    rows.length === 0 ? [paint("detail", cut("  No node is like that. Esc clears the search.", width))] : [];
  const body = [...shown, ...empty];
  const blank = Array.from({ length: Math.max(0, frame.height - body.length) }, () => "");
  return [...frame.top, ...body, ...blank, ...frame.bottom].slice(0, height);
}

const gutterWidth = 2;
const foldMarks = { open: "▾", closed: "▸", none: " " } as const;

/** A node whose subtree is folded away says what is in it. */
function shownNode({ node, fold, hidden }: TreeRow): TreeRow["node"] {
  return fold === "closed" ? { ...node, notice: `+ ${countsText(hidden)}` } : node;
}

/** A line that is drawn for the width already, but on a screen narrower than the gutter. */
function cutPainted(text: string, width: number): string {
  return width > gutterWidth ? text : cut(Bun.stripANSI(text), width);
}

/** What is asked, what came of the last key, or what the keys do. None while a line is typed: it takes the place. */
function footer(state: KeysState, { width, height }: Size, paint: Paint): string[] {
  if (state.asking !== null)
    return wrap(safe(`${state.asking.question} y/n`), width, 3).map((line) => paint("ask", line));
  if (state.message !== null) return wrap(safe(state.message), width, 3).map((line) => paint("notice", line));
  if (state.typing !== null || state.answering !== null || height < minHintHeight) return [];
  return [hintLine(hintsOf(state), width, paint)];
}

const minHintHeight = 6;

type Hint = readonly [key: string, what: string];

function hintsOf({ page }: KeysState): readonly Hint[] {
  return page === "node" ? nodeHints : page === "tree" ? treeHints : overviewHints;
}

const overviewHints: readonly Hint[] = [
  ["↑↓", "select"],
  ["?", "keys"],
  ["Ctrl-C", "stop"],
];

const treeHints: readonly Hint[] = [
  ["↑↓", "select"],
  ["⏎", "look"],
  ["s", "stop"],
  ["f", "fold"],
  ["/", "search"],
  ["?", "keys"],
  ["Esc", "back"],
];

const nodeHints: readonly Hint[] = [
  ["↑↓", "scroll"],
  ["←→", "next node"],
  ["s", "stop"],
  ["?", "keys"],
  ["Esc", "back"],
];

/** As many hints as fit, the last two always among them. */
function hintLine(hints: readonly Hint[], width: number, paint: Paint): string {
  const texts = hints.map(([key, what]) => `${key} ${what}`);
  const isFitting = (count: number) =>
    widthOf([...texts.slice(0, count), ...texts.slice(-2)].join("  ")) <= width;
  let count = texts.length - 2;
  while (count > 0 && !isFitting(count)) count -= 1;
  return paint("detail", cut([...texts.slice(0, count), ...texts.slice(-2)].join("  "), width));
}

/** What the keys do while the run is seen at a glance. */
export function overviewHint(width: number, paint: Paint): string {
  return hintLine(overviewHints, width, paint);
}
