import { spanOf } from "../core/wording.ts";
import { afterAwake } from "../system/awake-timer.ts";

/** How long the agent of one attempt may work, in all its starts together. What it waits for between them does not count. */
export class TimeLimit {
  readonly #seconds: number | undefined;
  readonly #onOver: () => void;
  #leftMs: number;
  #stop: (() => void) | null = null;
  #reason: string | null = null;

  constructor(seconds: number | undefined, onOver: () => void) {
    this.#seconds = seconds;
    this.#leftMs = (seconds ?? 0) * 1000;
    this.#onOver = onOver;
  }

  /** Why it was ended; null: it has time left. */
  get reason(): string | null {
    return this.#reason;
  }

  /** An agent works from now on; with all its time again where it is started anew after that was over. */
  begin(): void {
    if (this.#seconds === undefined) return;
    if (this.#reason !== null) this.#leftMs = this.#seconds * 1000;
    this.#reason = null;
    const span = spanOf(this.#seconds * 1000);
    const [began, left] = [performance.now(), this.#leftMs];
    const stop = afterAwake(left, () => {
      this.#stop = null;
      this.#reason = `it took longer than the ${span} that one try may take`;
      this.#onOver();
    });
    this.#stop = () => {
      stop();
      this.#leftMs = Math.max(1, left - (performance.now() - began));
    };
  }

  /** It does not work any more. */
  pause(): void {
    this.#stop?.();
    this.#stop = null;
  }
}
