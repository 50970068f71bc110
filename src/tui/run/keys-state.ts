import type { Key } from "../terminal/keys.ts";
import { edit, emptyLine, type LineInput } from "../terminal/line-input.ts";
import { isOpenAsk, type NodeView } from "./node-view.ts";
import { finalStatuses, nodeName } from "../../core/words.ts";
import { counted } from "../../core/wording.ts";
import { firstMeant, type TreeRow } from "./tree-rows.ts";

/** What is seen: the whole run at a glance, its nodes one a line with one of them selected, or that one alone. */
export type Page = "overview" | "tree" | "node";

/** What a line is typed for. */
type TypedFor = "search" | "tell" | "modify";

/** What a person has chosen in the live view of a run: all that a key can change. */
export interface KeysState {
  page: Page;
  /** The number of the selected node; null: none is yet. */
  selected: number | null;
  /** Where it stood when it was last seen, so that what takes its place is selected when it is not listed any more. */
  index: number;
  /** The first row that is shown. */
  offset: number;
  folded: ReadonlySet<number>;
  search: string;
  typing: { what: TypedFor; line: LineInput } | null;
  /** The number of the question that is being answered: its line takes the keys. */
  answering: number | null;
  /** The first line of the node's page that is shown; null: it follows the end. */
  scrolled: number | null;
  /** The first line of the list of keys that is shown; null: the list is not. */
  help: number | null;
  /** What is done if the person says yes. */
  asking: { act: "stop"; number: number; question: string } | null;
  /** What came of the last deed, until the next key. */
  message: string | null;
}

export const startState: KeysState = {
  page: "overview",
  selected: null,
  index: 0,
  offset: 0,
  folded: new Set(),
  search: "",
  typing: null,
  answering: null,
  scrolled: null,
  help: null,
  asking: null,
  message: null,
};

/** What a key sets going outside the state. */
export type Effect = Deed | { kind: "leave" };

/** What is done to a node, or to the run. */
export type Deed =
  | { kind: "stop" | "pause" | "resume" | "edit"; number: number }
  | { kind: "tell" | "modify"; number: number; text: string }
  | { kind: "goOn" };

interface Outcome {
  state: KeysState;
  effect?: Effect;
}

/** The tree as it is listed, and how many lines the screen shows at once. */
export interface Listing {
  rows: readonly TreeRow[];
  height: number;
  /** How long the node's page is, or the list of keys. */
  lines: number;
  /** Whether one may leave the view; a run of one's own is left by Ctrl-C only. */
  canLeave: boolean;
}

/** What one key makes of the state. Several characters in one key, as a fast hand types them, are several keys. */
export function press(before: KeysState, key: Key, listing: Listing): Outcome {
  const state = before.message === null ? before : { ...before, message: null };
  if (state.typing !== null) return typed(state, state.typing, key);
  if (key.name !== "text" || key.text.length === 1) return pressOne(state, key, listing);
  let outcome: Outcome = { state };
  for (const [at, text] of [...key.text].entries()) {
    if (outcome.effect !== undefined || outcome.state.answering !== null) break;
    // what was typed or pasted blindly answers no question that it has raised itself
    if (outcome.state.asking !== null) break;
    if (outcome.state.typing !== null)
      return press(outcome.state, { name: "text", text: [...key.text].slice(at).join("") }, listing);
    outcome = pressOne(outcome.state, { name: "text", text }, listing);
  }
  return outcome;
}

function pressOne(before: KeysState, key: Key, listing: Listing): Outcome {
  const state = placed(before, listing);
  if (state.asking !== null) return answered(state, state.asking, key);
  const name = key.name === "text" ? key.text : key.name;
  if (state.help !== null) return { state: { ...state, help: helped(state.help, name, listing) } };
  const act = (state.page === "node" ? nodeActs : treeActs)[name] ?? acts[name];
  return act ? act(state, listing) : { state };
}

/** Arrows scroll the list of keys; any other key takes it away. */
function helped(from: number, name: string, { lines, height }: Listing): number | null {
  const by = { up: -1, k: -1, down: 1, j: 1, pageup: -height, pagedown: height, " ": height }[name];
  return by === undefined ? null : Math.max(0, Math.min(lines - height, from + by));
}

/** Brings selection and scroll in line with rows that have come and gone. */
export function placed(state: KeysState, { rows, height }: Pick<Listing, "rows" | "height">): KeysState {
  if (state.page === "overview") return state;
  const found = rows.findIndex((row) => row.node.number === state.selected);
  const index = Math.max(0, Math.min(found < 0 ? state.index : found, rows.length - 1));
  const selected = rows[index]?.node.number ?? state.selected;
  const last = Math.max(0, rows.length - height);
  const offset = Math.max(0, Math.min(last, Math.max(index - height + 1, Math.min(index, state.offset))));
  return { ...state, index, selected, offset };
}

type Act = (state: KeysState, listing: Listing) => Outcome;

