import type { Freshness } from "../../core/presence.ts";
import { shortIds } from "../../core/short-id.ts";
import { treeStatus } from "../../core/task.ts";
import { ICON } from "../node-lines.ts";
import { freshnessTones, stateTones, type Tone } from "../theme.ts";
import { duration } from "../time.ts";
import { cut, pad, safe, widthOf } from "../width.ts";
import type { Line, Piece } from "./box.ts";
import type { TopModel } from "./model.ts";
import { isOpenAsk, isUrgent, type Row } from "./rows.ts";
import type { TopTask } from "./top-task.ts";

const agentIcons: Readonly<Record<Freshness, Piece>> = {
  active: { text: "● ", tone: freshnessTones.active },
  idle: { text: "◐ ", tone: freshnessTones.idle },
  stale: { text: "○ ", tone: freshnessTones.stale },
};

const uptimeWidth = 7;

/** Who is there, and where there is room, what each does. */
export function agentLines(
  model: TopModel,
  { stale, width, height }: { stale: boolean; width: number; height: number },
): Line[] {
  const shown = model.agents.filter((agent) => stale || agent.status !== "stale");
  const taskWidth = width >= 32 ? Math.floor(width * 0.4) : 0;
  const idWidth = width - 2 - uptimeWidth - (taskWidth === 0 ? 0 : taskWidth + 1);
  const head = `  ${pad("ID", idWidth)}${"UPTIME".padStart(uptimeWidth)}${taskWidth === 0 ? "" : " TASK"}`;
  const lines = shown.slice(0, height - 1).map((agent): Line => {
    const uptime = duration(Date.parse(agent.last_seen) - Date.parse(agent.first_seen));
    const task = agent.current_task === null ? undefined : model.task(agent.current_task);
    return [
      agentIcons[agent.status],
      ...column(agent.id, idWidth),
      { text: uptime.padStart(uptimeWidth) },
      ...(taskWidth === 0 ? [] : [{ text: " " }, { text: task?.name ?? "", tone: "detail" as const }]),
    ];
  });
  const hidden = shown.length - lines.length;
  if (hidden > 0) lines[lines.length - 1] = [{ text: `  … ${hidden + 1} more`, tone: "detail" }];
  return [[{ text: head, tone: "detail" }], ...lines];
}

/** Columns by what they cost and when there is room for them. */
/** A board's numbers are short and always wanted; a run's id has to wait for room. */
const idColumn = { from: 40, runsFrom: 80 };
const kindColumn = { from: 64, width: 11 };
const stateColumn = { from: 44, width: 10 };
/** Narrower, a mark says it. */
const priorityColumn = { from: 64, width: 9, mark: 2 };
const agentColumn = { from: 100, width: 18 };
const ageWidth = 7;

/** The rows that are on the screen, under their heads. */
export function taskLines(
  rows: readonly Row[],
  { now, selected, width }: { now: number; selected: string | null; width: number },
): Line[] {
  const roots = rows.filter((row) => row.depth === 0).map((row) => row.task);
  const ids = namesOf(
    width >= idColumn.runsFrom
      ? roots
      : roots.filter(({ runId, number }) => runId === null && number !== null),
  );
  const idWidth = Math.max(2, ...[...ids.values()].map((id) => id.length)) + 1;
  const layout = { now, width, idWidth: width >= idColumn.from ? idWidth : 0, ids };
  return [
    [{ text: headOf(layout), tone: "detail" }],
    ...rows.map((row) => rowLine(row, row.task.id === selected, layout)),
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

interface Columns {
  now: number;
  width: number;
  idWidth: number;
  ids: ReadonlyMap<string, string>;
}

function headOf({ width, idWidth }: Columns): string {
  return [
    "  ",
    idWidth > 0 ? pad("ID", idWidth) : "",
    pad("AGE", ageWidth),
    width >= priorityColumn.from ? pad("PRIO", priorityColumn.width) : " ".repeat(priorityColumn.mark),
    width >= kindColumn.from ? pad("KIND", kindColumn.width) : "",
    width >= stateColumn.from ? pad("STATE", stateColumn.width) : "",
    width >= agentColumn.from ? pad("AGENT", agentColumn.width) : "",
    "NAME",
  ].join("");
}

function rowLine(row: Row, isSelected: boolean, { now, width, idWidth, ids }: Columns): Line {
  const { task } = row;
  const tone = toneOf(row);
  const state = stateWord(task);
  return [
    { text: isSelected ? "▶ " : "  ", tone: "title" },
    ...(idWidth > 0 ? column(row.depth === 0 ? (ids.get(task.id) ?? "") : "", idWidth) : []),
    ...column(duration(now - task.createdAt), ageWidth, "detail"),
    ...priorityPieces(row, width),
    ...(width >= kindColumn.from ? column(task.kind, kindColumn.width) : []),
    ...(width >= stateColumn.from ? column(state, stateColumn.width, tone) : []),
    ...(width >= agentColumn.from ? column(agentOf(row), agentColumn.width, "detail") : []),
    ...namePieces(row, isSelected, tone, width),
  ];
}

/** What waits for its needs is pending too, but nobody can take it. */
function stateWord({ blockedBy, runId, state }: TopTask): string {
  if (blockedBy !== null) return "blocked";
  return runId === null ? state : treeStatus(state);
}

/** Nodes are never urgent: their order is that of the tree. */
function priorityPieces({ task }: Row, width: number): Piece[] {
  const [urgent, tone] = isUrgent(task) ? ["▲ ", "notice" as const] : ["", "detail" as const];
  if (width < priorityColumn.from) return column(urgent.trimEnd(), priorityColumn.mark, tone);
  return column(task.runId === null ? `${urgent}${task.priority}` : "", priorityColumn.width, tone);
}

function namePieces(row: Row, isSelected: boolean, tone: Tone, width: number): Line {
  const { task, depth, fold, hidden } = row;
  const indent = " ".repeat(Math.min(depth * 2, Math.floor(width / 4)));
  const mark = fold === null ? "" : fold === "open" ? "▾ " : "▸ ";
  const number = task.runId === null || task.number === null ? "" : `#${task.number} `;
  return [
    { text: indent + mark },
    { text: `${isOpenAsk(task) ? "?" : ICON[treeStatus(task.state)]} `, tone },
    { text: number, tone: "detail" },
    { text: task.name, ...(isSelected ? { tone: "title" as const } : {}) },
    ...(hidden > 0 ? [{ text: `  +${hidden}`, tone: "detail" as const }] : []),
    ...(task.blockedBy === null ? [] : [{ text: `  needs ${task.blockedBy}`, tone: "detail" as const }]),
    ...(task.dropped ? [{ text: "  dropped", tone: "notice" as const }] : []),
    ...(task.activity === null ? [] : [{ text: `  ${task.activity}`, tone: "detail" as const }]),
  ];
}

/** An engine's name says nothing to a person, and its node stands in its run's tree. */
function agentOf({ task }: Row): string {
  return task.agent === null || task.agent.startsWith("engine:") ? "" : task.agent;
}

export function toneOf({ task }: Row): Tone {
  return isOpenAsk(task) ? "ask" : stateTones[task.state];
}

/** One column: the text, cut, and at least one blank before the next. */
function column(text: string, width: number, tone?: Tone): Piece[] {
  const shown = cut(safe(text), width - 1);
  const gap = { text: " ".repeat(Math.max(0, width - widthOf(shown))) };
  return [tone === undefined ? { text: shown } : { text: shown, tone }, gap];
}
