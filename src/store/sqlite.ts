import { Database, type Statement } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { dirname } from "node:path";
import { CordError, messageOf } from "../core/error.ts";
import { networkFileSystems } from "../core/network-file-systems.ts";
import { migrations } from "./migrations.ts";
import { storeOver, type Driver, type Store, type Value } from "./store.ts";

/** All that is SQLite's own: how the file is opened, made safe, and brought to the present schema. */
export function openSqlite(path: string, clock?: () => number): Store {
  return storeOver(sqliteDriver(path), clock);
}

export function sqliteDriver(path: string, steps: readonly string[] = migrations): Driver {
  const database = open(path);
  migrate(database, path, steps);
  return driverOver(database);
}

function open(path: string): Database {
  try {
    if (path !== ":memory:") prepareFile(path);
    const database = new Database(path, { create: true, strict: true });
    database.run("PRAGMA busy_timeout = 5000");
    const mode = database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get();
    if (path !== ":memory:" && mode?.journal_mode !== "wal") throw new Error("the file system refuses WAL");
    database.run("PRAGMA synchronous = FULL");
    if (process.platform === "darwin") database.run("PRAGMA fullfsync = ON");
    database.run("PRAGMA foreign_keys = ON");
    database.run("PRAGMA cache_size = -16000");
    database.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    return database;
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw new CordError(
      "failed",
      `The database ${path} cannot be opened: ${messageOf(error)}. Choose another with --db FILE.`,
      {
        cause: error,
      },
    );
  }
}

/** 32 MB of log. Pages that many claims touch are then written back once for all of them; it delays one in many thousands. */
const checkpointPages = 8000;

function prepareFile(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (networkFileSystems.has(statfsSync(folder).type)) {
    throw new CordError(
      "failed",
      `The database ${path} would lie on a network file system, where SQLite's WAL is not safe. Choose a local one with --db FILE.`,
    );
  }
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}

/** Each step in a transaction of its own, so that a crash leaves a whole number of steps. A copy is kept first. */
function migrate(database: Database, path: string, steps: readonly string[]): void {
  const version =
    database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > steps.length) {
    database.close();
    throw new CordError(
      "failed",
      `The database ${path} was written by a newer cord (schema ${version}; this one knows ${steps.length}). Update cord, or choose another with --db FILE.`,
    );
  }
  if (version > 0 && version < steps.length && path !== ":memory:") keepCopy(database, path, version);
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      database.run(step);
      database.run(`PRAGMA user_version = ${index + 1}`);
    })();
  }
}

/** A crash in the middle leaves no copy that only looks whole. */
function keepCopy(database: Database, path: string, version: number): void {
  const copy = `${path}.v${version}.bak`;
  if (existsSync(copy)) return;
  const unfinished = `${copy}.part`;
  rmSync(unfinished, { force: true });
  database.run("VACUUM INTO ?", [unfinished]);
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, copy);
}

function driverOver(database: Database): Driver {
  const statement = statementsOf(database);
  const action = (sql: string) => () => void statement(sql).run();
  const rollback = action("ROLLBACK");
  const release = action("RELEASE job");
  const rollbackTo = action("ROLLBACK TO job");
  return {
    begin: action("BEGIN IMMEDIATE"),
    commit: action("COMMIT"),
    rollback: () => {
      if (database.inTransaction) rollback();
    },
    savepoint: action("SAVEPOINT job"),
    release,
    rollbackToSavepoint: () => {
      rollbackTo();
      release();
    },
    get: (sql, values) => statement(sql).get(...values),
    all: (sql, values) => statement(sql).all(...values),
    run: (sql, values) => statement(sql).run(...values).changes,
    close: () => {
      database.run("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

/** bun:sqlite's own cache holds 20 statements; all beyond would be prepared anew at each use, which costs more than most of them. */
const keptStatements = 500;

/** Each text is prepared once. Lists have as many texts as filters have shapes, so the oldest goes when there are too many. */
function statementsOf(database: Database): (sql: string) => Statement<unknown, Value[]> {
  const kept = new Map<string, Statement<unknown, Value[]>>();
  return (sql) => {
    const found = kept.get(sql);
    if (found) return found;
    const made = database.prepare<unknown, Value[]>(sql);
    kept.set(sql, made);
    if (kept.size > keptStatements) forgetOldest(kept);
    return made;
  };
}

function forgetOldest(kept: Map<string, Statement<unknown, Value[]>>): void {
  for (const [sql, statement] of kept) {
    statement.finalize();
    kept.delete(sql);
    return;
  }
}
