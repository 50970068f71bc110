import { defaults } from "../core/limits.ts";
import { afterAwake } from "../system/awake-timer.ts";

/** How long an agent may give no sign of life. Milliseconds. */
export interface SilenceBounds {
  /** from its start to the first line that it prints */
  first: number;
  /** from then on */
  stall: number;
  /** after this time a person is shown that it is silent */
  shown: number;
}

export const defaultSilence: Omit<SilenceBounds, "stall"> = {
  first: defaults.firstLineSeconds * 1000,
  shown: defaults.silenceShownSeconds * 1000,
};

interface Hooks {
  /** what a person sees of it; null: it is heard again */
  onNotice(notice: string | null): void;
  /** It has been silent for too long, and is to be ended; with the reason. Called once. */
  onSilent(reason: string): void;
}

/** What the tool calls of an agent are to its silence. */
interface ToolCall {
  tool: string;
  ms: number;
}

/**
 * Watches one agent process for signs of life. Any output is one, and so is a tool call in progress, however long it
 * takes; a call that takes longer than the bound is shown. An agent that waits for a known reason, such as the API's
 * delay, is not silent. Time in which this process was stopped or the machine slept does not count.
 */
export class Silence {
  readonly #bounds: SilenceBounds;
  readonly #hooks: Hooks;
  readonly #calls = new Map<string, ToolCall>();
  readonly #tickMs: number;
  #state: "starting" | "working" | "resting" = "starting";
  #silentMs = 0;
  #shown: string | null = null;
  #stopTimer: () => void;

  constructor(bounds: SilenceBounds, hooks: Hooks) {
    // what is ended sooner is shown sooner
    this.#bounds = { ...bounds, shown: Math.min(bounds.shown, bounds.stall / 2) };
    this.#hooks = hooks;
    this.#tickMs = Math.min(maxTickMs, bounds.first, bounds.stall, this.#bounds.shown);
    this.#stopTimer = this.#tickLater();
  }

  /** It has printed a line. */
  heard(): void {
    this.#silentMs = 0;
    if (this.#state === "starting") this.#state = "working";
    this.#show(null);
  }

  /** A tool call is under way, until it has returned. */
  called(id: string, tool: string): void {
    this.#state = "working";
    if (this.#calls.size < maxCalls) this.#calls.set(id, { tool, ms: 0 });
  }

  /** Whether a tool call is under way. */
  get calling(): boolean {
    return this.#calls.size > 0;
  }

  returned(id: string): void {
    this.#calls.delete(id);
  }

  /** It waits this long, for a reason that it has said. */
  waits(ms: number): void {
    this.#silentMs = -ms;
  }

  /** Its turn is over: whoever keeps it waits for it by other bounds. */
  rest(): void {
    this.#state = "resting";
    this.#calls.clear();
    this.#show(null);
  }

  /** It was told something, and has to act on it. */
  stir(): void {
    if (this.#state === "resting") this.#state = "working";
    this.#silentMs = 0;
  }

  close(): void {
    this.#stopTimer();
  }

  #tickLater(): () => void {
    return afterAwake(this.#tickMs, () => {
      this.#stopTimer = this.#tickLater();
      this.#tick();
    });
  }

  #tick(): void {
    if (this.#state === "resting") return;
    for (const call of this.#calls.values()) call.ms += this.#tickMs;
    const [oldest] = this.#calls.values();
    if (oldest !== undefined) {
      this.#silentMs = 0;
      return this.#show(
        oldest.ms < this.#bounds.stall
          ? null
          : `${oldest.tool} has run for ${span(stepOf(oldest.ms, this.#bounds.stall))}`,
      );
    }
    this.#silentMs += this.#tickMs;
    const { first, stall, shown } = this.#bounds;
    const isFirst = this.#state === "starting";
    if (this.#silentMs >= (isFirst ? first : stall)) {
      this.close();
      return this.#hooks.onSilent(
        isFirst
          ? `it printed nothing within ${span(first)} of its start`
          : `it gave no sign of life for ${span(stall)}`,
      );
    }
    if (this.#silentMs >= shown) this.#show(`has said nothing for ${span(stepOf(this.#silentMs, shown))}`);
  }

  /** Only a change: each is a line of a log, and an event of the run. */
  #show(notice: string | null): void {
    if (notice === this.#shown) return;
    this.#shown = notice;
    this.#hooks.onNotice(notice);
  }
}

const maxTickMs = 1000;

/** An agent that never says how its calls end does not make cord remember them all. */
const maxCalls = 1000;

const quarterMs = 15_000;
const minuteMs = 60_000;

/** From the first that is shown in quarters of a minute, then in minutes: each step is a line of a log. */
function stepOf(ms: number, firstMs: number): number {
  const step = ms < minuteMs ? quarterMs : minuteMs;
  return Math.max(firstMs, Math.floor(ms / step) * step);
}

function span(ms: number): string {
  return ms < 2 * minuteMs ? `${Math.floor(ms / 1000)} s` : `${Math.floor(ms / minuteMs)} min`;
}
