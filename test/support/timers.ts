/** Timers by a clock that only a test moves. */
export class Timers {
  readonly #now: () => number;
  #waiting: { run: () => void; at: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly schedule = (run: () => void, delayMs: number): (() => void) => {
    const timer = { run, at: this.#now() + delayMs };
    this.#waiting.push(timer);
    return () => void (this.#waiting = this.#waiting.filter((one) => one !== timer));
  };

  /** When the next is due, by that clock; null: none is. */
  get next(): number | null {
    return this.#waiting.length === 0 ? null : Math.min(...this.#waiting.map(({ at }) => at));
  }

  /** Runs what is due, the earliest first. */
  run(): void {
    const due = this.#waiting
      .filter(({ at }) => at <= this.#now())
      .toSorted((one, other) => one.at - other.at);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { run } of due) run();
  }
}
