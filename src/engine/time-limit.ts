import { spanOf } from "../core/wording.ts";
import { afterAwake } from "../system/awake-timer.ts";

interface Hooks {
  /** Most of the time is used up: what the agent is to be told, once. */
  onNear: (text: string) => void;
  onOver: () => void;
}

/** After this part of its time an agent is told to hand in what it has. */
const warnAt = 0.8;

/** How long the agent of one attempt may work, in all its starts together. What it waits for between them does not count. */
export class TimeLimit {
  readonly #seconds: number | undefined;
  readonly #hooks: Hooks;
  readonly #after: typeof afterAwake;
  #leftMs: number;
  #stop: (() => void) | null = null;
  #isTold = false;
  #reason: string | null = null;

  constructor(seconds: number | undefined, hooks: Hooks, after = afterAwake) {
    this.#seconds = seconds;
    this.#leftMs = (seconds ?? 0) * 1000;
    this.#hooks = hooks;
    this.#after = after;
  }

  /** Why it was ended; null: it has time left. */
  get reason(): string | null {
    return this.#reason;
  }

  /** An agent works from now on; with all its time again where it is started anew after that was over. */
  begin(): void {
    if (this.#seconds === undefined) return;
    const wholeMs = this.#seconds * 1000;
    if (this.#reason !== null) this.#leftMs = wholeMs;
    this.#reason = null;
    const [began, left] = [performance.now(), this.#leftMs];
    const stopOver = this.#after(left, () => this.#over(wholeMs));
    const stopNear = this.#isTold
      ? null
      : this.#after(Math.max(1, left - wholeMs * (1 - warnAt)), () => this.#near(wholeMs));
    this.#stop = () => {
      stopOver();
      stopNear?.();
      this.#leftMs = Math.max(1, left - (performance.now() - began));
    };
  }

  /** It does not work any more. */
  pause(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #near(wholeMs: number): void {
    this.#isTold = true;
    const [used, whole] = [spanOf(wholeMs * warnAt), spanOf(wholeMs)];
    this.#hooks.onNear(
      `You have used up ${used} of the ${whole} that one try at your task may take. Come to an end: hand in what you have with complete().`,
    );
  }

  #over(wholeMs: number): void {
    this.#stop = null;
    this.#reason = `it took longer than the ${spanOf(wholeMs)} that one try may take`;
    this.#hooks.onOver();
  }
}
