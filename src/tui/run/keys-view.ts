import type { KeysState } from "./keys-state.ts";
import { isOpenAsk, type NodeView, type RunView } from "./node-view.ts";
import { NodeDrawing, optionsText } from "./node-lines.ts";
import { nodeTitle } from "./node-page.ts";
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

/** What stands over and under the part that scrolls, and how many lines that has. */
export interface Frame {
  top: readonly string[];
  height: number;
  /** With where the part stands that is shown, such as `3/60`. */
  bottom(position: string): readonly string[];
}

export interface Look extends Size {
  color: boolean;
}

/** The lines around the tree, or around a node's page: a head, the newest notice, and what is asked or what the keys do. */
export function frameOf({ view, state, stopping }: Omit<Scene, "rows">, look: Look): Frame {
  const { width, height } = look;
  const paint = painter(look.color);
  const head = headOf(view, state, look, paint).slice(0, Math.max(0, height - 2));
  const told = newestNews(view, look);
  const said = [
    ...told.map((line) => paint("notice", line)),
    ...(stopping === null ? [] : [paint("title", cut(stopping, width))]),
    ...askedIn({ view, state }, look, paint),
    ...saidIn(state, width, paint),
  ];
  const hints = hintsFor({ view, state }, height, said.length > told.length);
  const room = Math.max(0, height - head.length - 1);
  const kept = Math.min(room, said.length + (hints === null ? 0 : 1));
  return {
    top: head,
    height: Math.max(1, height - head.length - kept),
    bottom: (position) => {
      const line = hints === null ? [] : [hintLine(hints, { position, width }, paint)];
      const all = [...said, ...line];
      return all.slice(all.length - kept);
    },
  };
}

/** The newest of the news that there is room for, whole. */
function newestNews(view: RunView, look: Size): string[] {
  const room = Math.max(look.height >= 8 ? 2 : 0, Math.floor(look.height / 4) - 1);
  const lines = news(view, look);
  const from = lines.findIndex((line, at) => at >= lines.length - room && line.startsWith("!"));
  return from === -1 ? [] : lines.slice(from);
}

/** Of the page of a node its goal, else the run's head. */
function headOf(view: RunView, state: KeysState, { width, height }: Size, paint: Paint): string[] {
  const node = state.page === "node" ? selectedIn(view, state) : undefined;
  if (node) return nodeTitle(node, width, paint).slice(0, height < 12 ? 1 : 2);
  return header(view, { width, column: width }, paint);
}

export function selectedIn({ nodes }: RunView, { selected }: KeysState): NodeView | undefined {
  return selected === null ? undefined : nodes[selected - 1];
}

/** The tree with a node selected: never wider and never taller than its size. */
export function treeLines({ view, state, rows }: Scene, frame: Frame, look: Look): string[] {
  const { width, color } = look;
  const paint = painter(color);
  const inner = Math.max(1, width - gutterWidth);
  const plain = new NodeDrawing(view, { width: inner, paint: painter(false) });
  const painted = new NodeDrawing(view, { width: inner, paint });
  const body = rows.slice(state.offset, state.offset + frame.height).map((row) => {
    const isSelected = row.node.number === state.selected;
    const drawing = isSelected ? plain : painted;
    const [line = ""] = drawing.lines(shownNode(row), { depth: row.depth, notes: [], maxLines: 1 });
    const text = `${isSelected ? "▶" : " "}${foldMarks[row.fold ?? "none"]}${line}`;
    return isSelected ? paint("selected", pad(text, width)) : cutPainted(text, width);
  });
  if (rows.length === 0)
    body.push(paint("detail", cut("  No node is like that. Esc clears the search.", width)));
  return framed(frame, body, `${rows.length === 0 ? 0 : state.index + 1}/${rows.length}`, look);
}

/** As much of a node's page as fits, from where it is scrolled to; null: its end. */
export function nodeLines(state: KeysState, frame: Frame, lines: readonly string[], look: Look): string[] {
  const last = Math.max(0, lines.length - frame.height);
  const from = Math.min(state.scrolled ?? last, last);
  const shown = lines.slice(from, from + frame.height);
  const position = `${Math.min(lines.length, from + shown.length)}/${lines.length}`;
  return framed(frame, shown, position, look);
}

/** What the keys do, in place of what scrolls. */
export function helpPage({ help }: KeysState, frame: Frame, lines: readonly string[], look: Look): string[] {
  const shown = lines.slice(help ?? 0, (help ?? 0) + frame.height);
  const position = lines.length > frame.height ? `${(help ?? 0) + shown.length}/${lines.length}` : "";
  return framed(frame, shown, position, look);
}

