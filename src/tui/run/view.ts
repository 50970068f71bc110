import { closedText, headroomText, isShort, parkingText } from "../../core/account.ts";
import { counted } from "../../core/wording.ts";
import { fold } from "./fold.ts";
import { isOpenAsk } from "./node-view.ts";
import type { RunView } from "./node-view.ts";
import { NodeDrawing } from "./node-lines.ts";
import { countsText } from "./tree-rows.ts";
import { standingText, standingTones } from "./standing.ts";
import { painter } from "../terminal/theme.ts";
import type { Paint } from "../terminal/theme.ts";
import { compact, cost, duration, usd } from "../time.ts";
import { cut, pad, safe, widthOf, wrap } from "../terminal/width.ts";

interface ViewSize {
  /** Cells in a line, and the maximum number of lines. */
  width: number;
  height: number;
  color: boolean;
  /** Whether the results of nodes are shown where there is room. */
  results?: boolean;
}

/** The live view of a run: never wider and never taller than its size. All text of the model is made safe. */
export function runLines(view: RunView, { width, height, color, results = true }: ViewSize): string[] {
  const paint = painter(color);
  const nodes = new NodeDrawing(view, { width, paint });
  const top = header(view, { width, column: nodes.column }, paint);
  const bottom = news(view, { width, height }).map((line) => paint("notice", line));
  const tree = fold(
    view.nodes,
    { height: Math.max(0, height - top.length - bottom.length), results },
    {
      node: (node, shape) => nodes.lines(node, shape),
      fold: (counts, depth) =>
        paint("detail", cut(`${" ".repeat(nodes.indentOf(depth))}… ${countsText(counts)}`, width)),
    },
  );
  return [...top, ...tree, ...bottom].slice(0, Math.max(0, height));
}

/** Under this width the head takes two lines. */
const narrowWidth = 60;

/** What the goal leaves when it is long: enough to be known by. */
const minGoalWidth = 16;

export function header(
  view: RunView,
  { width, column }: { width: number; column: number },
  paint: Paint,
): string[] {
  const title = `cord run  ${safe(view.goal)}`;
  const figures = figuresOf(view);
  const stand = standOf(view);
  const text = stand === "" ? figures : `${figures}  ${stand}`;
  const painted = [
    paint("detail", figures),
    ...(stand === "" ? [] : [paint(standingTones[view.standing], stand)]),
  ];
  const left = width - widthOf(text) - 2;
  if (width >= narrowWidth && left >= Math.min(widthOf(title), "cord run  ".length + minGoalWidth)) {
    const at = Math.min(Math.max(column, widthOf(title) + 2), left + 2);
    return [paint("title", pad(cut(title, at - 2), at)) + painted.join("  ")];
  }
  if (widthOf(text) <= width) return [paint("title", cut(title, width)), painted.join("  ")];
  return [
    paint("title", cut(title, width)),
    paint("detail", cut(figures, width)),
    ...(stand === "" ? [] : [paint(standingTones[view.standing], cut(stand, width))]),
  ];
}

/** `31/61  2m14s  ~$0.84 of $10.00  1.2M of 5M tokens  3 agents` */
function figuresOf(view: RunView): string {
  return [
    `${view.done}/${view.nodes.length}`,
    duration(view.worked_ms),
    cost(view) + (view.totalBudget === null ? "" : ` of ${usd(view.totalBudget)}`),
    ...(view.totalTokens === null ? [] : [`${compact(view.tokens)} of ${compact(view.totalTokens)} tokens`]),
    ...(view.agents > 0 || view.standing === "running" ? [counted(view.agents, "agent")] : []),
  ].join("  ");
}

/** Where the run stands, if it does not simply go on. */
function standOf(view: RunView): string {
  if (view.standing === "running") return "";
  const asks = view.nodes.filter(isOpenAsk).map(({ number }) => number);
  return safe(standingText({ ...view, asks, nodes: view.nodes.length }));
}

/**
 * Notices are news and not the view: the lower the screen, the fewer. What holds up the run is always among them, and has
 * room to say until when.
 */
export function news(view: RunView, { width, height }: { width: number; height: number }): string[] {
  const [maxNotices, maxLines] = height >= 16 ? [3, 3] : height >= 10 ? [3, 1] : [height >= 5 ? 1 : 0, 1];
  const held = holdUpOf(view);
  const told = [...headroomTexts(view), ...noticesOf(view), ...(held === null ? [] : [held])];
  const linesOf = (text: string) =>
    text === held && height >= minHeldHeight ? Math.max(2, maxLines) : maxLines;
  return told
    .slice(Math.max(0, told.length - maxNotices))
    .flatMap((text) =>
      wrap(safe(text), width - 2, linesOf(text)).map((line, at) =>
        cut(`${at === 0 ? "!" : " "} ${line}`, width),
      ),
    );
}

/** A terminal of ten lines has nine for the view. */
const minHeldHeight = 8;

function noticesOf({ notices, trouble }: RunView): string[] {
  return trouble === null ? notices : notices.filter((text) => !text.includes(trouble));
}

function holdUpOf(view: RunView): string | null {
  return limitText(view) ?? (view.trouble && `parked: ${view.trouble}`);
}

/** What it waits for; of a run that nobody works on, as long as it would have to wait. */
function limitText({ parked, standing, now }: RunView): string | null {
  if (parked === null) return null;
  if (standing === "parked") return parkingText(parked, now);
  const isOver = parked.until === null || Date.parse(parked.until) <= now;
  return isOver ? null : `limit: ${closedText(parked, now)}`;
}

/** What is left of the account, where that is little. */
function headroomTexts({ windows, now }: RunView): string[] {
  return windows
    .filter((window) => isShort(window) && window.status !== "rejected")
    .flatMap((window) => headroomText(window, now) ?? []);
}
