import { messageOf } from "../../core/error.ts";
import {
  frameOf,
  helpPage,
  nodeLines,
  overviewHint,
  selectedIn,
  treeLines,
  type Frame,
  type Scene,
} from "../../tui/run/keys-view.ts";
import { helpLines } from "../../tui/run/keys-help.ts";
import {
  placed,
  press,
  startState,
  type Deed,
  type KeysState,
  type Listing,
} from "../../tui/run/keys-state.ts";
import type { RunModel } from "../../tui/run/model.ts";
import { NodePage } from "../../tui/run/node-page.ts";
import type { NodeView } from "../../tui/run/node-view.ts";
import { firstMeant, treeRows } from "../../tui/run/tree-rows.ts";
import { runLines } from "../../tui/run/view.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import type { Prompt, Size } from "../../tui/terminal/screen.ts";
import { painter } from "../../tui/terminal/theme.ts";
import { cut, safe, wrap } from "../../tui/terminal/width.ts";
import { wallClock } from "../../system/wall-clock.ts";
import { AnswerLine, type OnAnswer } from "./answer-line.ts";

/** What a person may set going from the live view of a run. */
export interface SteerActions {
  onAnswer: OnAnswer;
  /** Does it, and says what was done. Rejects with why not. */
  act(deed: Deed): Promise<string>;
  /** Keeps the page of a node up to date until it is closed. */
  watch(page: NodePage, onChange: () => void): Watching;
}

interface Watching {
  look(node: NodeView): void;
  close(): void;
}

interface Hooks extends SteerActions {
  /** Leaves the view; null: it is left by the end of the run only. */
  onLeave: (() => void) | null;
  onChange(): void;
  /** Gives the terminal to an editor for as long as that has it. */
  lend<T>(use: () => Promise<T>): Promise<T>;
}

interface Look {
  color: boolean;
  /** Whether there are keys at all. */
  hasKeys: boolean;
  /** What stands over the run where there is room for it; null: the run is never seen at a glance. */
  first: readonly string[] | null;
  /** The node that is selected from the beginning, if any is. */
  selected?: number | null;
}

/** The live view of a run that a person steps into by keys: what it shows, and what the keys do. */
export class Steering {
  readonly #model: RunModel;
  readonly #hooks: Hooks;
  readonly #look: Look;
  readonly #answer: AnswerLine;
  #state: KeysState;
  /** The question whose answer has been begun and not sent. */
  #typedFor: number | null = null;
  #open: { page: NodePage; watching: Watching } | null = null;
  /** What came of the last deed, and when. */
  #done: { message: string; at: number } | null = null;

