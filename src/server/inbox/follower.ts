import { isDiskTrouble, messageOf } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import { cursorNamed, moveCursor } from "../../store/tables/cursors.ts";
import { eventsSince } from "../../store/tables/events.ts";
import type { Store, Tx } from "../../store/store.ts";

interface FollowerOptions {
  store: Store;
  /** the name of its cursor */
  name: string;
  /** Called in the store before anything else, and once: the cursor is there by then. */
  begin(tx: Tx): Promise<void>;
  /** Called before events are looked at, once they are durable. */
  prepare(): Promise<void>;
  /** Whether an event leads to a write. */
  isWanted(event: Event): boolean;
  /** Does what the events lead to, with the first of them at least, and gives the seq of the last that it did. */
  apply(tx: Tx, events: readonly Event[]): Promise<number>;
  /** What apply did is durable. */
  applied(): void;
  complain(sentence: string): void;
  retryMs?: { min: number; max: number };
}

/** As many events are read, or held in memory, at once. More are read from the log again. */
const batchSize = 500;
const maxHeld = 5000;

/** A cursor need not move with each event: what led to no write may be looked at twice. */
const savedEvery = 500;

/**
 * Follows the log of events by a cursor that lies in the database. What an event leads to is written in one transaction with the
 * cursor, so a crash repeats nothing and leaves nothing out. Events that lead to nothing cost no write.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #retryMs: { min: number; max: number };
  readonly #waiters: { seq: number; resolve(): void }[] = [];
  #held: Event[] = [];
  /** the log holds more than what is held in memory */
  #isBehind = true;
  #hasBegun = false;
  /** up to where events were looked at, up to where the cursor stands, and the last event that is known */
  #at = 0;
  #saved = 0;
  #latest = 0;
  #working: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #isStopped = false;
  /** prepare is to be called again */
  #isNudged = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#retryMs = options.retryMs ?? { min: 1000, max: 60_000 };
    options.store.onCommit((events) => this.#hear(events));
    this.#wake();
  }

  /** Resolves when all that is durable by now was followed, or could not be. */
  async settled(): Promise<void> {
    if (this.#hasBegun && this.#at >= this.#latest) return;
    if (this.#failures > 0 || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push({ seq: this.#latest, resolve });
      this.#wake();
    });
  }

  /** Has prepare called again. */
  nudge(): void {
    this.#isNudged = true;
    this.#wake();
  }

  /** Follows what is held in memory, and ends. What lies in the log is left to the next one. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#working;
    if (this.#failures === 0 && this.#hasBegun) {
      if (!this.#isBehind) await this.#step().catch(() => {});
      if (this.#saved < this.#at) await this.#save().catch(() => {});
    }
    this.#release(Number.POSITIVE_INFINITY);
  }

  #hear(events: readonly Event[]): void {
    if (this.#isStopped) return;
    this.#latest = Math.max(this.#latest, events.at(-1)?.seq ?? 0);
    if (this.#held.length + events.length > maxHeld) {
      this.#held = [];
      this.#isBehind = true;
    } else this.#held.push(...events);
    this.#wake();
  }

  #wake(): void {
    if (this.#working !== null || this.#timer !== null || this.#isStopped) return;
    this.#working = this.#work().finally(() => {
      this.#working = null;
      if (this.#failures > 0 && !this.#isStopped) this.#retryLater();
      else if (this.#hasMore || this.#isNudged) this.#wake();
    });
  }

  get #hasMore(): boolean {
    return this.#isBehind || this.#held.length > 0;
  }

  async #work(): Promise<void> {
    try {
      if (!this.#hasBegun) await this.#begin();
      if (!this.#hasMore) await this.#prepare();
      await this.#follow();
      this.#failures = 0;
    } catch (error) {
      // what was held is read from the log again
      this.#held = [];
      this.#isBehind = true;
      this.#failures += 1;
      // of the disk's troubles the store tells by itself
      if (this.#failures === 1 && !isDiskTrouble(error))
        this.#options.complain(`inboxes: ${messageOf(error)}`);
      this.#release(Number.POSITIVE_INFINITY);
    }
  }

  async #begin(): Promise<void> {
    const { store, name, begin } = this.#options;
    this.#at = await store.write(async (tx) => {
      await begin(tx);
      return (await cursorNamed(tx, name)) ?? 0;
    });
    this.#saved = this.#at;
    this.#hasBegun = true;
  }

  /** Whoever nudges from now on has it called once more. */
  async #prepare(): Promise<void> {
    this.#isNudged = false;
    await this.#options.prepare();
  }

  async #follow(): Promise<void> {
    while (this.#hasMore && !this.#isStopped) await this.#step();
    this.#release(this.#at);
  }

  async #step(): Promise<void> {
    const { events, until } = await this.#next();
    await this.#prepare();
    if (events.some((event) => this.#options.isWanted(event))) await this.#apply(events);
    this.#at = Math.max(this.#at, until);
    if (this.#at - this.#saved >= savedEvery) await this.#save();
    this.#latest = Math.max(this.#latest, this.#at);
    this.#release(this.#at);
  }

  /** The next events, and up to where they leave nothing out. */
  async #next(): Promise<{ events: readonly Event[]; until: number }> {
    const held = this.#held.filter(({ seq }) => seq > this.#at);
    this.#held = [];
    if (!this.#isBehind) return { events: held, until: held.at(-1)?.seq ?? this.#at };
    // what is committed from now on is held
    this.#isBehind = false;
    const { events, until, isLast } = await this.#options.store.read((tx) =>
      eventsSince(tx, this.#at, {}, batchSize),
    );
    if (!isLast) this.#isBehind = true;
    return { events, until };
  }

  async #apply(events: readonly Event[]): Promise<void> {
    const { store, name, apply, applied } = this.#options;
    for (let left = events; left.length > 0;) {
      const until = await store.write(async (tx) => {
        const done = await apply(tx, left);
        await moveCursor(tx, name, done);
        return done;
      });
      this.#at = this.#saved = until;
      applied();
      left = left.filter(({ seq }) => seq > until);
    }
  }

  async #save(): Promise<void> {
    const { store, name } = this.#options;
    const at = this.#at;
    await store.write((tx) => moveCursor(tx, name, at));
    this.#saved = at;
  }

  #release(upTo: number): void {
    const waiting = this.#waiters.splice(0);
    for (const waiter of waiting)
      if (waiter.seq <= upTo) waiter.resolve();
      else this.#waiters.push(waiter);
  }

  #retryLater(): void {
    const { min, max } = this.#retryMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#wake();
      },
      Math.min(max, min * 2 ** (this.#failures - 1)),
    );
  }
}
