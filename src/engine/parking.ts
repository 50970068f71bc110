import { timeText, type Parking as Parked } from "../core/account.ts";
import { capitalized, spanOf } from "../core/wording.ts";
import { afterAwake } from "../system/awake-timer.ts";
import { wallClock } from "../system/wall-clock.ts";

/** Milliseconds. */
interface ParkingTimes {
  /** from the moment at which an account has its allowance again, to the first try */
  marginMs: number;
  /** the first wait where that moment is not known, or has passed and the account is still used up; doubled each time */
  firstWaitMs: number;
  maxWaitMs: number;
  /** an account that is still used up so long after it should not be: a person has to go on with the run */
  maxMs: number;
  /** between two starts, once the account is open again */
  paceMs: number;
}

/** Those of a run, by its graces. */
export function parkingTimes({
  reset,
  busy,
  pace,
}: {
  reset: number;
  busy: number;
  pace: number;
}): ParkingTimes {
  return { marginMs: reset, firstWaitMs: busy, maxWaitMs: 300_000, maxMs: 6 * 3_600_000, paceMs: pace };
}

interface Hooks {
  /** What it waits for, as a sentence; null: it goes on. */
  onChange(sentence: string | null): void;
  /** Something may be started again. */
  onRoom(): void;
  /** The one that tried was answered: the account is open again. */
  onAnswered(): void;
  onGivenUp(sentence: string): void;
}

/** What is replaced in tests. */
interface Clock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

const realClock: Clock = { now: wallClock, after: (ms, run) => afterAwake(ms, run) };

type State =
  | { is: "open" }
  /** nothing is started */
  | { is: "parked"; parked: Parked }
  /** one is started; null: it is not there yet */
  | { is: "trying"; parked: Parked; probe: object | null }
  /** one after the other is started */
  | { is: "pacing"; left: number; mayStart: boolean };

/** The longest time between two looks at the wall clock, which people set. */
const lookMs = 60_000;

/**
 * Starts nothing while an account is used up. When it should be open again one agent starts, and after its first answer
 * the others follow, paced. It stores nothing: the daemon keeps what is known of the account, for the next engine.
 */
