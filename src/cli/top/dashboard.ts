import type { Event } from "../../core/event.ts";
import type { Agent } from "../../core/task.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import type { Prompt, Size } from "../../tui/terminal/screen.ts";
import { emptyDetail, type Detail } from "../../tui/top/detail.ts";
import { layoutOf } from "../../tui/top/layout.ts";
import { TopModel, type Snapshot } from "../../tui/top/model.ts";
import { rowsOf, type TopRow } from "../../tui/top/rows.ts";
import { placed, press, startState, type Effect, type TopState } from "../../tui/top/state.ts";
import type { Scene } from "../../tui/top/view.ts";
import type { Hearer, Wanted } from "./feed.ts";
import { wallClock } from "../../system/wall-clock.ts";

/** When more events than this are held while the picture is paused, only the first and the last of each task are kept. */
const maxHeld = 10_000;

/** What the daemon says and what the person chooses, brought together into a scene. */
export class Dashboard {
  readonly #model = new TopModel();
  readonly #project: string | null;
  #state: TopState = startState;
  #link: Scene["link"];
  #newsAt = wallClock();
  #detail: { shown: Detail; seq: number } | null = null;
  /** While the picture is paused: what happened, and the moment that it shows. */
  #held: Event[] = [];
  #heldCount = 0;
  #compactAt = maxHeld;
  #newSnapshot: Snapshot | null = null;
  #pausedAt = 0;
  #listed: { rows: readonly TopRow[]; version: number; by: TopState } | null = null;

  constructor(snapshot: Snapshot, project: string | null, link: "live" | "once") {
    this.#model.load(snapshot);
    this.#project = project;
    this.#link = link;
    if (link === "once") this.#state = { ...startState, detail: false };
  }

  scene(size: Size): Scene {
    const rows = this.#place(size);
    const state = this.#state;
    return {
      model: this.#model,
      state,
      rows,
      detail: this.#selectedDetail(),
      project: this.#project,
      now: state.paused ? this.#pausedAt : wallClock(),
      newsAt: this.#newsAt,
      link: this.#link,
      held: this.#heldCount,
    };
  }

  prompt(): Prompt | null {
    const { typing } = this.#state;
    return typing === null ? null : { label: "/", line: typing };
  }

  press(key: Key, size: Size): Effect | undefined {
    const rows = this.#place(size);
    const page = Math.max(1, layoutOf(size, this.#state)?.page ?? 1);
    const wasPaused = this.#state.paused;
    const { state, effect } = press(this.#state, key, { rows, page });
    this.#state = state;
    if (!wasPaused && state.paused) this.#pausedAt = wallClock();
    if (wasPaused && !state.paused) this.#catchUp();
    return effect;
  }

  say(message: string): void {
    this.#state = { ...this.#state, message };
  }

  /** Calls back after each thing that is to be drawn. What throws here is no fault of the connection, and is not thrown there. */
  hearer(onChange: () => void, onError: (error: unknown) => void): Hearer {
    const heard = (change: () => void) => {
      this.#newsAt = wallClock();
      try {
        change();
        onChange();
      } catch (error) {
        onError(error);
      }
    };
    return {
      onEvent: (event) => heard(() => this.#take(event)),
      onAgents: (agents) => heard(() => this.#takeAgents(agents)),
      onRuns: (runs) => heard(() => !this.#state.paused && this.#model.setRuns(runs)),
      onSnapshot: (snapshot) =>
        heard(() => {
          this.#link = "live";
          this.#forgetHeld();
          if (this.#detail) this.#detail.seq = 0;
          if (this.#state.paused) this.#newSnapshot = snapshot;
          else this.#model.load(snapshot);
        }),
      onLost: () => {
        this.#link = "reconnecting";
        onChange();
      },
    };
  }

  /** The task whose detail is to be read, at the seq it has; null when it is shown already, or none is. */
  wantedDetail(size: Size): Wanted | null {
    const row = this.#place(size)[this.#state.index];
    const { detail, paused } = this.#state;
    if (!detail || !row) return null;
    const { id, seq } = row.task;
    if (this.#detail?.shown.id !== id) return { id, seq };
    return paused || this.#detail.seq >= seq ? null : { id, seq };
  }

  showDetail(shown: Detail, seq: number): void {
    this.#detail = { shown, seq };
  }

  #take(event: Event): void {
    if (!this.#state.paused) return void this.#model.apply(event);
    this.#heldCount += 1;
    if (this.#held.push(event) <= this.#compactAt) return;
    this.#held = firstsAndLasts(this.#held);
    this.#compactAt = Math.max(maxHeld, this.#held.length * 2);
  }

  /** A lease that is extended is no event: a task under one is read again as often as the agents are. */
  #takeAgents(agents: readonly Agent[]): void {
    if (this.#state.paused) return;
    this.#model.setAgents(agents);
    if (this.#detail?.shown.task?.lease_until !== undefined) this.#detail.seq = 0;
  }

  #catchUp(): void {
    if (this.#newSnapshot) this.#model.load(this.#newSnapshot);
    for (const event of this.#held) this.#model.apply(event);
    this.#newSnapshot = null;
    this.#forgetHeld();
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#heldCount = 0;
    this.#compactAt = maxHeld;
  }

  /** The rows, made anew only when something has changed, and the selection among them. */
  #place(size: Size): readonly TopRow[] {
    const { filter, search, folds } = this.#state;
    const { version } = this.#model;
    const last = this.#listed;
    const isFresh =
      last?.version === version &&
      last.by.filter === filter &&
      last.by.search === search &&
      last.by.folds === folds;
    const rows = isFresh ? last.rows : rowsOf(this.#model, this.#state);
    const page = Math.max(1, layoutOf(size, this.#state)?.page ?? 1);
    this.#state = placed(this.#state, { rows, page });
    this.#listed = { rows, version, by: this.#state };
    return rows;
  }

  /** Until another task's detail has been read, it is said that it is being read. */
  #selectedDetail(): Detail | null {
    const { detail, index } = this.#state;
    const id = detail ? this.#listed?.rows[index]?.task.id : undefined;
    if (id === undefined) return null;
    return this.#detail?.shown.id === id ? this.#detail.shown : emptyDetail(id);
  }
}

function firstsAndLasts(events: readonly Event[]): Event[] {
  const kept = [...Map.groupBy(events, (event) => event.task_id).values()].flatMap((some) => {
    const [first, last] = [some.at(0), some.at(-1)];
    return first && last ? (first === last ? [first] : [first, last]) : [];
  });
  return kept.toSorted((a, b) => a.seq - b.seq);
}
