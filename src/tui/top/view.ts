import { counted } from "../../core/wording.ts";
import { ownBoard } from "../../core/project.ts";
import type { State } from "../../core/words.ts";
import { painter, type Paint } from "../terminal/theme.ts";
import { duration } from "../time.ts";
import { safe, widthOf } from "../terminal/width.ts";
import { box, fitted, type Line, type Piece } from "./box.ts";
import { detailLines, type Detail } from "./detail.ts";
import { hintLine, keyLines } from "./help.ts";
import { layoutOf, type Layout } from "./layout.ts";
import type { TopModel } from "./model.ts";
import { agentLines, agentsPage } from "./agents.ts";
import { taskLines } from "./panes.ts";
import type { Freshness } from "../../core/presence.ts";
import type { TopRow } from "./rows.ts";
import type { TopState } from "./state.ts";

/** All that a frame shows. */
export interface Scene {
  model: TopModel;
  state: TopState;
  /** Listed under the state's filter, search and folds, and the state placed among them. */
  rows: readonly TopRow[];
  detail: Detail | null;
  /** Null when every project is shown. */
  project: string | null;
  now: number;
  /** When the daemon last told something. */
  newsAt: number;
  link: "live" | "reconnecting" | "once";
  /** Events that wait while the picture is paused. */
  held: number;
}

interface TopSize {
  width: number;
  height: number;
  color: boolean;
}

/** One frame of `cord top`: exactly `height` lines of exactly `width` cells. */
export function topLines(scene: Scene, { width, height, color }: TopSize): string[] {
  const divided = layoutOf({ width, height }, scene.state);
  const paint = painter(color);
  if (divided === null) return tooSmall(width, height, paint);
  // where nobody is, the tasks have the width
  const layout = scene.model.agents.length === 0 ? { ...divided, agentsWidth: 0 } : divided;
  const body = bodyOf(scene, layout, paint);
  return [...header(scene, layout, paint), ...body, ...footer(scene, layout, paint)];
}

function bodyOf(scene: Scene, layout: Layout, paint: Paint): string[] {
  if (scene.state.help) return helpPane(layout, paint);
  return scene.state.agents ? agentsPane(scene, layout, paint) : panes(scene, layout, paint);
}

function tooSmall(width: number, height: number, paint: Paint): string[] {
  const said = `cord top needs 24×8, this is ${width}×${height}. q quits.`;
  return Array.from({ length: height }, (_, at) => fitted(at === 0 ? [{ text: said }] : [], width, paint));
}

const separator: Piece = { text: " • ", tone: "detail" };

function header(scene: Scene, layout: Layout, paint: Paint): string[] {
  const { width } = layout;
  if (layout.header === 1) return [fitted(stateLine(scene), width, paint)];
  const lines = [agentsLine(scene, width - 2), tasksLine(scene), stateLine(scene)];
  return box({ title: "cord", lines, width, height: layout.header }, paint);
}

function placeOf(project: string | null): string {
  return project === ownBoard ? "no project" : (project ?? "all projects");
}

function agentsLine({ model, project }: Scene, width: number): Line {
  const counts: Record<Freshness, number> = { active: 0, idle: 0, stale: 0 };
  for (const agent of model.agents) counts[agent.status] += 1;
  const { length } = model.agents;
  const said = `cord top • ${counts.active} active  ${counts.idle} idle  ${counts.stale} stale (${counted(length, "agent")} total)${model.agentsInRuns > 0 ? ` + ${model.agentsInRuns} in runs` : ""}`;
  const where = safe(placeOf(project));
  const room = width - widthOf(said) - 2;
  if (room < 8) return [{ text: said }];
  const shown = widthOf(where) <= room ? where : `…${where.slice(1 - room)}`;
  return [
    { text: said },
    { text: " ".repeat(Math.max(2, width - widthOf(said) - widthOf(shown))) },
    { text: shown, tone: "detail" },
  ];
}

/** What matters most comes first: a narrow screen cuts the rest. */
const shownStates: readonly State[] = [
  "pending",
  "claimed",
  "waiting",
  "paused",
  "failed",
  "completed",
  "cancelled",
];

function tasksLine({ model, rows }: Scene): Line {
  const counted = shownStates.filter((state) => model.counts[state] > 0);
  const states = counted.map((state) => `${state}=${model.counts[state]}`).join(" ");
  const older = model.older === 0 ? "" : `  (${model.older} older not loaded)`;
  return [
    { text: `tasks: ${rows.length} visible / ${model.total} total  ${states}` },
    { text: older, tone: "detail" },
  ];
}

