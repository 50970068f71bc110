import type { Moment } from "../core/moment.ts";
import { bootId, sinceBootMs } from "../system/boot.ts";

/** What the machine tells of time, in milliseconds. */
export interface Machine {
  /** since 1970; people set it */
  wall(): number;
  /** never steps; it may stand still while the machine sleeps */
  steady(): number;
  /** since the machine's boot, its sleep included */
  sinceBoot(): number;
  /** which boot that was; empty where the system does not tell */
  boot: string;
}

const thisMachine: Machine = {
  // oxlint-disable-next-line no-restricted-properties -- the clock that is shown; deadlines are held against the steady one
  wall: Date.now,
  steady: () => performance.now(),
  sinceBoot: sinceBootMs,
  boot: bootId(),
};

/**
 * The daemon reads its clock much more often than this. A longer gap means that it stood still (a closed laptop,
 * SIGSTOP, one very long turn of its loop), and that nobody could renew a lease, send a heartbeat or give an answer
 * in that time.
 */
const gapMs = 500;

/**
 * The clock for deadlines. It follows the time since boot but leaves gaps out: at the first look after a gap, before
 * any request is served, every deadline moves on by its length, once, so none is further away than it was before.
 */
export class DaemonClock {
  readonly #machine: Machine;
  readonly #gapMs: number;
  #readAt: number;
  #shift: number;
  #isStanding = false;

  constructor(machine: Machine = thisMachine, shortestGapMs = gapMs) {
    this.#machine = machine;
    this.#gapMs = shortestGapMs;
    this.#readAt = machine.steady();
    this.#shift = machine.sinceBoot() - this.#readAt;
  }

  get boot(): string {
    return this.#machine.boot;
  }

  wall(): number {
    return this.#machine.wall();
  }

  get isStanding(): boolean {
    return this.#isStanding;
  }

  /** While nothing can be written, nobody can renew a lease either: until it is told to go on, all time is a gap. */
  stand(isStanding: boolean): void {
    this.monotonic();
    this.#isStanding = isStanding;
  }

  /** Whole milliseconds. */
  monotonic(): number {
    const read = this.#machine.steady();
    const passed = read - this.#readAt;
    if (this.#isStanding || passed > this.#gapMs) this.#shift -= passed;
    this.#readAt = read;
    return Math.floor(read + this.#shift);
  }

  moment(): Moment {
    return { now: this.wall(), monotonic: this.monotonic() };
  }

  /** How far it is behind the time since boot: all gaps, and all the time that the machine slept. */
  behind(): number {
    return Math.round(this.#machine.sinceBoot() - this.monotonic());
  }
}
