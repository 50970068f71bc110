import { clientTitles } from "../../core/tab.ts";
import type { Agent } from "../../core/task.ts";
import { awaited, doing, isOpenTab, isUsedUp, unreadText, wakeSentence, wakeWord } from "../tabs.ts";
import type { Tone } from "../terminal/theme.ts";
import { pad } from "../terminal/width.ts";
import { duration } from "../time.ts";
import { column, type Line, type Piece } from "./box.ts";
import type { TopModel } from "./model.ts";

const icons: Readonly<Record<string, string>> = {
  active: "●",
  busy: "●",
  idle: "◐",
  waiting: "?",
  stale: "○",
};

const uptimeWidth = 7;

/** Who is there, and where there is room, what each does. A tab has a second line, if all that are there fit with theirs. */
export function agentLines(
  model: TopModel,
  { stale, width, height }: { stale: boolean; width: number; height: number },
): Line[] {
  const shown = agentsShown(model, stale);
  const taskWidth = width >= 32 ? Math.floor(width * 0.4) : 0;
  const idWidth = width - 2 - uptimeWidth - (taskWidth === 0 ? 0 : taskWidth + 1);
  const head = `  ${pad("ID", idWidth)}${"UPTIME".padStart(uptimeWidth)}${taskWidth === 0 ? "" : " TASK"}`;
  const isRoomy = heightOf(shown) <= height;
  const lines = shown.slice(0, height - 1).flatMap((agent): Line[] => {
    const task = agent.current_task === null ? undefined : model.task(agent.current_task);
    const first = [
      iconOf(agent),
      ...(isRoomy ? column(agent.id, idWidth) : idPieces(agent, idWidth)),
      { text: duration(Date.parse(agent.last_seen) - Date.parse(agent.first_seen)).padStart(uptimeWidth) },
      ...(taskWidth === 0 ? [] : [{ text: " " }, { text: task?.name ?? "", tone: "detail" as const }]),
    ];
    return isRoomy && isOpenTab(agent) ? [first, tabLine(agent)] : [first];
  });
  const hidden = isRoomy ? 0 : shown.length - lines.length;
  if (hidden > 0) lines[lines.length - 1] = [{ text: `  … ${hidden + 1} more`, tone: "detail" }];
  return [[{ text: head, tone: "detail" }], ...lines];
}

/** How many lines the agents take where nothing is left out, with the line of heads. */
export function agentsHeight(model: TopModel, stale: boolean): number {
  return heightOf(agentsShown(model, stale));
}

/** Tabs are all seen now, so they stand by their names: none moves while one looks. The others as they were last seen. */
function agentsShown({ agents }: TopModel, stale: boolean): readonly Agent[] {
  const shown = agents.filter((agent) => stale || agent.status !== "stale");
  const tabs = shown.filter(isOpenTab).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return [...tabs, ...shown.filter((agent) => !isOpenTab(agent))];
}

function heightOf(agents: readonly Agent[]): number {
  return 1 + agents.length + agents.filter(isOpenTab).length;
}

function iconOf(agent: Agent): Piece {
  const { word, tone } = doing(agent);
  return { text: `${icons[word] ?? " "} `, tone };
}

/** Where a tab has no line of its own, what it has not read stands behind its id. */
function idPieces(agent: Agent, width: number): Piece[] {
  const { unread = 0 } = agent;
  if (unread === 0) return column(agent.id, width);
  const mark = ` +${unread}`;
  return [
    ...column(agent.id, Math.max(2, width - mark.length - 1)),
    ...column(mark.trim(), mark.length + 1, "notice"),
  ];
}

/** What is most worth knowing comes first: a narrow pane cuts the rest. */
function tabLine(agent: Agent): Line {
  const what = awaited(agent);
  return joined("  ", [
    ...unreadPiece(agent),
    piece(doing(agent).word, what === null ? "detail" : "ask"),
    piece(agent.client ?? "", "detail"),
    piece(shortWake(agent), isUsedUp(agent) ? "notice" : "detail"),
    piece(what ?? "", "detail"),
  ]);
}

/** Without its column's head a word says what it means. */
function shortWake(agent: Agent): string {
  const word = wakeWord(agent) ?? "";
  if (word === "no") return "no wake";
  return word === "off" ? "wake off" : word;
}

function unreadPiece(agent: Agent): Piece[] {
  const unread = unreadText(agent);
  return unread === null ? [] : [piece(unread, "notice")];
}

function joined(gap: string, pieces: readonly Piece[]): Line {
  const said = pieces.filter(({ text }) => text !== "");
  return [
    { text: "  " },
    ...said.flatMap((one, at) => (at === 0 ? [one] : [{ text: gap, tone: "detail" as const }, one])),
  ];
}

function piece(text: string, tone: Tone): Piece {
  return { text, tone };
}

/** All that is known of each agent, for a page of its own. */
export function agentsPage(model: TopModel, stale: boolean): Line[] {
  const shown = agentsShown(model, stale);
  if (shown.length === 0) return [[{ text: "  Nobody is here. A shows who was.", tone: "detail" }]];
  return shown.flatMap((agent) => [...wholeAgent(agent, model), []]);
}

function wholeAgent(agent: Agent, model: TopModel): Line[] {
  const task = agent.current_task === null ? undefined : model.task(agent.current_task);
  const what = awaited(agent);
  const { word, tone } = doing(agent);
  const title = agent.client && clientTitles[agent.client];
  const client = [title, agent.client_version].filter((part) => part !== undefined).join(" ");
  const wake = wakeSentence(agent);
  const facts: readonly Piece[] = [
    piece(what === null ? word : `${word}: ${what}`, tone),
    ...unreadPiece(agent),
    { text: client },
    piece(`seen ${duration(agent.age_ms)} ago`, "detail"),
  ];
  const lines: readonly (string | null | undefined)[] = [
    wake,
    agent.name === agent.id ? null : `called ${agent.name}`,
    agent.current_task === null
      ? null
      : `on ${[task?.number, task?.name ?? agent.current_task].join(" ").trim()}`,
    agent.folder && `in ${agent.folder}`,
  ];
  return [
    [iconOf(agent), { text: agent.id, tone: "title" }],
    joined(" · ", facts),
    ...lines.flatMap((text): Line[] =>
      text ? [[{ text: `  ${text}`, tone: text === wake && isUsedUp(agent) ? "notice" : "detail" }]] : [],
    ),
  ];
}