const treeActs: Readonly<Record<string, Act>> = {
  up: (state, listing) => moved(state, listing, -1),
  k: (state, listing) => moved(state, listing, -1),
  down: (state, listing) => moved(state, listing, 1),
  j: (state, listing) => moved(state, listing, 1),
  pageup: (state, listing) => moved(state, listing, -listing.height),
  pagedown: (state, listing) => moved(state, listing, listing.height),
  home: (state, listing) => moved(state, listing, -listing.rows.length),
  g: (state, listing) => moved(state, listing, -listing.rows.length),
  end: (state, listing) => moved(state, listing, listing.rows.length),
  G: (state, listing) => moved(state, listing, listing.rows.length),
  left: (state, listing) => folded(state, listing, true),
  right: (state, listing) => folded(state, listing, false),
  f: (state, listing) => folded(state, listing, null),
  " ": (state, listing) => folded(state, listing, null),
  enter: (state, listing) => ({ state: opened(selecting(state, listing), listing) }),
  "/": (state, listing) => ({
    state: { ...selecting(state, listing), typing: { what: "search", line: lineOf(state.search) } },
  }),
  escape: left,
  q: (state, { canLeave }) => (canLeave ? { state, effect: { kind: "leave" } } : { state }),
};

const nodeActs: Readonly<Record<string, Act>> = {
  up: scrolledBy(() => -1),
  k: scrolledBy(() => -1),
  down: scrolledBy(() => 1),
  j: scrolledBy(() => 1),
  pageup: scrolledBy((page) => -page),
  pagedown: scrolledBy((page) => page),
  " ": scrolledBy((page) => page),
  home: (state) => ({ state: { ...state, scrolled: 0 } }),
  g: (state) => ({ state: { ...state, scrolled: 0 } }),
  end: (state) => ({ state: { ...state, scrolled: null } }),
  G: (state) => ({ state: { ...state, scrolled: null } }),
  left: (state, listing) => turned(state, listing, -1),
  right: (state, listing) => turned(state, listing, 1),
  escape: (state) => ({ state: { ...state, page: "tree" } }),
  q: (state) => ({ state: { ...state, page: "tree" } }),
};

/** What is done to the selected node, or to the run. */
const acts: Readonly<Record<string, Act>> = {
  t: onNode(told),
  a: answering,
  p: onNode(paused),
  s: onNode(stopped),
  m: onNode(modified),
  e: onNode((state, node) => {
    const effect: Effect = { kind: "edit", number: node.number };
    return mayChange(node) ? { state, effect } : unchangeable(state, node);
  }),
  "+": (state) => ({ state, effect: { kind: "goOn" } }),
  "?": (state) => ({ state: { ...state, help: 0 } }),
};

/** Out of the search, then of the tree, then of the view. */
function left(state: KeysState, { canLeave }: Listing): Outcome {
  if (state.search !== "") return { state: { ...state, search: "" } };
  if (canLeave) return { state, effect: { kind: "leave" } };
  return { state: { ...state, page: "overview", selected: null } };
}

/** The state with a node selected: at first the one that a person most likely means. */
function selecting(state: KeysState, { rows }: Listing): KeysState {
  if (state.page !== "overview") return state;
  return { ...state, page: "tree", selected: firstMeant(rows)?.node.number ?? null };
}

/** The first key only selects. */
function moved(state: KeysState, listing: Listing, by: number): Outcome {
  const { rows } = listing;
  if (state.page === "overview") {
    const isFar = Math.abs(by) > 1;
    const row = rows[by < 0 ? 0 : rows.length - 1];
    return {
      state: isFar
        ? { ...state, page: "tree", selected: row?.node.number ?? null }
        : selecting(state, listing),
    };
  }
  const index = Math.max(0, Math.min(rows.length - 1, state.index + by));
  return { state: { ...state, index, selected: rows[index]?.node.number ?? null } };
}

/** The node before or after the one whose page is seen. */
function turned(state: KeysState, listing: Listing, by: number): Outcome {
  return { state: opened(moved(state, listing, by).state, listing) };
}

/** Of a node that works, the page follows what its agent does; of any other it begins at its top. */
function opened(state: KeysState, { rows }: Listing): KeysState {
  const row = rows.find(({ node }) => node.number === state.selected);
  return row ? { ...state, page: "node", scrolled: row.node.status === "active" ? null : 0 } : state;
}

/** Folds, unfolds, or with null turns over, what is below the selected node; on a leaf, or again, that of its parent. */
function folded(before: KeysState, listing: Listing, fold: boolean | null): Outcome {
  const state = selecting(before, listing);
  const row = listing.rows.find(({ node }) => node.number === state.selected);
  if (!row || before.page === "overview") return { state };
  const { number, parent } = row.node;
  const isOpen = row.fold === "open";
  const wanted = fold ?? (row.fold === null || isOpen);
  if (wanted && !isOpen) {
    if (parent === null) return { state };
    if (fold === true) return { state: { ...state, selected: parent } };
    return { state: { ...state, selected: parent, folded: new Set(state.folded).add(parent) } };
  }
  const next = new Set(state.folded);
  if (wanted) next.add(number);
  else next.delete(number);
  return { state: { ...state, folded: next } };
}

