import { isDiskTrouble } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import type { Counted, Driver, Tx, Value } from "../store.ts";
import { PendingCounts, sumOf } from "./counts.ts";

export interface Job {
  writes: boolean;
  work: (tx: Tx) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export type Outcome =
  | { job: Job; ok: true; value: unknown; events: Event[] }
  | { job: Job; ok: false; error: unknown; changed: boolean };

/** A batch starts no further job after this time: nothing else in the daemon runs meanwhile. */
const batchMs = 20;

/**
 * Runs jobs in one transaction, and resolves to their outcomes when it is durable. Runs as many jobs as there is time
 * for, by a clock in milliseconds. Rejects, with nothing kept, when the transaction cannot begin or end, or when a
 * job meets a disk error: SQLite may have ended the transaction by itself then.
 *
 * A batch first runs without savepoints, which would cost two statements for each job. A job that throws before it
 * changes anything, as most refusals do, disturbs no other. If one throws after a change, the whole transaction is
 * undone and all jobs run again, each write in its own savepoint: so a job must be able to run twice.
 */
export async function runBatch(driver: Driver, jobs: Job[], clock: () => number): Promise<Outcome[]> {
  const until = clock() + batchMs;
  const isOver = () => clock() > until;
  try {
    return (
      (await tryBatch(driver, jobs, false, isOver)) ?? (await tryBatch(driver, jobs, true, isOver)) ?? []
    );
  } catch (error) {
    attempt(() => driver.rollback());
    throw error;
  }
}

/** null: a job has failed half way, everything was undone, and nobody has been answered. */
async function tryBatch(
  driver: Driver,
  jobs: Job[],
  savepoints: boolean,
  isOver: () => boolean,
): Promise<Outcome[] | null> {
  const writes = jobs.some((job) => job.writes);
  const outcomes: Outcome[] = [];
  const counts = new PendingCounts();
  if (writes) driver.begin();
  else driver.beginRead();
  for (const job of jobs) {
    const outcome = await runJob(driver, job, savepoints && job.writes, counts);
    if (!outcome.ok && isDiskTrouble(outcome.error)) throw outcome.error;
    outcomes.push(outcome);
    if (!savepoints && !outcome.ok && outcome.changed) {
      driver.rollback();
      return jobs.length === 1 ? outcomes : null;
    }
    if (isOver()) break;
  }
  counts.write(driver);
  if (writes) driver.commit();
  else driver.endRead();
  return outcomes;
}

/** What a job that fails has counted is counted no more than what it has written. */
async function runJob(driver: Driver, job: Job, savepoint: boolean, counts: PendingCounts): Promise<Outcome> {
  const tx = new DriverTx(driver, counts);
  const counted = counts.length;
  if (savepoint) driver.savepoint();
  try {
    const value = await job.work(tx);
    if (savepoint) driver.release();
    return { job, ok: true, value, events: tx.events };
  } catch (error) {
    counts.cutTo(counted);
    if (savepoint) driver.rollbackToSavepoint();
    return { job, ok: false, error, changed: tx.changed };
  }
}

/** What one job works on, and what it has done so far. */
class DriverTx implements Tx {
  readonly events: Event[] = [];
  changed = false;
  readonly #driver: Driver;
  readonly #counts: PendingCounts;

  constructor(driver: Driver, counts: PendingCounts) {
    this.#driver = driver;
    this.#counts = counts;
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

  async insert(sql: string, ...values: Value[]): Promise<number> {
    this.changed = true;
    return this.#driver.insert(sql, values);
  }

  get counters(): Map<string, number> {
    return this.#driver.counters;
  }

  count(what: Counted, scope: string, word: string, n: number): void {
    this.#counts.add(what, scope, word, n);
  }

  async counts(what: Counted, scopes: readonly string[] | null): Promise<Map<string, number>> {
    const sql = `SELECT word, n FROM counts WHERE what = ?${scopes === null ? "" : " AND scope IN (SELECT value FROM json_each(?))"}`;
    const values = scopes === null ? [what] : [what, JSON.stringify(scopes)];
    const rows = await this.all<{ word: string; n: number }>(sql, ...values);
    return sumOf([...rows, ...this.#counts.of(what, scopes)]);
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
