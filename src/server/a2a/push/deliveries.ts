import { messageOf } from "../../../core/error.ts";
import { pushBounds } from "../../../core/limits.ts";
import type { Moment } from "../../../core/moment.ts";
import { plain, shortened } from "../../../core/text.ts";
import {
  advancePush,
  delayPush,
  findPushConfig,
  restPush,
  type PushKey,
  type PushRow,
  type WatchedPush,
} from "../../../store/tables/push-configs.ts";
import type { Store } from "../../../store/store.ts";

/** How far a configuration's deliveries have come: see PushRow. */
export type Cursor = Pick<PushRow, "seq" | "part">;

/** What is to be delivered next: how to, and the cursor behind it. `seen`: there is nothing up to this event. */
export type Next =
  | { send(signal: AbortSignal): Promise<void>; behind: Cursor }
  | { send: null; seen: number; hasEnded: boolean };

interface DeliveryOptions {
  store: Store;
  clock(): Moment;
  /** What a row has to deliver next. `seen`: up to there was nothing at the last look. */
  next(row: PushRow, seen: number): Promise<Next>;
  complain(sentence: string): void;
  bounds?: Bounds;
}

/** See pushBounds. */
interface Bounds {
  deliveryMs: number;
  pauseMs: { first: number; max: number };
  giveUpMs: number;
}

/** One configuration, as far as it has to be known to say when something is to be done. */
interface Lane {
  key: PushKey;
  origin: string;
  /** when it may be tried, by the monotonic clock */
  due: number;
  /** something may be there to be delivered */
  isStale: boolean;
  seen: number;
  /** what was delivered and could not be written down */
  unsaved: Cursor | null;
  underWay: AbortController | null;
}

/**
 * Delivers, configuration by configuration, what happens to their tasks: one update at a time and in their order, each until
 * it is taken. What is delivered and what failed stands in the database, so that another daemon goes on with it.
 */