function framed(frame: Frame, body: readonly string[], position: string, { height }: Size): string[] {
  const shown = body.slice(0, frame.height);
  const blank = Array.from({ length: frame.height - shown.length }, () => "");
  return [...frame.top, ...shown, ...blank, ...frame.bottom(position)].slice(0, height);
}

const gutterWidth = 2;
const foldMarks = { open: "▾", closed: "▸", none: " " } as const;

/** A node whose subtree is folded away says what is in it. */
function shownNode({ node, fold, hidden }: TreeRow): NodeView {
  return fold === "closed" ? { ...node, notice: `+ ${countsText(hidden)}` } : node;
}

/** A line that is drawn for the width already, but on a screen narrower than the gutter. */
function cutPainted(text: string, width: number): string {
  return width > gutterWidth ? text : cut(Bun.stripANSI(text), width);
}

/** The question whose answer is typed, whole where a third of the screen is enough: its line in the tree has no room for that. */
function askedIn(
  { view, state }: Pick<Scene, "view" | "state">,
  { width, height }: Size,
  paint: Paint,
): string[] {
  const node = state.answering === null ? undefined : view.nodes[state.answering - 1];
  if (!node || !isOpenAsk(node)) return [];
  const options = wrap(optionsText(node), width, 2).filter((line) => line !== "");
  const maxLines = Math.max(1, Math.floor(height / 3) - options.length);
  return [
    ...wrap(safe(node.question?.text ?? node.goal), width, maxLines).map((line) => paint("ask", line)),
    ...options.map((line) => paint("detail", line)),
  ];
}

/** What is asked, or what came of the last key. */
function saidIn({ asking, message }: KeysState, width: number, paint: Paint): string[] {
  if (asking !== null)
    return wrap(safe(`${asking.question} y/n`), width, 3).map((line) => paint("ask", line));
  return message === null ? [] : wrap(safe(message), width, 3).map((line) => paint("notice", line));
}

type Hint = readonly [key: string, what: string];

/** None while a line is typed or something is said, which takes the place, and on a screen with no line to spare. */
function hintsFor(
  { view, state }: Pick<Scene, "view" | "state">,
  height: number,
  isSaid: boolean,
): readonly Hint[] | null {
  if (isSaid || state.typing !== null || state.answering !== null || height < minHintHeight) return null;
  if (state.help !== null) return helpHints;
  return [...goOnHints(view), ...(state.page === "node" ? nodeHints : treeHints)];
}

/** What a run can be told that waits for a limit. */
function goOnHints({ standing }: Pick<RunView, "standing">): readonly Hint[] {
  return standing === "parked" ? [["+", "go on now"]] : [];
}

const minHintHeight = 6;

const overviewHints: readonly Hint[] = [
  ["↑↓", "select"],
  ["/", "search"],
  ["?", "keys"],
  ["Ctrl-C", "stop"],
];

const treeHints: readonly Hint[] = [
  ["↑↓", "select"],
  ["⏎", "look"],
  ["t", "tell"],
  ["p", "pause"],
  ["s", "stop"],
  ["m", "modify"],
  ["f", "fold"],
  ["/", "search"],
  ["?", "keys"],
  ["Esc", "back"],
];

const nodeHints: readonly Hint[] = [
  ["↑↓", "scroll"],
  ["←→", "other nodes"],
  ["t", "tell"],
  ["p", "pause"],
  ["s", "stop"],
  ["m", "modify"],
  ["?", "keys"],
  ["Esc", "back"],
];

const helpHints: readonly Hint[] = [
  ["↑↓", "scroll"],
  ["Esc", "back"],
];

/** As many hints as fit, the last two always among them, and at the right where one is. */
function hintLine(
  hints: readonly Hint[],
  { position, width }: { position: string; width: number },
  paint: Paint,
): string {
  const texts = hints.map(([key, what]) => `${key} ${what}`);
  const room = width - (position === "" ? 0 : widthOf(position) + 2);
  const ending = texts.slice(-2);
  const textOf = (count: number) => [...texts.slice(0, count), ...ending].join("  ");
  let count = texts.length - ending.length;
  while (count > 0 && widthOf(textOf(count)) > room) count -= 1;
  const text = textOf(count);
  if (widthOf(text) > room) return paint("detail", cut(text, width));
  return paint("detail", position === "" ? text : pad(text, room + 2) + position);
}

/** What the keys do while the run is seen at a glance. */
export function overviewHint(view: Pick<RunView, "standing">, width: number, paint: Paint): string {
  return hintLine([...goOnHints(view), ...overviewHints], { position: "", width }, paint);
}
