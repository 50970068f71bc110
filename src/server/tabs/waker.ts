import { tabBounds } from "../../core/limits.ts";
import type { Moment } from "../../core/moment.ts";
import type { TabState } from "../../core/tab.ts";
import type { InboxRow } from "../../store/tables/inbox.ts";
import type { WakeBudget } from "./budget.ts";
import { wakeText } from "./wake-text.ts";

/** What a tab's waker needs to know of it, and of the world. */
export interface WakerAround {
  moment(): Moment;
  /** Runs something later, unless the returned function is called first. */
  schedule(run: () => void, delayMs: number): () => void;
  /** what its agent has not read: how much, and the newest of it, the oldest of that first */
  unread(): Promise<{ count: number; rows: readonly InboxRow[] }>;
  agent(): string;
  /** whether others act in its session too */
  isShared(): boolean;
  /** null: nobody knows */
  state(): TabState | null;
  /** whether its client has a way in, and its person lets it be woken */
  canBeWoken(): boolean;
  /** whether a call of its agent's is held open: it hears of what is new by its result */
  isInCall(): boolean;
  /** Tells the bridge. */
  say(wake: { wake: number; text: string; urgent: boolean }): void;
  /** Writes down that it was woken for these. */
  note(ids: readonly number[]): Promise<void>;
}

/** As many wakes are remembered whose bridge has yet to say how they went. */
const maxPending = 16;

/**
 * Decides when a tab is woken. At once for the first thing; what comes within three seconds after that is one wake more; what stays
 * unread for a minute while the tab is idle wakes it again, three times at most for each thing. Of what it was told by a note or a
 * hook it is only reminded. A crash forgets nothing but the three seconds: what no bridge has confirmed wakes the tab anew when it comes back.
 */
export class Waker {
  readonly #around: WakerAround;
  readonly #budget: WakeBudget;
  readonly #pending = new Map<number, readonly InboxRow[]>();
  #wokenAt = Number.NEGATIVE_INFINITY;
  /** since when it is idle, by the clock that never steps; null: it is not */
  #idleSince: number | null = Number.NEGATIVE_INFINITY;
  #timer: { cancel(): void; at: number } | null = null;
  #looking: Promise<void> | null = null;
  #isStirred = false;
  #isStopped = false;
  /** nothing was said yet since its stream was opened: what was said before may not have come */
  #isNew = true;
  /** something new waits for the end of a turn, and of a wake that was given in it */
  #isHeldBack = false;
  /** what it was woken for, and could not be written down yet: it is not woken for that anew */
  #unnoted: readonly number[] = [];

  constructor(around: WakerAround, budget: WakeBudget) {
    this.#around = around;
    this.#budget = budget;
  }

  /** Something may have changed: looks whether the tab is to be woken. Resolves once that is done. */
  stir(): Promise<void> {
    this.#isStirred = true;
    this.#idleSince = this.#isIdle() ? (this.#idleSince ?? this.#around.moment().monotonic) : null;
    this.#looking ??= Promise.resolve().then(() => this.#look());
    return this.#looking;
  }

  /** What comes next wakes the tab at once, however soon after the last wake. */
  hurry(): void {
    this.#wokenAt = Number.NEGATIVE_INFINITY;
  }

  /** Its stream is another one: what was said on the one before, and not confirmed since, is said anew. */
  reopened(): void {
    this.#isNew = true;
  }

  /** The things of a wake whose bridge says how it went; none for a wake that it was not told to give, or said that of before. */
  settle(wake: number): readonly InboxRow[] {
    const rows = this.#pending.get(wake) ?? [];
    this.#pending.delete(wake);
    return rows;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #look(): Promise<void> {
    while (this.#isStirred && !this.#isStopped) {
      this.#isStirred = false;
      // of the disk's troubles the store tells by itself
      await this.#lookOnce().catch(() => this.#again(tabBounds.coalesceMs));
    }
    // at once: whoever stirs from now on has it look again
    this.#looking = null;
  }

