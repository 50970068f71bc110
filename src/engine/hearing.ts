import type { UsageWindow } from "../core/account.ts";
import { beginningOf, oneLine } from "../core/text.ts";
import type { AgentEvent } from "./agents/agent.ts";
import { apiTroubleOf, type ApiTrouble } from "./agents/api-trouble.ts";
import type { Spent } from "./agents/spending.ts";
import type { Progress } from "./run-context.ts";
import type { Cost } from "./cost.ts";
import { completeTool } from "./hand-in.ts";
import { Silence, type SilenceBounds } from "./silence.ts";
import type { Ended } from "./verdict.ts";

/** What is done about what an agent tells. */
interface Hooks {
  onProgress(progress: Progress): void;
  /** The model has answered. */
  onAnswer(): void;
  /** It has heard what is left of its account. */
  onWindows(windows: readonly UsageWindow[]): void;
  /** It has called complete(), whatever will be answered. */
  onComplete(): void;
  /** No more of it is wanted: it is to be ended. */
  end(): void;
}

/**
 * Follows one start of an agent: shows a person what it reports, ends it when it is silent, counts its cost, and
 * collects the evidence for its verdict.
 */
export class Hearing {
  readonly #silence: Silence;
  readonly #cost: Cost;
  readonly #hooks: Hooks;
  #began = false;
  #connected: boolean | null = null;
  #kept: string | null = null;
  #ended: Ended | null = null;
  #refused: ApiTrouble | null = null;
  #silent: string | null = null;
  #usedUp: readonly UsageWindow[] | null = null;
  #isOver = false;

  constructor(bounds: SilenceBounds, cost: Cost, hooks: Hooks) {
    this.#cost = cost;
    this.#hooks = hooks;
    this.#silence = new Silence(bounds, {
      onNotice: (notice) => hooks.onProgress({ notice }),
      onSilent: (reason) => {
        this.#silent = reason;
        this.#end();
      },
    });
  }

  /** What of an attempt's evidence was heard. */
  get evidence() {
    return {
      began: this.#began,
      connected: this.#connected,
      kept: this.#kept,
      ended: this.#ended,
      refused: this.#refused,
      silent: this.#silent,
      usedUp: this.#usedUp,
    };
  }

  /** Whether it is being ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** It has printed a line. */
  line(): void {
    this.#silence.heard();
  }

  /** It was told something, and has to act on it. */
  stir(): void {
    this.#silence.stir();
  }

  /** It is gone. */
  close(): void {
    this.#silence.close();
  }

  hear(event: AgentEvent): void {
    const { onProgress } = this.#hooks;
    switch (event.type) {
      case "started":
        return this.#started(event);
      case "message":
        // one that has rested begins a turn by itself
        return this.#silence.stir();
      case "written":
      case "background":
        return;
      case "said":
        this.#answered();
        this.#silence.stir();
        return onProgress({ activity: shortened(event.text), notice: null });
      case "used":
        this.#answered();
        if (event.tool === completeTool) this.#hooks.onComplete();
        if (event.id !== null) this.#silence.called(event.id, event.tool);
        return onProgress({ activity: shortened(`${event.tool}: ${event.detail}`), notice: null });
      case "returned":
        return this.#returned(event.id);
      case "retrying":
        return this.#retrying(event);
      case "windows":
        this.#usedUp = event.windows.some(({ status }) => status === "rejected") ? event.windows : null;
        return this.#hooks.onWindows(event.windows);
      case "spent":
        return this.#spent(this.#cost.spend(event));
      case "ended":
        this.#ended = event;
        this.#spent(this.#cost.tell(event));
        this.#silence.rest();
        return onProgress({ denials: event.denials.map(({ tool }) => tool), notice: null });
      default:
        return event satisfies never;
    }
  }

  /** Of what nothing is known nothing is told: it is not nothing. */
  #spent({ counted, ...spent }: Spent): void {
    if (counted !== false) this.#hooks.onProgress(spent);
  }

  #started({ model, cordConnected, kept }: Extract<AgentEvent, { type: "started" }>): void {
    this.#began = true;
    this.#connected ??= cordConnected;
    this.#kept = kept;
    this.#hooks.onProgress({ model });
    if (cordConnected === false || kept !== null) this.#end();
  }

  /** In a session without cord's tools the model has learnt that there are none: it is not resumed. */
  #answered(): void {
    if (this.#connected !== false && this.#kept === null) this.#hooks.onAnswer();
  }

  #end(): void {
    this.#isOver = true;
    this.#hooks.end();
  }

  /** With no call under way it thinks. */
  #returned(id: string): void {
    this.#silence.returned(id);
    if (!this.#silence.calling) this.#hooks.onProgress({ activity: null, notice: null });
  }

  /** What cannot pass is not waited for, and what takes long is waited for with the others. */
  #retrying(event: Extract<AgentEvent, { type: "retrying" }>): void {
    this.#silence.waits(event.delayMs);
    this.#hooks.onProgress({ notice: retryNotice(event) });
    const { status, message } = event;
    const trouble = apiTroubleOf({ status, category: message, text: "" });
    if (trouble.kind !== "account" && event.delayMs <= maxDelayMs) return;
    this.#refused = trouble;
    this.#end();
  }
}

/** An agent that would wait longer for the API by itself is ended, and waits with the others. */
const maxDelayMs = 60_000;

function retryNotice({ status, attempt, delayMs }: Extract<AgentEvent, { type: "retrying" }>): string {
  return `${troubleText(status)}, retry ${attempt} in ${Math.ceil(delayMs / 1000)}s`;
}

function troubleText(status: number | null): string {
  if (status === null) return "no answer from the API";
  if (status === 429) return "rate limited";
  return status === 529 ? "the API is overloaded" : `API error ${status}`;
}

const shownActivity = 200;

function shortened(text: string): string {
  return beginningOf(oneLine(text), shownActivity);
}
