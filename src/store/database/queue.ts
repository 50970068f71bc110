import { CordError, isDiskTrouble, messageOf } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import { runBatch, type Job, type Outcome } from "./batch.ts";
import type { Driver, Store, Tx } from "../store.ts";

/** As many jobs as one commit takes. More would make the first of them wait for the last. */
const batchSize = 256;

/**
 * How long a write is retried while another program has the database locked, in short steps, so that the loop goes
 * on.
 */
const lockTimeoutMs = 5000;
const lockRetryMs = 20;

/** Upkeep is done when nothing was written between two of these. */
const quietMs = 1000;

/** The store over a driver. The clock gives milliseconds, and tells how long a batch has run. */
export function storeOver(driver: Driver, clock: () => number = () => 0): Store {
  return new StoreQueue(driver, clock);
}

type Listener<T> = (told: T) => void;

/**
 * Jobs are queued. One flush runs them all in one transaction, and answers all after the commit (group commit). Reads stand in
 * the same queue, so none sees what is not yet durable. A crash loses only what was not acknowledged. The commit itself syncs
 * the log: a sync beside the next batch is no faster (scripts/bench/sync.ts), and one that fails could not be undone.
 */
class StoreQueue implements Store {
  readonly #driver: Driver;
  readonly #clock: () => number;
  readonly #queue: Job[] = [];
  readonly #commitListeners: Listener<readonly Event[]>[] = [];
  readonly #troubleListeners: Listener<CordError>[] = [];
  readonly #upkeepTimer: NodeJS.Timeout;
  #upkeep: "due" | "wait" | "done" = "done";
  #flushing: Promise<void> | null = null;
  #closed = false;
  #lost = false;
  /** how long another program has kept this one from writing */
  #lockedMs = 0;

  constructor(driver: Driver, clock: () => number) {
    this.#driver = driver;
    this.#clock = clock;
    this.#upkeepTimer = setInterval(() => this.#keepUp(), quietMs).unref();
  }

  write<T>(job: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#enqueue(true, job);
  }

  read<T>(job: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#enqueue(false, job);
  }

  onCommit(listener: Listener<readonly Event[]>): void {
    this.#commitListeners.push(listener);
  }

  onTrouble(listener: Listener<CordError>): void {
    this.#troubleListeners.push(listener);
  }

  lost(): CordError | null {
    if (!this.#lost) return null;
    try {
      this.#driver.verify();
      return null;
    } catch (error) {
      return isDiskTrouble(error) ? error : null;
    }
  }

  copyTo(path: string, replace: boolean): void {
    this.#driver.copyTo(path, replace);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#upkeepTimer);
    while (this.#flushing) await this.#flushing;
    await this.#driver.close();
  }

  #enqueue<T>(writes: boolean, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("the store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ writes, work, resolve: (value) => resolve(value as T), reject });
      this.#flushing ??= new Promise((done) => setImmediate(() => void this.#drain().then(done)));
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const jobs = this.#lockedMs === 0 ? this.#queue.splice(0, batchSize) : takeFrom(this.#queue);
      const outcomes = await this.#outcomesOf(jobs);
      const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.events : []));
      if (events.length > 0) for (const listener of this.#commitListeners) tell(listener, events);
      for (const outcome of outcomes) {
        if (outcome.ok) outcome.job.resolve(outcome.value);
        else outcome.job.reject(outcome.error);
      }
      if (!this.#lost) this.#try(() => this.#driver.settle());
      await new Promise<void>((next) => {
        if (this.#isBlocked) setTimeout(next, lockRetryMs);
        else setImmediate(next);
      });
    }
    this.#flushing = null;
  }

  get #isBlocked(): boolean {
    return this.#lockedMs > 0 && this.#lockedMs < lockTimeoutMs;
  }

  /** Runs as many jobs as there is time for; the others stay in the queue. Nothing is answered for a lost file. */
  async #outcomesOf(jobs: Job[]): Promise<Outcome[]> {
    try {
      const writes = jobs.some((job) => job.writes);
      if (writes) this.#driver.verify(true);
      const outcomes = await runBatch(this.#driver, jobs, this.#clock);
      this.#driver.verify(!writes);
      if (outcomes.length < jobs.length) this.#queue.unshift(...jobs.slice(outcomes.length));
      if (writes) [this.#lockedMs, this.#upkeep] = [0, "wait"];
      return outcomes;
    } catch (error) {
      this.#report(error);
      return this.#withoutWrites(jobs, error);
    }
  }

  /** Reads are served also when nothing can be written. A write that finds the database locked waits in the queue for a while. */
  async #withoutWrites(jobs: Job[], error: unknown): Promise<Outcome[]> {
    const writes = jobs.filter((job) => job.writes);
    const reads = jobs.filter((job) => !job.writes);
    const hasReads = writes.length > 0 && reads.length > 0 && !this.#lost;
    const served = hasReads ? await this.#outcomesOf(reads) : [];
    if (writes.length > 0 && isLocked(error) && this.#lockedMs < lockTimeoutMs) {
      this.#lockedMs += lockRetryMs;
      this.#queue.unshift(...writes);
      return served;
    }
    const failed = hasReads ? writes : jobs;
    return [...served, ...failed.map((job): Outcome => ({ job, ok: false, error, changed: false }))];
  }

  /** A lock is worth a word only when it stays. */
  #report(error: unknown): void {
    if (!isDiskTrouble(error)) return;
    this.#lost ||= error.code === "database_lost";
    if (error.code === "locked" && this.#lockedMs < lockTimeoutMs) return;
    for (const listener of this.#troubleListeners) tell(listener, error);
  }

  #try<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #keepUp(): void {
    if (this.#upkeep === "done" || this.#lost || this.#flushing) return;
    if (this.#upkeep === "wait") this.#upkeep = "due";
    else if (this.#try(() => this.#driver.tidy()) !== true) this.#upkeep = "done";
  }
}

/**
 * While nothing can be written: up to a commit's worth of writes, and as many reads, however many writes stand before
 * them.
 */
function takeFrom(queue: Job[]): Job[] {
  const taken = new Set<Job>();
  for (const writes of [true, false]) {
    const some = queue.filter((job) => job.writes === writes).slice(0, batchSize);
    for (const job of some) taken.add(job);
  }
  queue.splice(0, queue.length, ...queue.filter((job) => !taken.has(job)));
  return [...taken];
}

function isLocked(error: unknown): boolean {
  return error instanceof CordError && error.code === "locked";
}

/** What is durable has happened: a watcher that fails keeps nobody from the answer. */
function tell<T>(listener: (told: T) => void, told: T): void {
  try {
    listener(told);
  } catch (error) {
    console.error(`cord: a watcher of the store failed: ${messageOf(error)}`);
  }
}