function scrolledBy(by: (page: number) => number): Act {
  return (state, { lines, height }) => {
    const last = Math.max(0, lines - height);
    const at = Math.max(0, Math.min(last, (state.scrolled ?? last) + by(height)));
    return { state: { ...state, scrolled: at === last ? null : at } };
  };
}

/** An act on the selected node; without one it is said how to select one. */
function onNode(act: (state: KeysState, node: NodeView, row: TreeRow) => Outcome): Act {
  return (state, { rows }) => {
    const row = rows.find(({ node }) => node.number === state.selected);
    if (state.page === "overview" || !row)
      return { state: { ...state, message: "Select a node first, by ↑ and ↓." } };
    return act(state, row.node, row);
  };
}

/** Of a question, what is told is the answer. */
function told(state: KeysState, node: NodeView): Outcome {
  if (isOpenAsk(node)) return { state: { ...state, answering: node.number } };
  if (node.status === "active") return { state: { ...state, typing: { what: "tell", line: emptyLine } } };
  const instead = mayModify.has(node.status) ? " m changes what it is to do." : "";
  return refused(state, node, `no agent works on it now.${instead}`);
}

const mayModify: ReadonlySet<NodeView["status"]> = new Set(["pending", "paused"]);

/** The selected question, else one that the selected node asked, else the oldest. */
function answering(state: KeysState, { rows }: Listing): Outcome {
  const open = rows.map(({ node }) => node).filter(isOpenAsk);
  const meant =
    open.find(({ number }) => number === state.selected) ??
    open.find(({ parent }) => parent === state.selected) ??
    open.toSorted((one, other) => one.number - other.number)[0];
  if (!meant) return { state: { ...state, message: "Nothing is asked." } };
  return { state: { ...state, answering: meant.number } };
}

/** What is paused goes on; anything else that is open is paused. Both mean all below it too. */
function paused(state: KeysState, node: NodeView): Outcome {
  if (finalStatuses.includes(node.status)) return refused(state, node, "there is nothing left to pause.");
  const kind = node.status === "paused" ? "resume" : "pause";
  return { state, effect: { kind, number: node.number } };
}

function modified(state: KeysState, node: NodeView): Outcome {
  if (!mayChange(node)) return unchangeable(state, node);
  return { state: { ...state, typing: { what: "modify", line: lineOf(node.goal) } } };
}

function mayChange(node: NodeView): boolean {
  return mayModify.has(node.status) && !isOpenAsk(node);
}

function unchangeable(state: KeysState, node: NodeView): Outcome {
  const instead = finalStatuses.includes(node.status)
    ? "what it was to do can be changed no more."
    : `p pauses it first${node.status === "active" ? ", or t tells its agent" : ""}.`;
  return refused(state, node, instead);
}

function refused(state: KeysState, { number, status }: NodeView, why: string): Outcome {
  return { state: { ...state, message: `${nodeName(number)} is ${status}: ${why}` } };
}

function stopped(state: KeysState, node: NodeView, { open }: TreeRow): Outcome {
  const name = nodeName(node.number);
  if (finalStatuses.includes(node.status)) return refused(state, node, "there is nothing left to stop.");
  const below = open - 1;
  const question = isOpenAsk(node)
    ? `Withdraw question ${name}?`
    : node.number === rootNumber
      ? `Stop the whole run, ${counted(open, "node that is", "nodes that are")} not done?`
      : `Stop ${name}${below > 0 ? ` and ${counted(below, "node", "nodes")} below it` : ""}?`;
  return { state: { ...state, asking: { act: "stop", number: node.number, question } } };
}

const rootNumber = 1;

/** Only a yes does it. */
function answered(state: KeysState, { act, number }: NonNullable<KeysState["asking"]>, key: Key): Outcome {
  const isYes = key.name === "text" && (key.text === "y" || key.text === "Y");
  if (!isYes) return { state: { ...state, asking: null, message: "Nothing was done." } };
  return { state: { ...state, asking: null }, effect: { kind: act, number } };
}

/** A search follows each letter; Esc gives the line up. */
function typed(state: KeysState, { what, line }: NonNullable<KeysState["typing"]>, key: Key): Outcome {
  const isOver = key.name === "escape" || (key.name === "backspace" && line.text === "");
  if (isOver) return { state: { ...state, typing: null, ...(what === "search" ? { search: "" } : {}) } };
  if (key.name === "enter") return entered({ ...state, typing: null }, what, line.text.trim());
  const next = edit(line, key);
  return {
    state: { ...state, typing: { what, line: next }, ...(what === "search" ? { search: next.text } : {}) },
  };
}

function entered(state: KeysState, what: TypedFor, text: string): Outcome {
  if (what === "search" || text === "" || state.selected === null) return { state };
  return { state, effect: { kind: what, number: state.selected, text } };
}

function lineOf(text: string): LineInput {
  return text === "" ? emptyLine : { text, cursor: text.length };
}