function stateLine({ state, link, now, newsAt, held }: Scene): Line {
  const parts: Line[] = [
    [{ text: `filter: ${state.filter}` }],
    [{ text: `detail: ${state.detail ? "on" : "off"}` }],
  ];
  if (state.search !== "") parts.push([{ text: `search: ${state.search}`, tone: "notice" }]);
  if (state.paused)
    parts.push([{ text: `PAUSED, ${counted(held, "event waits", "events wait")}`, tone: "notice" }]);
  else if (link === "reconnecting") parts.push([{ text: "reconnecting …", tone: "notice" }]);
  else
    parts.push([
      { text: link === "live" ? "live, " : "" },
      { text: `refreshed ${sinceText(now - newsAt)} ago` },
    ]);
  return parts.flatMap((part, at) => (at === 0 ? part : [separator, ...part]));
}

function sinceText(ms: number): string {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)}s` : duration(ms);
}

function panes(scene: Scene, layout: Layout, paint: Paint): string[] {
  const tasks = tasksPane(scene, layout, paint);
  const agents = layout.agentsWidth === 0 ? [] : agentsBeside(scene, layout, paint);
  const upper = tasks.map((line, at) => (agents[at] ?? "") + line);
  return layout.detail === 0 ? upper : [...upper, ...detailPane(scene, layout, paint)];
}

/** The agents beside the tasks. */
function agentsBeside({ model, state }: Scene, layout: Layout, paint: Paint): string[] {
  const [width, height] = [layout.agentsWidth, layout.tasks];
  const lines = agentLines(model, { stale: state.stale, width: width - 2, height: height - 2 });
  return box({ title: `agents (${model.agents.length})`, lines, width, height }, paint);
}

function tasksPane({ model, state, rows, now, link }: Scene, layout: Layout, paint: Paint): string[] {
  const width = layout.width - layout.agentsWidth;
  const shown = rows.slice(state.offset, state.offset + layout.page);
  const selected = link === "once" ? null : (rows[state.index]?.task.id ?? null);
  const lines = taskLines(shown, model, { now, selected, width: width - 2 });
  const empty: Line[] = shown.length > 0 ? [] : [[{ text: `  ${nothingToShow(state)}`, tone: "detail" }]];
  const title = `tasks (${rows.length}/${model.total})`;
  return box({ title, lines: [...lines, ...empty], width, height: layout.tasks }, paint);
}

function nothingToShow({ search, filter }: TopState): string {
  if (search !== "") return "No task has this in its name. Esc clears the search.";
  return filter === "all" ? "No tasks yet." : `Nothing under the filter ${filter}. f shows others.`;
}

function detailPane({ model, state, detail, now }: Scene, layout: Layout, paint: Paint): string[] {
  const { width, detail: height } = layout;
  const all = detail === null ? [] : detailLines(detail, model, { now, width: width - 2 });
  return scrolledBox("detail", all, { from: state.detailOffset, width, height }, paint);
}

/** The agents alone, with all that is known of each. */
function agentsPane({ model, state }: Scene, { width, tasks, detail }: Layout, paint: Paint): string[] {
  const lines = agentsPage(model, state.stale);
  return scrolledBox("agents", lines, { from: state.detailOffset, width, height: tasks + detail }, paint);
}

/** As much of the lines as fits, from one on, but no further than to their end. */
function scrolledBox(
  name: string,
  all: readonly Line[],
  { from, width, height }: { from: number; width: number; height: number },
  paint: Paint,
): string[] {
  const page = height - 2;
  const offset = Math.max(0, Math.min(from, all.length - page));
  const part = `${offset + 1}–${Math.min(all.length, offset + page)} of ${all.length}`;
  const title = all.length > page ? `${name} (${part}, J/K)` : name;
  return box({ title, lines: all.slice(offset), width, height }, paint);
}

function helpPane({ width, tasks, detail }: Layout, paint: Paint): string[] {
  return box({ title: "keys", lines: keyLines, width, height: tasks + detail }, paint);
}

function footer({ state, link }: Scene, layout: Layout, paint: Paint): string[] {
  if (layout.footer === 0) return [];
  const line = link === "once" ? [] : footerLine(state, layout.width);
  return [fitted(line, layout.width, paint)];
}

function footerLine({ asking, message, help, agents }: TopState, width: number): Line {
  if (asking !== null) return [{ text: "Cancel this task? y/n  ", tone: "ask" }, { text: asking.name }];
  if (message !== null) return [{ text: message, tone: "notice" }];
  if (help) return [{ text: "any key goes back", tone: "detail" }];
  return hintLine(width, agents);
}
