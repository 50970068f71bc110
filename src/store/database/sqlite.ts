import { Database, type Statement } from "bun:sqlite";
import { realpathSync } from "node:fs";
import { CordError, messageOf } from "../../core/error.ts";
import { copyWhole, refuseOwn } from "./copy.ts";
import { commitsIn, leftOut } from "./log-scan.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations.ts";
import { OpenFile } from "./open-file.ts";
import { prepareFile } from "./prepare.ts";
import { recognise } from "./recognise.ts";
import { onDisk } from "./upkeep.ts";
import { storeOver } from "./queue.ts";
import type { Driver, Store, Value } from "../store.ts";
import { troubleOf } from "./trouble.ts";

interface OpenOptions {
  /** in milliseconds; tells how long a batch has run, and for how long a folder has stayed as it is */
  clock?: () => number;
  /** is told what a person should know of the file */
  notice?: (sentence: string) => void;
  /** the command that puts another daemon in the place of the one that has the database */
  restart?: () => string;
}

/** All that is SQLite's own: how the file is opened, made safe, and brought to the present schema. */
export function openSqlite(path: string, options: OpenOptions = {}): Store {
  return storeOver(sqliteDriver(path, migrations, options), options.clock);
}

export function sqliteDriver(
  path: string,
  steps: readonly string[] = migrations,
  options: OpenOptions = {},
): Driver {
  if (path === ":memory:") {
    const database = new Database(path, { strict: true });
    configure(database);
    migrate(database, path, steps);
    return driverOver(database, path, null, options);
  }
  try {
    return openDriver(path, steps, options);
  } catch (error) {
    throw openingTrouble(error, path);
  }
}

