import { messageOf } from "../core/error.ts";
import type { Event } from "../core/event.ts";

/** A value that the database takes. */
export type Value = string | number | null;

/** A row as the database gives it. */
export type Row = Record<string, Value>;

/** What a job works on. Inside a write nothing but this is awaited. */
export interface Tx {
  get<T>(sql: string, ...values: Value[]): Promise<T | null>;
  all<T>(sql: string, ...values: Value[]): Promise<T[]>;
  /** The number of rows that changed. */
  run(sql: string, ...values: Value[]): Promise<number>;
  /** Tells watchers of an event that was written here, once the commit is durable. */
  announce(event: Event): void;
}

/** A database behind the store: one connection that takes one batch at a time. */
export interface Driver {
  begin(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  get(sql: string, values: Value[]): unknown;
  all(sql: string, values: Value[]): unknown[];
  run(sql: string, values: Value[]): number;
  close(): void;
}

export interface Store {
  /** Runs a job in a transaction. Answers only after the commit is durable; a job that throws changes nothing. */
  write<T>(job: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs a job that changes nothing. It sees committed data only, and all of it of one moment. */
  read<T>(job: (tx: Tx) => Promise<T>): Promise<T>;
  /** Called with the events of each commit, in their order, right after it. */
  onCommit(listener: (events: readonly Event[]) => void): void;
  close(): Promise<void>;
}

interface Job {
  writes: boolean;
  work: (tx: Tx) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

type Outcome =
  | { job: Job; ok: true; value: unknown; events: Event[] }
  | { job: Job; ok: false; error: unknown; changed: boolean };

/** As many jobs as one commit takes. More would make the first of them wait for the last. */
const batchSize = 256;
/** A batch takes no further job once it has run for so long: nothing else of the daemon moves meanwhile. */
const batchMs = 20;

/**
 * The store over a driver: jobs are queued, and one flush runs them all in one transaction, each write in its
 * own savepoint, and answers all after the commit (group commit). Reads stand in the same queue, so none
 * ever sees what is not yet durable. A crash loses only what was not acknowledged. The clock gives milliseconds, and
 * tells how long a batch has run.
 */
export function storeOver(driver: Driver, clock: () => number = () => 0): Store {
  const queue: Job[] = [];
  const listeners: ((events: readonly Event[]) => void)[] = [];
  let flushing: Promise<void> | null = null;
  let closed = false;

  function enqueue<T>(writes: boolean, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new Error("the store is closed"));
    return new Promise<T>((resolve, reject) => {
      queue.push({ writes, work, resolve: (value) => resolve(value as T), reject });
      flushing ??= new Promise((done) => setImmediate(() => void drain().then(done)));
    });
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const jobs = queue.splice(0, batchSize);
      const outcomes = await runBatch(driver, jobs, clock);
      queue.unshift(...jobs.slice(outcomes.length));
      const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.events : []));
      if (events.length > 0) for (const listener of listeners) tell(listener, events);
      for (const outcome of outcomes) {
        if (outcome.ok) outcome.job.resolve(outcome.value);
        else outcome.job.reject(outcome.error);
      }
      await new Promise<void>((next) => setImmediate(next));
    }
    flushing = null;
  }

  return {
    write: (job) => enqueue(true, job),
    read: (job) => enqueue(false, job),
    onCommit: (listener) => void listeners.push(listener),
    close: async () => {
      closed = true;
      while (flushing) await flushing;
      driver.close();
    },
  };
}

/** What is durable has happened: a watcher that fails keeps nobody from the answer. */
function tell(listener: (events: readonly Event[]) => void, events: readonly Event[]): void {
  try {
    listener(events);
  } catch (error) {
    console.error(`cord: a watcher of events failed: ${messageOf(error)}`);
  }
}

/**
 * A batch is first run without savepoints, which would cost two statements a job. A job that throws before it has changed
 * anything, as most refusals do, disturbs nobody. One that throws after that undoes the whole transaction, and all are run
 * again, each write in a savepoint of its own: so a job must be able to run twice.
 */
async function runBatch(driver: Driver, jobs: Job[], clock: () => number): Promise<Outcome[]> {
  const until = clock() + batchMs;
  const isOver = () => clock() > until;
  return (await tryBatch(driver, jobs, false, isOver)) ?? (await tryBatch(driver, jobs, true, isOver)) ?? [];
}

/** The outcomes of as many jobs as there was time for. null: a job has failed half way, everything was undone, and nobody has been answered. */
async function tryBatch(
  driver: Driver,
  jobs: Job[],
  savepoints: boolean,
  isOver: () => boolean,
): Promise<Outcome[] | null> {
  const writes = jobs.some((job) => job.writes);
  const outcomes: Outcome[] = [];
  try {
    if (writes) driver.begin();
    for (const job of jobs) {
      const outcome = await runJob(driver, job, savepoints && job.writes);
      outcomes.push(outcome);
      if (!savepoints && !outcome.ok && outcome.changed) {
        driver.rollback();
        return jobs.length === 1 ? outcomes : null;
      }
      if (isOver()) break;
    }
    if (writes) driver.commit();
    return outcomes;
  } catch (error) {
    attempt(() => driver.rollback());
    const tried = jobs.slice(0, outcomes.length || jobs.length);
    return tried.map((job) => ({ job, ok: false, error, changed: false }));
  }
}

async function runJob(driver: Driver, job: Job, savepoint: boolean): Promise<Outcome> {
  const tx = new DriverTx(driver);
  if (savepoint) driver.savepoint();
  try {
    const value = await job.work(tx);
    if (savepoint) driver.release();
    return { job, ok: true, value, events: tx.events };
  } catch (error) {
    if (savepoint) driver.rollbackToSavepoint();
    return { job, ok: false, error, changed: tx.changed };
  }
}

/** What one job works on, and what it has done so far. */
class DriverTx implements Tx {
  readonly events: Event[] = [];
  changed = false;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async get<T>(sql: string, ...values: Value[]): Promise<T | null> {
    if (!sql.startsWith("SELECT")) this.changed = true;
    return this.#driver.get(sql, values) as T | null;
  }

  async all<T>(sql: string, ...values: Value[]): Promise<T[]> {
    if (!sql.startsWith("SELECT")) this.changed = true;
    return this.#driver.all(sql, values) as T[];
  }

  async run(sql: string, ...values: Value[]): Promise<number> {
    this.changed = true;
    return this.#driver.run(sql, values);
  }

  announce(event: Event): void {
    this.events.push(event);
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The transaction is gone already: SQLite rolls back by itself when the disk is full.
  }
}
