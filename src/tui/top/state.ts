import { edit, emptyLine, type LineInput } from "../terminal/line-input.ts";
import type { Key } from "../terminal/keys.ts";
import { hasEnded } from "./model.ts";
import type { TopTask } from "./top-task.ts";
import type { Filter, TopRow } from "./rows.ts";

/** What the person has chosen: all that a key can change. */
export interface TopState {
  /** The selected task; null follows the first row, whatever it is. */
  selected: string | null;
  /** Where it stood when it was last seen, so that what takes its place is selected when it goes. */
  index: number;
  /** The first row that is shown. */
  offset: number;
  filter: Filter;
  search: string;
  /** The search while it is being typed. */
  typing: LineInput | null;
  folds: ReadonlyMap<string, boolean>;
  detail: boolean;
  /** The first line of the detail that is shown. */
  detailOffset: number;
  stale: boolean;
  /** Whether the agents have the whole page, with all that is known of them. */
  agents: boolean;
  paused: boolean;
  help: boolean;
  /** The task that is to be cancelled, if the person says yes. */
  asking: Pick<TopTask, "id" | "name"> | null;
  /** What came of the last deed, until the next key. */
  message: string | null;
}

export const startState: TopState = {
  selected: null,
  index: 0,
  offset: 0,
  filter: "active",
  search: "",
  typing: null,
  folds: new Map(),
  detail: true,
  detailOffset: 0,
  stale: false,
  agents: false,
  paused: false,
  help: false,
  asking: null,
  message: null,
};

/** What a key sets going outside the state. */
export type Effect =
  | { kind: "quit" }
  | { kind: "interrupt" }
  | { kind: "suspend" }
  | { kind: "redraw" }
  | { kind: "cancel"; id: string; name: string }
  /** Into a run, with a node of it selected; null: with whichever is meant most likely. */
  | { kind: "run"; runId: string; number: number | null };

export interface KeyOutcome {
  state: TopState;
  effect?: Effect;
}

/** The rows as they are listed, and how many of them the screen shows at once. */
export interface Listing {
  rows: readonly TopRow[];
  page: number;
}

/** What one key makes of the state. Several characters in one key, as a fast hand types them, are several keys. */
export function press(before: TopState, key: Key, listing: Listing): KeyOutcome {
  const state = before.message === null ? before : { ...before, message: null };
  if (key.name === "ctrl-c") return { state, effect: { kind: "interrupt" } };
  if (key.name === "ctrl-z") return { state, effect: { kind: "suspend" } };
  if (key.name === "ctrl-l") return { state, effect: { kind: "redraw" } };
  if (state.typing !== null) return { state: typed(state, state.typing, key) };
  if (key.name !== "text" || key.text.length === 1) return pressOne(state, key, listing);
  let outcome: KeyOutcome = { state };
  for (const [at, text] of [...key.text].entries()) {
    if (outcome.effect !== undefined) break;
    if (outcome.state.typing !== null)
      return press(outcome.state, { name: "text", text: [...key.text].slice(at).join("") }, listing);
    outcome = pressOne(outcome.state, { name: "text", text }, listing);
  }
  return outcome;
}

function pressOne(state: TopState, key: Key, listing: Listing): KeyOutcome {
  if (state.asking !== null) return answered(state, state.asking, key);
  if (state.help) return helped(state, key);
  const act = (state.agents ? agentsActs : acts)[key.name === "text" ? key.text : key.name];
  return act ? act(state, listing) : { state };
}

/** Brings selection and scroll in line with rows that have come and gone. */
export function placed(state: TopState, { rows, page }: Listing): TopState {
  const found = state.selected === null ? 0 : rows.findIndex((row) => row.task.id === state.selected);
  const index = Math.max(0, Math.min(found < 0 ? state.index : found, rows.length - 1));
  const selected = state.selected === null ? null : (rows[index]?.task.id ?? state.selected);
  const last = Math.max(0, rows.length - page);
  const offset = Math.max(0, Math.min(last, Math.max(index - page + 1, Math.min(index, state.offset))));
  return { ...state, index, selected, offset };
}

type Act = (state: TopState, listing: Listing) => KeyOutcome;

const quit: Act = (state) => ({ state, effect: { kind: "quit" } });
const detail: Act = (state) => ({ state: { ...state, detail: !state.detail, detailOffset: 0 } });
const agentsPage: Act = (state) => ({ state: { ...state, agents: !state.agents, detailOffset: 0 } });
const staleToo: Act = (state) => ({ state: { ...state, stale: !state.stale } });
const pause: Act = (state) => ({ state: { ...state, paused: !state.paused } });
const help: Act = (state) => ({ state: { ...state, help: true } });
const toTop: Act = (state) => ({ state: { ...state, detailOffset: 0 } });
const up = scrolled(() => -1);
const down = scrolled(() => 1);

