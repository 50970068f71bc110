import type { CordError } from "../core/error.ts";
import type { Event } from "../core/event.ts";

/** What is counted: tasks of the board by project, nodes by run, agents at work on nodes by project. */
export type Counted = "board" | "nodes" | "agents";

/** A value that the database takes. */
export type Value = string | number | null;

/** What a job works on. Inside a write nothing but this is awaited. */
export interface Tx {
  get<T>(sql: string, ...values: Value[]): Promise<T | null>;
  all<T>(sql: string, ...values: Value[]): Promise<T[]>;
  /** The number of rows that changed. */
  run(sql: string, ...values: Value[]): Promise<number>;
  /** The integer key of the row that was inserted. */
  insert(sql: string, ...values: Value[]): Promise<number>;
  /** Numbers that follow from what is written, by name, so that they need not be looked up each time. */
  readonly counters: Map<string, number>;
  /** Adds to (or takes from) the count of a word. Counts are kept in the transaction of what they count. */
  count(what: Counted, scope: string, word: string, n: number): void;
  /** How many there are, by word: in these scopes, or in all. Nothing is looked through for it. */
  counts(what: Counted, scopes: readonly string[] | null): Promise<Map<string, number>>;
  /** Tells watchers of an event that was written here, once the commit is durable. */
  announce(event: Event): void;
}

/** A database behind the store: one connection that takes one batch at a time. */
export interface Driver {
  begin(): void;
  /** A transaction that only reads: without one, each statement would lock and unlock the file by itself. */
  beginRead(): void;
  endRead(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  get(sql: string, values: Value[]): unknown;
  all(sql: string, values: Value[]): unknown[];
  run(sql: string, values: Value[]): number;
  insert(sql: string, values: Value[]): number;
  /** Emptied whenever something that was written is undone. */
  readonly counters: Map<string, number>;
  /**
   * Throws `database_lost` when the file at the database's path is not the one that is open: then nothing may be
   * acknowledged. isQuick: a cheaper and slightly less exact check is enough, as before a batch or after one that
   * only read.
   */
  verify(isQuick?: boolean): void;
  /** Called between batches: keeps what they left behind within bounds. */
  settle(): void;
  /** One bounded step of upkeep, called when nothing has been written for a while; true when there is more of it. */
  tidy(): boolean;
  /**
   * Writes a whole copy of the database into a file; the store does nothing else meanwhile. Throws `conflict` if the
   * file exists and may not be replaced.
   */
  copyTo(path: string, replace: boolean): void;
  close(): void | Promise<void>;
}

export interface Store {
  /** Runs a job in a transaction. Answers only after the commit is durable; a job that throws changes nothing. */
  write<T>(job: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs a job that changes nothing. It sees committed data only, and all of it of one moment. */
  read<T>(job: (tx: Tx) => Promise<T>): Promise<T>;
  /** Called with the events of each commit, in their order, right after it. */
  onCommit(listener: (events: readonly Event[]) => void): void;
  /** Called with each trouble of the database's disk or file that a job, or upkeep, has met. */
  onTrouble(listener: (trouble: CordError) => void): void;
  /** As the driver's: for a database that nobody else can open. */
  copyTo(path: string, replace: boolean): void;
  /** Why nothing is read or written any more: the file is not what it was. null as long as it is. */
  lost(): CordError | null;
  close(): Promise<void>;
}
