import { z } from "zod";
import { tryParseJson } from "../../core/json.ts";
import { tabBounds } from "../../core/limits.ts";

const hourMs = 3_600_000;

const Stored = z.object({ number: z.number().int().min(0), at: z.array(z.number()).max(1000) });

/** The wakes of a tab: how many there were, and when those of the last hour, by the wall clock: they outlive the daemon and the boot. */
export class WakeBudget {
  #number: number;
  #at: number[];

  constructor(stored: string | null) {
    const { number, at } = read(stored);
    this.#number = number;
    this.#at = at;
  }

  /**
   * As it is stored when a tab is opened. A wake may have been given of which nothing was written, since the daemon was killed: no number
   * is given twice.
   */
  static opened(stored: string | null): string {
    const { number, at } = read(stored);
    return JSON.stringify({ number: stored === null ? 0 : number + 1, at });
  }

  /** of the newest wake */
  get number(): number {
    return this.#number;
  }

  /** How many wakes there may be now. */
  left(now: number): number {
    return Math.max(0, tabBounds.wakesPerHour - this.#within(now).length);
  }

  /** How long until there may be one more than now, in milliseconds. */
  moreInMs(now: number): number {
    const oldest = this.#within(now)[0];
    return oldest === undefined ? 0 : Math.max(0, oldest + hourMs - now);
  }

  /** Takes one, and gives its number. */
  take(now: number): number {
    this.#at = [...this.#within(now), now].slice(-tabBounds.wakesPerHour);
    return (this.#number += 1);
  }

  stored(): string {
    return JSON.stringify({ number: this.#number, at: this.#at });
  }

  /** A time that is yet to come was written before somebody set the clock back: it counts for nothing. */
  #within(now: number): number[] {
    return this.#at.filter((at) => at > now - hourMs && at <= now);
  }
}

function read(stored: string | null): z.infer<typeof Stored> {
  return Stored.safeParse(tryParseJson(stored ?? "")).data ?? { number: 0, at: [] };
}