  constructor(model: RunModel, hooks: Hooks, look: Look) {
    this.#model = model;
    this.#hooks = hooks;
    this.#look = look;
    this.#state = look.first === null ? treeState(model, look.selected ?? null) : startState;
    this.#answer = new AnswerLine(model, hooks.onAnswer, {
      onChange: hooks.onChange,
      onRefused: (number, remark) => this.#refused(number, remark),
    });
  }

  lines(size: Size, stopping: string | null): string[] {
    const { scene, frame } = this.#placed(size, stopping);
    const look = { ...size, color: this.#look.color };
    if (this.#state.help !== null) return helpPage(this.#state, frame, this.#help(size), look);
    if (this.#state.page === "overview") return this.#overview(size, scene);
    if (this.#state.page === "tree") return treeLines(scene, frame, look);
    return nodeLines(this.#state, frame, this.#pageLines(scene, size), look);
  }

  prompt(): Prompt | null {
    if (!this.#look.hasKeys) return null;
    const { typing, page, selected } = this.#state;
    if (typing !== null) return { label: labels[typing.what](selected), line: typing.line };
    return page === "overview" || this.#isAnswering ? this.#answer.prompt() : null;
  }

  key(key: Key, size: Size): void {
    const answering = this.#state.answering ?? this.#typedFor;
    const isLate = answering !== null && this.#answer.open?.number !== answering;
    if (isLate) this.#lateKey(key, answering);
    else if (this.#isAnswering) this.#answerKey(key);
    else if (this.#isForAnswer(key)) this.#toAnswer(key);
    else this.#press(key, size);
    this.#hooks.onChange();
  }

  /** Looks at nothing any more. */
  close(): void {
    this.#open?.watching.close();
    this.#open = null;
  }

  /** Whether the keys go to the line of a question that was chosen. One that is answered has none. */
  get #isAnswering(): boolean {
    const { answering } = this.#state;
    return answering !== null && this.#answer.open?.number === answering;
  }

  #answerKey(key: Key): void {
    this.#state = { ...this.#state, message: null };
    if (key.name === "escape") this.#state = { ...this.#state, answering: null };
    else this.#toAnswer(key);
    if (!this.#isAnswering) this.#state = { ...this.#state, answering: null };
  }

  #toAnswer(key: Key): void {
    this.#typedFor = key.name === "enter" ? null : (this.#answer.open?.number ?? null);
    this.#answer.key(key);
  }

  /**
   * It was answered elsewhere while the person typed: the rest of what they type is no key of the tree's, and no answer to
   * another question.
   */
  #lateKey({ name }: Key, number: number): void {
    const isTyped = name === "text" || name === "backspace";
    const message = isTyped ? `#${number} was answered meanwhile. Esc goes on.` : null;
    this.#state = { ...this.#state, message, answering: isTyped ? number : null };
    this.#typedFor = null;
  }

  #refused(number: number, remark: string): void {
    this.#state = { ...this.#state, message: remark };
    if (this.#state.page !== "overview") this.#state = { ...this.#state, answering: number };
  }

  /** At a glance, an open question has the keys that select nothing, as it had before there were others. */
  #isForAnswer({ name }: Key): boolean {
    const { page, typing, asking, help } = this.#state;
    const isFree = page === "overview" && typing === null && asking === null && help === null;
    if (!isFree || selecting.has(name) || this.#answer.open === undefined) return false;
    this.#state = { ...this.#state, message: null };
    return true;
  }

  #press(key: Key, size: Size): void {
    const { scene, frame } = this.#placed(size, null);
    const listing: Listing = {
      rows: scene.rows,
      height: frame.height,
      lines: this.#linesOf(scene, size).length,
      canLeave: this.#hooks.onLeave !== null,
    };
    const { state, effect } = press(this.#state, key, listing);
    this.#state = state;
    if (state.answering !== null) this.#answer.choose(state.answering);
    if (state.page !== "node") this.close();
    if (effect?.kind === "leave") this.#hooks.onLeave?.();
    else if (effect) this.#act(effect);
  }

  /** What scrolls but is no tree. */
  #linesOf(scene: Scene, size: Size): string[] {
    if (this.#state.help !== null) return this.#help(size);
    return this.#state.page === "node" ? this.#pageLines(scene, size) : [];
  }

  #help({ width }: Size): string[] {
    return helpLines(width, painter(this.#look.color), this.#look.first !== null);
  }

  #act(deed: Deed): void {
    const say = (message: string) => {
      this.#state = { ...this.#state, message };
      this.#done = { message, at: wallClock() };
      this.#hooks.onChange();
    };
    const act = () => this.#hooks.act(deed);
    const done = deed.kind === "edit" ? this.#hooks.lend(act) : act();
    done.then(say, (error: unknown) => say(messageOf(error)));
  }

  /** The scene, with the state placed among its rows. */
  #placed(size: Size, stopping: string | null): { scene: Scene; frame: Frame } {
    const view = this.#model.view(wallClock());
    this.#forgetDone(view.now);
    const rows = treeRows(view.nodes, this.#state);
    const look = { ...size, color: this.#look.color };
    const frame = frameOf({ view, state: this.#state, stopping }, look);
    this.#state = placed(this.#state, { rows, height: frame.height });
    return { scene: { view, state: this.#state, rows, stopping }, frame };
  }

  /** What came of a deed is not true for ever: after a while the keys stand in its place again. */
  #forgetDone(now: number): void {
    const { message } = this.#state;
    if (this.#done === null || now - this.#done.at < doneMs) return;
    if (message === this.#done.message) this.#state = { ...this.#state, message: null };
    this.#done = null;
  }

  /** All lines of the selected node's page, which is opened where it is not. */
  #pageLines({ view }: Scene, { width }: Size): string[] {
    const node = selectedIn(view, this.#state);
    if (!node) return [];
    if (this.#open?.page.number !== node.number) {
      this.close();
      const page = new NodePage(node.number);
      this.#open = { page, watching: this.#hooks.watch(page, this.#hooks.onChange) };
    }
    this.#open.watching.look(node);
    return this.#open.page.lines(node, { width, now: view.now, paint: painter(this.#look.color) });
  }

  /** The tree under what the run was started with, and over what is said to the person. */
  #overview({ width, height }: Size, { view, state, stopping }: Scene): string[] {
    const { color, hasKeys, first } = this.#look;
    const paint = painter(color);
    const isLow = height < lowScreen;
    const above = isLow ? [] : (first ?? []).flatMap((line) => wrap(line, width, 2));
    const bottom = [
      ...(state.message === null
        ? []
        : wrap(safe(state.message), width, 3).map((line) => paint("notice", line))),
      ...(stopping === null ? [] : [paint("title", cut(stopping, width))]),
    ];
    const isHinted = hasKeys && !isLow && bottom.length === 0 && this.prompt() === null;
    const hint = isHinted ? [overviewHint(view, width, paint)] : [];
    const rest = { width, height: height - above.length - bottom.length - hint.length, color };
    return [...above.map((line) => paint("detail", line)), ...runLines(view, rest), ...bottom, ...hint];
  }
}

/** Of a view that has no glance: the tree, with a node selected. */
function treeState({ nodes }: RunModel, selected: number | null): KeysState {
  const meant = selected ?? firstMeant(treeRows(nodes, startState))?.node.number ?? null;
  return { ...startState, page: "tree", selected: meant };
}

/** Long enough to be read. */
const doneMs = 10_000;

/** A screen with so few lines has none to spare for what stands above it too. */
const lowScreen = 16;

const selecting: ReadonlySet<string> = new Set(["up", "down", "pageup", "pagedown", "tab"]);

const labels = {
  search: () => "/",
  tell: (number: number | null) => `tell #${number}: `,
  modify: (number: number | null) => `goal of #${number}: `,
} as const;