export class Parking {
  readonly #hooks: Hooks;
  readonly #times: ParkingTimes;
  readonly #clock: Clock;
  /** how many may start one after the other before all may */
  readonly #paced: number;
  #state: State = { is: "open" };
  /** how often in a row the account was still used up when it was tried */
  #refusals = 0;
  /** since when it should have been open */
  #overdueSince: number | null = null;
  #dueAt = 0;
  #stopTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(hooks: Hooks, paced: number, times: ParkingTimes, clock: Clock = realClock) {
    this.#hooks = hooks;
    this.#paced = paced;
    this.#times = times;
    this.#clock = clock;
  }

  /** What it waits for; null: it does not. */
  get sentence(): string | null {
    const state = this.#state;
    if (state.is === "parked") return this.#waiting(state.parked);
    return state.is === "trying" ? `${capitalized(state.parked.reason)}; one agent tries again.` : null;
  }

  /** Whether nothing is started. */
  get isParked(): boolean {
    return this.#state.is === "parked";
  }

  /** How many of so many may be started now. */
  room(free: number): number {
    const state = this.#state;
    if (this.#isClosed) return 0;
    if (state.is === "open") return free;
    const isFree = state.is === "trying" ? state.probe === null : state.is === "pacing" && state.mayStart;
    return isFree ? Math.min(free, 1) : 0;
  }

  /** An attempt was claimed. The first while the account is tried is the one that tries it. */
  claimed(attempt: object): void {
    const state = this.#state;
    if (state.is === "trying") state.probe ??= attempt;
    if (state.is === "pacing") state.mayStart = false;
  }

  /** Why an attempt may not start an agent now; null: it may. */
  parkedFor(attempt: object): Parked | null {
    const state = this.#state;
    if (state.is === "parked") return state.parked;
    return state.is === "trying" && state.probe !== attempt ? state.parked : null;
  }

  /** The account is used up. Nothing new in the same words. */
  park(parked: Parked): void {
    const state = this.#state;
    if (this.#isClosed) return;
    if (state.is === "parked" && state.parked.reason === parked.reason && state.parked.until === parked.until)
      return;
    if (state.is !== "parked") this.#refusals = state.is === "open" ? 0 : this.#refusals + 1;
    this.#state = { is: "parked", parked };
    this.#dueAt = this.#due(parked);
    if (this.#isOverdue(parked)) {
      this.#overdueSince ??= this.#clock.now();
      if (this.#clock.now() - this.#overdueSince >= this.#times.maxMs)
        return this.#hooks.onGivenUp(`${capitalized(parked.reason)}.`);
    } else this.#overdueSince = null;
    this.#hooks.onChange(this.sentence);
    this.#look();
  }

  /** One tries now, whatever is known. */
  tryNow(): void {
    const state = this.#state;
    if (state.is !== "parked" || this.#isClosed) return;
    this.#stopTimer?.();
    this.#state = { is: "trying", parked: state.parked, probe: null };
    this.#hooks.onChange(this.sentence);
    this.#hooks.onRoom();
  }

  /** The account is open again. */
  open(): void {
    if (this.#state.is === "open" || this.#state.is === "pacing" || this.#isClosed) return;
    this.#stopTimer?.();
    this.#state = { is: "pacing", left: this.#paced, mayStart: true };
    this.#overdueSince = null;
    this.#hooks.onChange(null);
    this.#pace();
  }

  /** The model has answered an attempt. */
  answered(attempt: object): void {
    if (this.#state.is !== "trying" || this.#state.probe !== attempt) return;
    this.open();
    this.#hooks.onAnswered();
  }

  /** An attempt is over, however: if it was the one that tried, another does. */
  left(attempt: object): void {
    if (this.#state.is !== "trying" || this.#state.probe !== attempt) return;
    this.#state.probe = null;
    this.#hooks.onRoom();
  }

  /** Starts nothing any more, and says nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
  }

  /** One that was refused is not tried again at once, whatever its reset says. */
  #due(parked: Parked): number {
    const { firstWaitMs, maxWaitMs, marginMs } = this.#times;
    const waitMs = Math.min(firstWaitMs * 2 ** Math.min(this.#refusals, maxDoublings), maxWaitMs);
    const at = parked.until === null ? 0 : Date.parse(parked.until) + marginMs;
    const mustWait = parked.until === null || this.#refusals > 0;
    return mustWait ? Math.max(at, this.#clock.now() + waitMs) : at;
  }

  #isOverdue({ until }: Parked): boolean {
    return until === null || Date.parse(until) + this.#times.marginMs <= this.#clock.now();
  }

  #look(): void {
    this.#stopTimer?.();
    const leftMs = this.#dueAt - this.#clock.now();
    if (leftMs <= 0) return this.tryNow();
    this.#stopTimer = this.#clock.after(Math.min(leftMs, lookMs), () => this.#look());
  }

  #pace(): void {
    const state = this.#state;
    if (state.is !== "pacing") return;
    state.left -= 1;
    state.mayStart = true;
    if (state.left <= 0) this.#state = { is: "open" };
    else this.#stopTimer = this.#clock.after(this.#times.paceMs, () => this.#pace());
    this.#hooks.onRoom();
  }

  #waiting({ reason }: Parked): string {
    const now = this.#clock.now();
    const leftMs = this.#dueAt - now;
    const when = leftMs < lookMs ? `in ${spanOf(Math.max(0, leftMs))}` : `at ${timeText(this.#dueAt, now)}`;
    return `${capitalized(reason)}; the run goes on ${when}.`;
  }
}

const maxDoublings = 16;