/** Of the detail, or of the page of agents. */
function scrolled(by: (page: number) => number): Act {
  return (state, { page }) => {
    return { state: { ...state, detailOffset: Math.max(0, state.detailOffset + by(page)) } };
  };
}

/** Every key that has a meaning in the list. */
const acts: Readonly<Record<string, Act>> = {
  q: quit,
  Q: quit,
  up: (state, listing) => moved(state, listing, -1),
  k: (state, listing) => moved(state, listing, -1),
  down: (state, listing) => moved(state, listing, 1),
  j: (state, listing) => moved(state, listing, 1),
  pageup: (state, listing) => moved(state, listing, -listing.page),
  pagedown: (state, listing) => moved(state, listing, listing.page),
  home: (state) => ({ state: { ...state, selected: null, index: 0, detailOffset: 0 } }),
  g: (state) => ({ state: { ...state, selected: null, index: 0, detailOffset: 0 } }),
  end: (state, listing) => moved(state, listing, listing.rows.length),
  G: (state, listing) => moved(state, listing, listing.rows.length),
  left: (state, listing) => folded(state, listing, true),
  right: (state, listing) => folded(state, listing, false),
  " ": (state, listing) => folded(state, listing, null),
  enter: entered,
  d: detail,
  J: down,
  K: up,
  f: (state) => ({ state: { ...state, filter: following[state.filter] } }),
  a: agentsPage,
  A: staleToo,
  p: pause,
  "?": help,
  "/": (state) => ({ state: { ...state, typing: lineOf(state.search) } }),
  escape: (state) => ({ state: { ...state, search: "" } }),
  c: asked,
};

/** Every key that has a meaning on the page of agents. */
const agentsActs: Readonly<Record<string, Act>> = {
  q: quit,
  Q: quit,
  a: agentsPage,
  escape: agentsPage,
  enter: agentsPage,
  up,
  k: up,
  K: up,
  down,
  j: down,
  J: down,
  pageup: scrolled((page) => -page),
  pagedown: scrolled((page) => page),
  home: toTop,
  g: toTop,
  A: staleToo,
  p: pause,
  "?": help,
};

const following: Readonly<Record<Filter, Filter>> = {
  active: "attention",
  attention: "all",
  all: "active",
};

function moved(state: TopState, { rows }: Listing, by: number): KeyOutcome {
  const index = Math.max(0, Math.min(rows.length - 1, state.index + by));
  const selected = rows[index]?.task.id ?? null;
  return { state: { ...state, index, selected, detailOffset: 0 } };
}

/** Of a run its tree and its nodes; of a task of the board its detail. */
function entered(state: TopState, listing: Listing): KeyOutcome {
  const row = listing.rows[state.index];
  if (!row || row.task.runId === null) return detail(state, listing);
  const { runId, number } = row.task;
  return { state, effect: { kind: "run", runId, number: row.depth === 0 ? null : number } };
}

/** Folds, unfolds, or with null turns over, the tree under the selected row; on a leaf it does nothing. */
function folded(state: TopState, { rows }: Listing, fold: boolean | null): KeyOutcome {
  const row = rows[state.index];
  if (!row || row.fold === null) return { state };
  const folds = new Map(state.folds).set(row.task.id, fold ?? row.fold === "open");
  return { state: { ...state, folds, selected: row.task.id } };
}

function asked(state: TopState, { rows }: Listing): KeyOutcome {
  const task = rows[state.index]?.task;
  if (!task) return { state: { ...state, message: "There is no task to cancel." } };
  if (hasEnded(task)) return { state: { ...state, message: `It is ${task.state} already.` } };
  return { state: { ...state, selected: task.id, asking: { id: task.id, name: task.name } } };
}

/** Only a yes cancels. */
function answered(state: TopState, { id, name }: { id: string; name: string }, key: Key): KeyOutcome {
  const isYes = key.name === "text" && (key.text === "y" || key.text === "Y");
  if (!isYes) return { state: { ...state, asking: null, message: "Not cancelled." } };
  return { state: { ...state, asking: null }, effect: { kind: "cancel", id, name } };
}

function helped(state: TopState, key: Key): KeyOutcome {
  if (key.name === "text" && (key.text === "q" || key.text === "Q")) return quit(state, nothing);
  return { state: { ...state, help: false } };
}

const nothing: Listing = { rows: [], page: 0 };

/** The list follows each letter; Enter keeps the search, Esc clears it. */
function typed(state: TopState, line: LineInput, key: Key): TopState {
  if (key.name === "escape") return { ...state, typing: null, search: "" };
  if (key.name === "enter") return { ...state, typing: null };
  if (key.name === "backspace" && line.text === "") return { ...state, typing: null };
  const typing = edit(line, key);
  return { ...state, typing, search: typing.text };
}

function lineOf(text: string): LineInput {
  return text === "" ? emptyLine : { text, cursor: text.length };
}