function openDriver(path: string, steps: readonly string[], options: OpenOptions): Driver {
  prepareFile(path);
  const commits = commitsIn(`${realpathSync(path)}-wal`);
  const database = new Database(path, { create: true, strict: true });
  try {
    database.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    const isNew = recognise(database, path);
    const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get();
    if (mode?.journal_mode !== "wal") throw new Error("the file system refuses WAL");
    configure(database);
    database.query("SELECT count(*) FROM sqlite_master").get(); // takes up the log
    const file = new OpenFile(path, options.clock ?? (() => 0));
    const sentence = leftOut(file.logPath, commits, file.frames);
    if (sentence !== null) options.notice?.(sentence);
    migrate(database, path, steps);
    if (!isNew) modernise(database);
    database.run("PRAGMA busy_timeout = 0");
    return driverOver(database, path, file, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Another program may have the database locked when the daemon starts. Later, a write is tried again from the loop. */
const busyTimeoutMs = 5000;

function configure(database: Database): void {
  database.run("PRAGMA synchronous = FULL");
  if (process.platform === "darwin") database.run("PRAGMA fullfsync = ON");
  database.run("PRAGMA foreign_keys = ON");
  database.run("PRAGMA cache_size = -16000");
  database.run("PRAGMA wal_autocheckpoint = 0"); // made between batches: only when the file is sure to be ours
}

function openingTrouble(error: unknown, path: string): unknown {
  const trouble = troubleOf(error, path);
  if (trouble instanceof CordError) return trouble;
  return new CordError(
    "failed",
    `The database ${path} cannot be opened: ${messageOf(error)}. Choose another with CORD_DB=FILE (or cord serve --db FILE).`,
    { cause: error },
  );
}

/**
 * A database that was made without this setting gives space back only after it is written anew: a large one keeps its
 * space.
 */
function modernise(database: Database): void {
  const { auto_vacuum: mode } = database.query<{ auto_vacuum: number }, []>("PRAGMA auto_vacuum").get() ?? {
    auto_vacuum: incremental,
  };
  if (mode === incremental || pagesOf(database, "page_count") > maxPagesRewritten) return;
  database.run("PRAGMA auto_vacuum = INCREMENTAL");
  database.run("VACUUM");
}

const incremental = 2;
/** 128 MB: about a second. */
const maxPagesRewritten = 32_768;

function pagesOf(database: Database, which: "page_count" | "freelist_count"): number {
  return Number(
    Object.values(database.query<Record<string, number>, []>(`PRAGMA ${which}`).get() ?? {})[0] ?? 0,
  );
}

function driverOver(
  database: Database,
  path: string,
  file: OpenFile | null,
  { restart = () => defaultRestart }: OpenOptions,
): Driver {
  const { statement, finalize } = statementsOf(database);
  const upkeep = file === null ? inMemory(database) : onDisk(database, path, file, restart);
  const translated = <Args extends unknown[], Result>(act: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      try {
        return act(...args);
      } catch (error) {
        throw troubleOf(error, path);
      }
    };
  };
  /** As translated, for what is called many times a request. */
  const perform = <Result>(act: (made: Statement<unknown, Value[]>, values: Value[]) => Result) => {
    return (sql: string, values: Value[]): Result => {
      try {
        return act(statement(sql), values);
      } catch (error) {
        throw troubleOf(error, path);
      }
    };
  };
  const action = (sql: string) => translated(() => void statement(sql).run());
  const rollback = action("ROLLBACK");
  const release = action("RELEASE job");
  const rollbackTo = action("ROLLBACK TO job");
  const counters = new Map<string, number>();
  return {
    counters,
    begin: action("BEGIN IMMEDIATE"),
    beginRead: action("BEGIN"),
    endRead: action("COMMIT"),
    commit: action("COMMIT"),
    rollback: () => {
      counters.clear();
      if (database.inTransaction) rollback();
    },
    savepoint: action("SAVEPOINT job"),
    release,
    rollbackToSavepoint: () => {
      counters.clear();
      rollbackTo();
      release();
    },
    get: perform((made, values) => made.get(...values)),
    all: perform((made, values) => made.all(...values)),
    run: perform((made, values) => made.run(...values).changes),
    insert: perform((made, values) => Number(made.run(...values).lastInsertRowid)),
    copyTo: translated((file: string, replace: boolean) => {
      refuseOwn(path, file);
      copyWhole(database, file, replace);
    }),
    ...upkeep,
    close: () => {
      finalize();
      return upkeep.close();
    },
  };
}

const defaultRestart = "cord daemon restart";

type Upkeep = Pick<Driver, "verify" | "settle" | "tidy" | "close">;

function inMemory(database: Database): Upkeep {
  return { verify: () => {}, settle: () => {}, tidy: () => false, close: () => database.close() };
}

/**
 * bun:sqlite's own cache holds 20 statements; others would be prepared at each use, which costs more than running
 * most of them.
 */
const keptStatements = 500;

/**
 * SQLite plans by the value of a bound LIMIT, and prepares the statement again at each binding, which takes ten times
 * as long as most statements. It does not if the parameter stands in an expression.
 */
function planned(sql: string): string {
  return sql.replaceAll("LIMIT ?", "LIMIT +?");
}

/** Each text is prepared once. Lists have as many texts as filters have shapes, so the oldest goes when there are too many. */
function statementsOf(database: Database) {
  const kept = new Map<string, Statement<unknown, Value[]>>();
  const statement = (sql: string): Statement<unknown, Value[]> => {
    const found = kept.get(sql);
    if (found) return found;
    const made = database.prepare<unknown, Value[]>(planned(sql));
    kept.set(sql, made);
    if (kept.size > keptStatements) forgetOldest(kept);
    return made;
  };
  /** A connection with statements stays open behind its back. */
  const finalize = () => {
    for (const made of kept.values()) made.finalize();
    kept.clear();
  };
  return { statement, finalize };
}

function forgetOldest(kept: Map<string, Statement<unknown, Value[]>>): void {
  for (const [sql, statement] of kept) {
    statement.finalize();
    kept.delete(sql);
    return;
  }
}