export class Deliveries {
  readonly #options: Required<DeliveryOptions>;
  readonly #lanes = new Map<string, Lane>();
  readonly #byTask = new Map<string, Set<Lane>>();
  /** stale, or under way; the one that has waited for longest comes first */
  readonly #active = new Set<Lane>();
  readonly #perOrigin = new Map<string, number>();
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = { bounds: pushBounds, ...options };
  }

  /** Whether there is anything to be delivered, or tried again. */
  get isPending(): boolean {
    return this.#active.size > 0;
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** Takes up a configuration; what was under way for it under another URL has ended. */
  watch({ task_id, id, url, due, state }: WatchedPush): void {
    this.drop({ task_id, id });
    const lane: Lane = {
      key: { task_id, id },
      origin: new URL(url).origin,
      due,
      isStale: state === "live",
      seen: 0,
      unsaved: null,
      underWay: null,
    };
    this.#lanes.set(nameOf(lane.key), lane);
    const ofTask = this.#byTask.get(task_id) ?? new Set();
    this.#byTask.set(task_id, ofTask.add(lane));
    if (lane.isStale) this.#active.add(lane);
    this.#pump();
  }

  /** Forgets a configuration, and ends what is under way for it. */
  drop(key: PushKey): void {
    const lane = this.#lanes.get(nameOf(key));
    if (lane === undefined) return;
    this.#lanes.delete(nameOf(key));
    const ofTask = this.#byTask.get(key.task_id);
    ofTask?.delete(lane);
    if (ofTask?.size === 0) this.#byTask.delete(key.task_id);
    lane.underWay?.abort(new Error("it was deleted"));
    if (lane.underWay === null) this.#active.delete(lane);
  }

  /** Forgets all others. */
  keep(rows: readonly PushKey[]): void {
    const names = new Set(rows.map(nameOf));
    for (const [name, { key }] of this.#lanes) if (!names.has(name)) this.drop(key);
  }

  /** Something has happened to a task. */
  wake(taskId: string): void {
    const lanes = this.#byTask.get(taskId);
    if (lanes === undefined) return;
    for (const lane of lanes) this.#stir(lane, lane.due);
    this.#pump();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const lane of this.#active) lane.underWay?.abort(new Error("the daemon ends"));
  }

  #stir(lane: Lane, due: number): void {
    lane.isStale = true;
    lane.due = due;
    this.#active.add(lane);
  }

  /** Begins what is due, as far as the bounds go, and sets the timer to what is due next. */
  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const { monotonic } = this.#options.clock();
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.#active) {
      if (this.#inFlight >= pushBounds.inFlight) return;
      if (lane.underWay !== null) continue;
      if (lane.due > monotonic) next = Math.min(next, lane.due);
      else if ((this.#perOrigin.get(lane.origin) ?? 0) < pushBounds.inFlightPerOrigin) void this.#run(lane);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#pump(), Math.max(next - monotonic, minTimerMs));
  }

  async #run(lane: Lane): Promise<void> {
    const underWay = new AbortController();
    lane.underWay = underWay;
    this.#count(lane.origin, 1);
    try {
      await this.#step(lane, underWay.signal);
    } catch {
      // the store tells of the disk's troubles by itself
      this.#stir(lane, this.#options.clock().monotonic + storeRetryMs);
    }
    this.#count(lane.origin, -1);
    lane.underWay = null;
    this.#active.delete(lane);
    if (lane.isStale && this.#lanes.get(nameOf(lane.key)) === lane) this.#active.add(lane);
    this.#pump();
  }

  #count(origin: string, n: 1 | -1): void {
    this.#inFlight += n;
    const under = (this.#perOrigin.get(origin) ?? 0) + n;
    if (under === 0) this.#perOrigin.delete(origin);
    else this.#perOrigin.set(origin, under);
  }

  /** One delivery, or the finding that there is none. */
  async #step(lane: Lane, signal: AbortSignal): Promise<void> {
    const { store, next } = this.#options;
    lane.isStale = false;
    if (lane.unsaved !== null) await this.#save(lane, lane.unsaved);
    const row = await store.read((tx) => findPushConfig(tx, lane.key));
    if (row === null || row.state === "given_up") return this.drop(lane.key);
    const update = await next(row, lane.seen);
    if (signal.aborted) return;
    if (update.send === null) return this.#rest(lane, row, update);
    try {
      await this.#send(update.send, signal);
    } catch (error) {
      if (!signal.aborted) await this.#failed(lane, row, plain(messageOf(error)));
      return;
    }
    this.#stir(lane, 0);
    await this.#save(lane, update.behind);
  }

  async #send(send: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { deliveryMs } = this.#options.bounds;
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new Error(`there was no answer within ${deliveryMs / 1000} s`)),
      deliveryMs,
    );
    try {
      await send(AbortSignal.any([signal, timeout.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  async #save(lane: Lane, cursor: Cursor): Promise<void> {
    lane.unsaved = cursor;
    await this.#options.store.write((tx) => advancePush(tx, lane.key, cursor));
    lane.unsaved = null;
  }

  async #rest(
    lane: Lane,
    row: PushRow,
    { seen, hasEnded }: { seen: number; hasEnded: boolean },
  ): Promise<void> {
    lane.seen = seen;
    if (!hasEnded || row.state !== "live") return;
    const { store, clock } = this.#options;
    await store.write((tx) => restPush(tx, lane.key, "done", clock().monotonic));
  }

  async #failed(lane: Lane, row: PushRow, why: string): Promise<void> {
    const { store, clock, complain, bounds } = this.#options;
    const { monotonic } = clock();
    const tries = row.tries + 1;
    const pause = Math.min(bounds.pauseMs.first * 2 ** (tries - 1), bounds.pauseMs.max);
    const trouble = shortened(why, maxTroubleLength);
    const giveUp = row.give_up ?? monotonic + bounds.giveUpMs;
    const isOver = monotonic >= giveUp;
    const due = Math.min(monotonic + pause, giveUp);
    const isThere = await store.write(async (tx) => {
      const isDelayed = await delayPush(tx, lane.key, { tries, due, give_up: giveUp, trouble });
      if (isDelayed && isOver) await restPush(tx, lane.key, "given_up", monotonic);
      return isDelayed;
    });
    if (!isThere) return;
    const what = `what happens to task ${lane.key.task_id} cannot be delivered to ${lane.origin}: ${trouble}`;
    if (tries === toldAfterTries) complain(`${what}. It is tried again for 24 hours.`);
    if (!isOver) return this.#stir(lane, due);
    complain(`${what}. It was tried ${tries} times and is given up; "cord doctor" lists such.`);
    this.drop(lane.key);
  }
}

const minTimerMs = 20;
const storeRetryMs = 1000;
const maxTroubleLength = 200;
const toldAfterTries = 5;

function nameOf({ task_id, id }: PushKey): string {
  return `${task_id} ${id}`;
}
