import type { WholeNode } from "../../../src/core/node.ts";
import { frameOf, helpPage, nodeLines, selectedIn, treeLines } from "../../../src/tui/run/keys-view.ts";
import { helpLines } from "../../../src/tui/run/keys-help.ts";
import {
  placed,
  press,
  startState,
  type Effect,
  type KeysState,
  type Listing,
} from "../../../src/tui/run/keys-state.ts";
import { NodePage } from "../../../src/tui/run/node-page.ts";
import type { NodeView, RunView } from "../../../src/tui/run/node-view.ts";
import { treeRows } from "../../../src/tui/run/tree-rows.ts";
import type { Key, KeyName } from "../../../src/tui/terminal/keys.ts";
import type { Size } from "../../../src/tui/terminal/screen.ts";
import { painter } from "../../../src/tui/terminal/theme.ts";
import { at, nodeView, runView } from "./views.ts";

/** A run as a person goes through it by keys, without a terminal: the state, and the frames that it gives. */
export class Steered {
  view: RunView;
  state: KeysState = startState;
  size: Size;
  readonly page = new NodePage(0);

  constructor(view: RunView, size: Size = { width: 80, height: 24 }) {
    this.view = view;
    this.size = size;
  }

  /** Keys by name, or text; what the last one set going. */
  press(...keys: string[]): Effect | undefined {
    let effect: Effect | undefined;
    for (const key of keys) {
      const { listing } = this.#look();
      const outcome = press(this.state, keyOf(key), listing);
      [this.state, effect] = [outcome.state, outcome.effect];
    }
    this.#look();
    return effect;
  }

  frame(color = false): string[] {
    const { listing, frame } = this.#look();
    const look = { ...this.size, color };
    if (this.state.help !== null) return helpPage(this.state, frame, this.#help(), look);
    if (this.state.page === "node") return nodeLines(this.state, frame, this.#page(), look);
    return treeLines({ view: this.view, state: this.state, rows: listing.rows, stopping: null }, frame, look);
  }

  #look() {
    const rows = treeRows(this.view.nodes, this.state);
    const frame = frameOf(
      { view: this.view, state: this.state, stopping: null },
      { ...this.size, color: false },
    );
    this.state = placed(this.state, { rows, height: frame.height });
    const lines = (this.state.help !== null ? this.#help() : this.state.page === "node" ? this.#page() : [])
      .length;
    const listing: Listing = { rows, height: frame.height, lines, canLeave: false };
    return { listing, frame };
  }

  #help(): string[] {
    return helpLines(this.size.width, painter(false), true);
  }

  #page(): string[] {
    const node = selectedIn(this.view, this.state);
    const look = { width: this.size.width, now: this.view.now, paint: painter(false) };
    return node ? this.page.lines(node, look) : [];
  }
}

const named: readonly KeyName[] = [
  "up",
  "down",
  "pageup",
  "pagedown",
  "home",
  "end",
  "enter",
  "escape",
  "left",
  "right",
  "backspace",
  "ctrl-u",
];

function keyOf(name: string): Key {
  const key = named.find((one) => one === name);
  return key === undefined ? { name: "text", text: name } : { name: key, text: "" };
}

const states: readonly Partial<NodeView>[] = [
  { status: "complete", worked_ms: 41_000, usd: 0.12, result: "Done." },
  { status: "active", running_since: at(122_000), activity: "Bash: python score.py" },
  { status: "pending", needs: [2] },
  { status: "failed", worked_ms: 3_000, usd: 0.01, reason: "claude exited with 1" },
  { status: "paused" },
];

/** A run of so many nodes: five at a time hang under each that is there. */
export function treeOf(count: number): RunView {
  const nodes = Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const parent = number === 1 ? null : Math.floor((number - 2) / 5) + 1;
    const isInner = number * 5 - 3 <= count;
    const state = isInner ? { status: "waiting" as const } : states[index % states.length];
    return nodeView(number, { parent, goal: `Part ${number} of the survey of payment providers`, ...state });
  });
  return runView(nodes, { notices: ["agents run with bypassPermissions"] });
}

/** What the daemon knows of a node, whole. */
export function wholeNode(given: Partial<WholeNode> = {}): WholeNode {
  return {
    id: "#2",
    type: "TASK",
    goal: "Part 2",
    status: "active",
    created_at: at(0),
    updated_at: at(0),
    attempts: [],
    ...given,
  };
}
