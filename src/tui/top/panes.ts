import { shortIds } from "../../core/short-id.ts";
import { isEngine, treeStatus } from "../../core/words.ts";
import { icons } from "../run/node-lines.ts";
import { stateTones, type Tone } from "../terminal/theme.ts";
import { figureTexts, shortStanding, standingText, standingTones } from "../run/standing.ts";
import { duration } from "../time.ts";
import { cut, pad, safe, widthOf } from "../terminal/width.ts";
import { column, type Line, type Piece } from "./box.ts";
import type { RunFigures, TopModel } from "./model.ts";
import { isOpenAsk, isUrgent, type TopRow } from "./rows.ts";
import type { TopTask } from "./top-task.ts";

/** Columns by what they cost and when there is room for them. */
/** A board's numbers are short and always wanted; a run's id has to wait for room. */
const idColumn = { from: 40, runsFrom: 80 };
const kindColumn = { from: 64, width: 11 };
const stateColumn = { from: 44, width: 10, ofRuns: 12 };
/** Narrower, a mark says it. */
const priorityColumn = { from: 64, width: 9, mark: 2 };
const agentColumn = { from: 100, width: 18 };
const ageWidth = 7;

/** The rows that are on the screen, under their heads. */
export function taskLines(
  rows: readonly TopRow[],
  model: TopModel,
  { now, selected, width }: { now: number; selected: string | null; width: number },
): Line[] {
  const roots = rows.filter((row) => row.depth === 0).map((row) => row.task);
  const ids = namesOf(
    width >= idColumn.runsFrom
      ? roots
      : roots.filter(({ runId, number }) => runId === null && number !== null),
  );
  const idWidth = Math.max(2, ...[...ids.values()].map((id) => id.length)) + 1;
  const layout = { now, ids, ...columnsOf(rows, width, idWidth) };
  return [
    [{ text: headOf(layout), tone: "detail" }],
    ...rows.map((row) => {
      const { depth, task } = row;
      const run = depth === 0 && task.runId !== null ? model.run(task.runId) : undefined;
      return rowLine(row, { isSelected: task.id === selected, run }, layout);
    }),
  ];
}

/** What a person types for each: a task of the board by its number, a run by the beginning of its id. */
function namesOf(tasks: readonly TopTask[]): ReadonlyMap<string, string> {
  const ids = shortIds(tasks.map((task) => task.id));
  return new Map(
    tasks.map(({ id, runId, number }) => [
      id,
      runId === null && number !== null ? String(number) : (ids.get(id) ?? id),
    ]),
  );
}

/** The width of each column; 0 when there is no room for it, or nothing to say in it. */
interface Widths {
  width: number;
  id: number;
  priority: number;
  kind: number;
  state: number;
  agent: number;
}

interface Columns extends Widths {
  now: number;
  ids: ReadonlyMap<string, string>;
}

function columnsOf(rows: readonly TopRow[], width: number, idWidth: number): Widths {
  const hasTasks = rows.length === 0 || rows.some(({ task }) => task.runId === null);
  const hasRuns = rows.some(({ task }) => task.runId !== null);
  const hasAgents = rows.some((row) => agentOf(row) !== "");
  const priority = width >= priorityColumn.from ? priorityColumn.width : priorityColumn.mark;
  return {
    width,
    id: width >= idColumn.from ? idWidth : 0,
    priority: hasTasks ? priority : 0,
    kind: hasTasks && width >= kindColumn.from ? kindColumn.width : 0,
    state: width < stateColumn.from ? 0 : hasRuns ? stateColumn.ofRuns : stateColumn.width,
    agent: hasAgents && width >= agentColumn.from ? agentColumn.width : 0,
  };
}

function headOf({ id, priority, kind, state, agent }: Columns): string {
  return [
    "  ",
    pad("ID", id),
    pad("AGE", ageWidth),
    priority === priorityColumn.width ? pad("PRIO", priority) : " ".repeat(priority),
    pad("KIND", kind),
    pad("STATE", state),
    pad("AGENT", agent),
    "NAME",
  ].join("");
}