  async #lookOnce(): Promise<void> {
    const around = this.#around;
    if (!around.canBeWoken() || around.isInCall()) return;
    await this.#noteDown();
    const sinceMs = around.moment().monotonic - this.#wokenAt;
    if (sinceMs < tabBounds.coalesceMs) return this.#again(tabBounds.coalesceMs - sinceMs);
    const { count, rows } = await around.unread();
    if (this.#isStopped || !around.canBeWoken() || around.isInCall()) return;
    const { now } = around.moment();
    const isNew = this.#isNew;
    this.#isNew = false;
    const left = rows.filter(({ wakes }) => wakes < tabBounds.timesWoken);
    const fresh = left.filter(({ told_at, wakes }) => told_at === null && (isNew || wakes === 0));
    // a turn or a dialog has just ended: the wake that its client kept till then leads to a turn of its own
    const restMs = Math.max(0, tabBounds.coalesceMs - this.#idleMs());
    const overdue = this.#isIdle() ? left.filter((row) => reminderInMs(row, now) <= 0) : [];
    const due = overdue.filter(({ told_at }) => told_at === null || restMs === 0);
    const isAgain = fresh.length === 0;
    const about = isAgain ? due : fresh;
    if (this.#isIdle() && this.#isHeldBack) {
      // the wake that lay ahead of the tab begins a turn now, in which it reads all
      this.#isHeldBack = false;
      return this.#again(tabBounds.coalesceMs);
    }
    this.#isHeldBack = !isAgain && !this.#isIdle() && hasWakeAhead(rows) && !fresh.some(isUrgent);
    if (this.#isHeldBack) return;
    if (about.length > 0)
      return this.#wake(
        about,
        about.length + (about.length === rows.length ? count - rows.length : 0),
        isAgain,
      );
    // what is due and waits for the tab to be idle is looked at when it is
    const later = left.map((row) => reminderInMs(row, now)).filter((inMs) => inMs > 0);
    if (overdue.length > 0) later.push(restMs);
    if (later.length > 0) this.#again(Math.min(...later));
  }

  #idleMs(): number {
    return this.#idleSince === null ? 0 : this.#around.moment().monotonic - this.#idleSince;
  }

  #isIdle(): boolean {
    const state = this.#around.state();
    return state === "idle" || state === null;
  }

  async #wake(rows: readonly InboxRow[], count: number, isAgain: boolean): Promise<void> {
    const around = this.#around;
    const { now, monotonic } = around.moment();
    if (this.#budget.left(now) === 0) return this.#again(this.#budget.moreInMs(now));
    const number = this.#budget.take(now);
    this.#wokenAt = monotonic;
    const urgent = rows.some(isUrgent);
    const lines = rows.toSorted((one, other) => other.urgent - one.urgent).map(({ line }) => line);
    around.say({
      wake: number,
      text: wakeText({ agent: around.agent(), lines, count, isAgain, isShared: around.isShared(), number }),
      urgent,
    });
    this.#pending.set(number, rows);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > maxPending && oldest !== undefined) this.#pending.delete(oldest);
    this.#again(tabBounds.coalesceMs);
    this.#unnoted = rows.map(({ id }) => id);
    await this.#noteDown();
  }

  /** Where that fails, it is tried again before anything else is looked at. */
  async #noteDown(): Promise<void> {
    if (this.#unnoted.length === 0) return;
    await this.#around.note(this.#unnoted);
    this.#unnoted = [];
  }

  /** Looks again after a time; of several times the earliest counts. */
  #again(delayMs: number): void {
    if (this.#isStopped) return;
    const at = this.#around.moment().monotonic + delayMs;
    if (this.#timer !== null && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const cancel = this.#around.schedule(() => {
      this.#timer = null;
      void this.stir();
    }, delayMs);
    this.#timer = { cancel, at };
  }
}

/**
 * Whether a wake was given that the tab has not come to: in a turn its client keeps it for the end, and it leads to all that has come by
 * then. Another would cost a turn, or a wake of the hour's, for nothing.
 */
function hasWakeAhead(rows: readonly InboxRow[]): boolean {
  return rows.some(({ told_at, wakes }) => told_at !== null && wakes > 0);
}

function isUrgent({ urgent }: InboxRow): boolean {
  return urgent === 1;
}

/** When an idle tab is to be reminded of what it knows of, in milliseconds from now; never of what it was not told of. */
function reminderInMs({ told_at, woken_at }: InboxRow, now: number): number {
  const told = Math.max(told_at ?? 0, woken_at ?? 0);
  if (told === 0) return Number.POSITIVE_INFINITY;
  // somebody has set the clock back since
  return told > now ? 0 : told + tabBounds.againAfterMs - now;
}
