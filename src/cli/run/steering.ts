import { messageOf } from "../../core/error.ts";
import { frameOf, overviewHint, treeLines, type Frame, type Scene } from "../../tui/run/keys-view.ts";
import {
  placed,
  press,
  startState,
  type Deed,
  type KeysState,
  type Listing,
} from "../../tui/run/keys-state.ts";
import type { RunModel } from "../../tui/run/model.ts";
import { treeRows } from "../../tui/run/tree-rows.ts";
import { runLines } from "../../tui/run/view.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import type { Prompt, Size } from "../../tui/terminal/screen.ts";
import { painter } from "../../tui/terminal/theme.ts";
import { cut, safe, wrap } from "../../tui/terminal/width.ts";
import { wallClock } from "../wall-clock.ts";
import { AnswerLine, type OnAnswer } from "./answer-line.ts";

/** What a person may set going from the live view of a run. */
export interface SteerActions {
  onAnswer: OnAnswer;
  /** Does it, and says what was done. Rejects with why not. */
  act(deed: Deed): Promise<string>;
  /** Leaves the view; null: it is left by the end of the run only. */
  onLeave: (() => void) | null;
  onChange(): void;
}

interface Look {
  color: boolean;
  /** Whether there are keys at all. */
  hasKeys: boolean;
  /** What stands over the run where there is room for it. */
  first: readonly string[];
}

/** The live view of a run that a person steps into by keys: what it shows, and what the keys do. */
export class Steering {
  readonly #model: RunModel;
  readonly #actions: SteerActions;
  readonly #look: Look;
  readonly #answer: AnswerLine;
  #state: KeysState = startState;

  constructor(model: RunModel, actions: SteerActions, look: Look) {
    this.#model = model;
    this.#actions = actions;
    this.#look = look;
    this.#answer = new AnswerLine(model, actions.onAnswer, actions.onChange);
  }

  lines(size: Size, stopping: string | null): string[] {
    const { scene, frame } = this.#placed(size, stopping);
    if (this.#state.page === "overview") return this.#overview(size, scene);
    const look = { ...size, color: this.#look.color };
    return treeLines(scene, frame, look);
  }

  prompt(): Prompt | null {
    if (!this.#look.hasKeys) return null;
    const { typing, page, selected } = this.#state;
    if (typing !== null) return { label: labels[typing.what](selected), line: typing.line };
    return page === "overview" || this.#state.answering !== null ? this.#answer.prompt() : null;
  }

  key(key: Key, size: Size): void {
    if (this.#isForAnswer(key)) this.#answer.key(key);
    else this.#press(key, size);
    this.#actions.onChange();
  }

  /** At a glance, an open question has the keys that select nothing, as it had before there were others. */
  #isForAnswer({ name }: Key): boolean {
    const { page, typing, asking, help } = this.#state;
    const isFree = page === "overview" && typing === null && asking === null && !help;
    return isFree && !selecting.has(name) && this.#answer.open !== undefined;
  }

  #press(key: Key, size: Size): void {
    const { scene, frame } = this.#placed(size, null);
    const listing: Listing = {
      rows: scene.rows,
      height: frame.height,
      lines: 0,
      page: frame.height,
      canLeave: this.#actions.onLeave !== null,
    };
    const { state, effect } = press(this.#state, key, listing);
    this.#state = state;
    if (effect?.kind === "leave") this.#actions.onLeave?.();
    else if (effect) this.#act(effect);
  }

  #act(deed: Deed): void {
    const say = (message: string) => {
      this.#state = { ...this.#state, message };
      this.#actions.onChange();
    };
    this.#actions.act(deed).then(say, (error: unknown) => say(messageOf(error)));
  }

  /** The scene, with the state placed among its rows. */
  #placed(size: Size, stopping: string | null): { scene: Scene; frame: Frame } {
    const view = this.#model.view(wallClock());
    const rows = treeRows(view.nodes, this.#state);
    const frame = frameOf({ view, state: this.#state, stopping }, { ...size, color: this.#look.color });
    this.#state = placed(this.#state, { rows, height: frame.height });
    return { scene: { view, state: this.#state, rows, stopping }, frame };
  }

  /** The tree under what the run was started with, and over what is said to the person. */
  #overview({ width, height }: Size, { view, state, stopping }: Scene): string[] {
    const { color, first, hasKeys } = this.#look;
    const paint = painter(color);
    const isLow = height < lowScreen;
    const top = isLow
      ? []
      : first.flatMap((line) => wrap(line, width, 2)).map((line) => paint("detail", line));
    const said = state.message ?? this.#answer.remark;
    const bottom = [
      ...(said === null ? [] : wrap(safe(said), width, 3).map((line) => paint("notice", line))),
      ...(stopping === null ? [] : [paint("title", cut(stopping, width))]),
    ];
    const hint =
      hasKeys && !isLow && bottom.length === 0 && this.prompt() === null ? [overviewHint(width, paint)] : [];
    const rest = { width, height: height - top.length - bottom.length - hint.length, color };
    return [...top, ...runLines(view, rest), ...bottom, ...hint];
  }
}

/** A screen with so few lines has none to spare for what stands above it too. */
const lowScreen = 16;

const selecting: ReadonlySet<string> = new Set(["up", "down", "pageup", "pagedown", "tab"]);

const labels = {
  search: () => "/",
  tell: (number: number | null) => `tell #${number}: `,
  modify: (number: number | null) => `goal of #${number}: `,
} as const;