interface Seen {
  isSelected: boolean;
  /** What is known of the run whose root this is. */
  run: RunFigures | undefined;
}

function rowLine(row: TopRow, { isSelected, run }: Seen, layout: Columns): Line {
  const { task } = row;
  const tone = run ? standingTones[run.standing] : toneOf(row);
  const id = row.depth === 0 ? (layout.ids.get(task.id) ?? "") : "";
  const columns = [
    { text: isSelected ? "▶ " : "  ", tone: "title" as const },
    ...column(id, layout.id),
    ...column(duration(layout.now - task.createdAt), ageWidth, "detail"),
    ...priorityPieces(row, layout.priority),
    ...column(task.kind, layout.kind),
    ...column(run ? shortStanding(run) : stateWord(task), layout.state, tone),
    ...column(agentOf(row), layout.agent, "detail"),
  ];
  const name = namePieces(row, isSelected, run ? toneOf(row) : tone, layout.width);
  if (run === undefined) return [...columns, ...name];
  const told = runPieces(run);
  const room = layout.width - cellsOf(columns) - cellsOf(told);
  return [...columns, ...cutTo(name, room), ...told];
}

/** How much of a run is done, how long its agents have worked, what that cost, and what its state does not say already. */
function runPieces(run: RunFigures): Line {
  const stand = run.trouble === null ? standingText(run) : `parked: ${run.trouble}`;
  return [
    { text: `  ${figureTexts(run).join("  ")}`, tone: "detail" },
    ...(stand === shortStanding(run) ? [] : [{ text: `  ${stand}`, tone: standingTones[run.standing] }]),
  ];
}

function cellsOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(safe(text)), 0);
}

/** As much of a name as leaves room for what is said after it, and never less than its first words. */
function cutTo(line: Line, width: number): Piece[] {
  let left = Math.max(minNameWidth, width);
  return line.map((piece) => {
    const text = cut(safe(piece.text), left);
    left -= widthOf(text);
    return { ...piece, text };
  });
}

const minNameWidth = 20;

/** What waits for its needs is pending too, but nobody can take it. */
function stateWord({ blockedBy, runId, state }: TopTask): string {
  if (blockedBy !== null) return "blocked";
  return runId === null ? state : treeStatus(state);
}

/** Nodes are never urgent: their order is that of the tree. */
function priorityPieces({ task }: TopRow, width: number): Piece[] {
  const [urgent, tone] = isUrgent(task) ? ["▲ ", "notice" as const] : ["", "detail" as const];
  if (width < priorityColumn.width) return column(urgent.trimEnd(), width, tone);
  return column(task.runId === null ? `${urgent}${task.priority}` : "", width, tone);
}

function namePieces(row: TopRow, isSelected: boolean, tone: Tone, width: number): Line {
  const { task, depth, fold, hidden } = row;
  const indent = " ".repeat(Math.min(depth * 2, Math.floor(width / 4)));
  const mark = fold === null ? "" : fold === "open" ? "▾ " : "▸ ";
  const number = task.runId === null || task.number === null ? "" : `#${task.number} `;
  return [
    { text: indent + mark },
    { text: `${isOpenAsk(task) ? "?" : icons[treeStatus(task.state)]} `, tone },
    { text: number, tone: "detail" },
    { text: task.name, ...(isSelected ? { tone: "title" as const } : {}) },
    ...(hidden > 0 ? [{ text: `  +${hidden}`, tone: "detail" as const }] : []),
    ...(task.blockedBy === null ? [] : [{ text: `  needs ${task.blockedBy}`, tone: "detail" as const }]),
    ...(task.dropped ? [{ text: "  dropped", tone: "notice" as const }] : []),
    ...(task.activity === null ? [] : [{ text: `  ${task.activity}`, tone: "detail" as const }]),
  ];
}

/** An engine's name says nothing to a person, and its node stands in its run's tree. */
function agentOf({ task }: TopRow): string {
  return task.agent === null || isEngine(task.agent) ? "" : task.agent;
}

function toneOf({ task }: TopRow): Tone {
  return isOpenAsk(task) ? "ask" : stateTones[task.state];
}
