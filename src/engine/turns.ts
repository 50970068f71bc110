import { afterAwake } from "../system/awake-timer.ts";
import type { AgentEvent } from "./agents/agent.ts";
import { completeTool } from "./hand-in.ts";

/** What the turns of an agent's conversation lead to. */
interface Hooks {
  /** Gives the agent a message. False if it cannot be told. */
  tell(text: string): boolean;
  /** what a person sees of an agent that waits; null: it goes on */
  onNotice(notice: string | null): void;
  /** No further turn is wanted. */
  finish(): void;
}

/** Milliseconds. */
interface Waits {
  /** for a background task of the agent's to report */
  background: number;
  /** for the turn that an agent begins by itself once a task has reported */
  comeBack: number;
}

/**
 * Decides after each turn whether an agent that has not called complete() is finished. An agent that left something
 * running in the background continues by itself when that reports. An agent that just stopped is told once to call
 * complete(). After that its last text is its result.
 */
export class Turns {
  readonly #hooks: Hooks;
  readonly #waits: Waits;
  /** tasks in the background that have not reported, by id */
  readonly #tasks = new Map<string, string>();
  #lastText = "";
  /** what the message under way says; null: it calls something, so it is no end */
  #saying: string | null = "";
  #lastWords = "";
  #wasTold = false;
  #isOver = false;
  #triedComplete = false;
  #isComplete = false;
  #isFinished = false;
  #stopTimer: (() => void) | null = null;

  constructor(hooks: Hooks, waits: Waits) {
    this.#hooks = hooks;
    this.#waits = waits;
  }

  /** Whether a turn is under way. */
  get isUnderWay(): boolean {
    return !this.#isOver;
  }

  /** Whether no further turn was wanted: what it said last is its end. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** What the model said at the end of its last good turn; empty if nothing. */
  get lastText(): string {
    return this.#lastText;
  }

  /** The text of a complete message without calls, until its turn ends; empty if there is none. */
  get lastWords(): string {
    return this.#lastWords;
  }

  heard(event: AgentEvent): void {
    this.#listen(event);
    switch (event.type) {
      case "background":
        return this.#background(event.id, event.what);
      case "ended":
        return this.#ended(event);
      case "used":
        this.#triedComplete = event.tool === completeTool;
        return this.#begun();
      case "message":
      case "said":
        return this.#begun();
      // all else comes also between turns, as from what runs in the background: it ends no wait
      default:
    }
  }

  #listen(event: AgentEvent): void {
    if (event.type === "used") this.#saying = null;
    if (event.type === "said" && this.#saying !== null) this.#saying = event.text;
    if (event.type === "written") this.#lastWords = this.#saying ?? "";
    if (event.type !== "message" && event.type !== "ended") return;
    this.#saying = "";
    this.#lastWords = "";
  }

  /** The daemon has its result: whatever turn is under way is its last. */
  completed(): void {
    this.#isComplete = true;
    this.close();
    if (this.#isOver) this.#finish();
  }

  /** The agent is gone, or its end is decided otherwise. */
  close(): void {
    this.#stopTimer?.();
  }

  #begun(): void {
    this.#isOver = false;
    this.close();
  }

  #background(id: string, what: string | null): void {
    if (what !== null) {
      if (this.#tasks.size < maxTasks) this.#tasks.set(id, what);
      return;
    }
    this.#tasks.delete(id);
    if (this.#isOver && this.#tasks.size === 0) this.#later(this.#waits.comeBack, () => this.#remind());
  }

  #ended({ ok, text, unasked }: Extract<AgentEvent, { type: "ended" }>): void {
    const triedComplete = this.#triedComplete;
    this.close();
    this.#isOver = true;
    this.#triedComplete = false;
    if (ok && text.trim() !== "") this.#lastText = text;
    if (!ok || this.#isComplete) return this.#finish();
    // the turn that what it was told begins is still to come
    if (unasked && this.#wasTold) return this.#later(this.#waits.comeBack, () => this.#finish());
    if (this.#wasTold) return this.#finish();
    // the daemon's word of what it has just handed in may be on its way
    if (triedComplete) return this.#later(this.#waits.comeBack, () => this.#goOn());
    this.#goOn();
  }

  #goOn(): void {
    const [task] = this.#tasks.values();
    if (task === undefined) return this.#remind();
    this.#hooks.onNotice(`waits for what it runs in the background: ${task}`);
    this.#later(this.#waits.background, () => this.#remind());
  }

  #remind(): void {
    this.#wasTold = true;
    this.#isOver = false;
    if (!this.#hooks.tell(reminder([...this.#tasks.values()]))) return this.#finish();
    this.#hooks.onNotice("stopped without complete(), and is told to call it");
  }

  #finish(): void {
    this.#isFinished = true;
    this.#hooks.finish();
  }

  #later(ms: number, run: () => void): void {
    this.close();
    this.#stopTimer = afterAwake(ms, run);
  }
}

/** An agent that starts more does not make cord remember them. */
const maxTasks = 1_000;
const maxNamed = 5;

function reminder(running: readonly string[]): string {
  const left =
    running.length === 0
      ? ""
      : ` What you started in the background has not ended (${running.slice(0, maxNamed).join("; ")}): end it, or hand in without it.`;
  return `You stopped without calling complete(), and only what you pass to it counts.${left} If your work is done, call complete(result) now, with your whole result. If it is not, go on, and call complete() at its end. If you cannot call it, say your whole result as your last message: that is taken in its place.`;
}
