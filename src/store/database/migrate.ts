import { Database } from "bun:sqlite";
import { existsSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { bytes } from "../../core/bytes.ts";
import { CordError, messageOf, type ErrorCode } from "../../core/error.ts";
import { fold, plain } from "../../core/text.ts";
import { version as ownVersion } from "../../core/version.ts";
import { copyWhole } from "./copy.ts";
import { foldedStep } from "./migrations.ts";

/**
 * Brings a database to the present schema. Each step is in a transaction of its own, so that a crash leaves a whole number of
 * steps. A copy of what was there is kept first; without it nothing is changed. Throws `failed` for a newer cord's database.
 */
export function migrate(database: Database, path: string, steps: readonly string[]): void {
  const schema = schemaOf(database);
  refuseNewer(database, path, steps.length);
  if (schema < steps.length) {
    if (schema > 0 && path !== ":memory:") keepCopy(database, path, schema);
    database.run("PRAGMA secure_delete = ON"); // what a step removes leaves no trace in the file
    for (const [index, step] of steps.entries()) {
      if (index < schema) continue;
      database.transaction(() => {
        database.run(step);
        if (step === foldedStep) foldNames(database);
        database.run(`PRAGMA user_version = ${index + 1}`);
      })();
    }
    database.run("PRAGMA secure_delete = OFF");
  }
  signWriter(database, steps.length);
}

/**
 * Throws what would keep this program from bringing a database to its schema that another program may have open: a newer
 * cord's, or a disk without room for the copy. Changes nothing.
 */
export function refuseUnready(path: string, steps: readonly string[]): void {
  if (!existsSync(path)) return;
  const database = new Database(path, { readonly: true });
  try {
    refuseNewer(database, path, steps.length);
    const schema = schemaOf(database);
    if (schema === 0 || schema === steps.length || roomUnder(path) > statSync(path).size) return;
    throw noCopy(path, schema, "disk_full", "the disk is too full");
  } finally {
    database.close();
  }
}

function refuseNewer(database: Database, path: string, known: number): void {
  const newer = newerThan(database, path, known);
  // it stays so until a person does something
  if (newer !== null) throw new CordError("failed", `${newer.what}. ${newer.fix}`, { data: { stays: true } });
}

/** What a database is that a newer cord has written, and what to do, as sentences. Null: it is none. */
export function newerThan(
  database: Database,
  path: string,
  known: number,
): { what: string; fix: string } | null {
  const schema = schemaOf(database);
  if (schema <= known) return null;
  const writer = writerOf(database, schema);
  return {
    what: `The database ${path} was made by ${writer === null ? "a newer cord" : `cord ${writer}`} (schema ${schema}), and this is cord ${ownVersion}, which knows ${known}`,
    fix: `Update cord${writer === null ? "" : ` to ${writer} or newer`} (cord upgrade), or choose another database with CORD_DB=FILE (or cord serve --db FILE).`,
  };
}

function schemaOf(database: Database): number {
  return database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** So that an older cord, which knows nothing else of this schema, can say which version it takes. */
function signWriter(database: Database, schema: number): void {
  if (!hasWriters(database)) return;
  const signed = database.query<{ schema: number }, [string]>("SELECT schema FROM writers WHERE version = ?");
  if (signed.get(ownVersion)?.schema === schema) return;
  try {
    database.run("INSERT OR REPLACE INTO writers (version, schema) VALUES (?, ?)", [ownVersion, schema]);
  } catch {
    // a full disk: the next start signs. Only a sentence of an older cord lacks a number until then
  }
}

/** The first version that has written this schema here. Null: the database does not say, or it was one under this one's number. */
function writerOf(database: Database, schema: number): string | null {
  if (!hasWriters(database)) return null;
  const row = database
    .query<{ version: string }, [number]>(
      "SELECT version FROM writers WHERE schema = ? ORDER BY rowid LIMIT 1",
    )
    .get(schema);
  return row === null || row.version === ownVersion ? null : plain(row.version).slice(0, maxVersion);
}

const maxVersion = 64;

function hasWriters(database: Database): boolean {
  return (
    database.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'writers'").get() !== null
  );
}

/** SQL folds the case of English letters only. */
function foldNames(database: Database): void {
  const rows = database
    .query<{ ordinal: number; name: string }, []>(
      "SELECT ordinal, name FROM tasks WHERE name GLOB '*[^ -~]*'",
    )
    .all();
  const update = database.query<unknown, [string, number]>("UPDATE names SET folded = ? WHERE ordinal = ?");
  for (const { ordinal, name } of rows) update.run(fold(name), ordinal);
}

/** One that is there already is of another time: the newest is the one that a person would go back to. */
function keepCopy(database: Database, path: string, schema: number): void {
  try {
    copyWhole(database, copyOf(path, schema), true);
  } catch (error) {
    const code = error instanceof CordError ? error.code : "failed";
    throw code === "damaged" ? error : noCopy(path, schema, code, reasonOf(error), error);
  }
  forgetOldest(path, schema);
}

function noCopy(path: string, schema: number, code: ErrorCode, why: string, cause?: unknown): CordError {
  return new CordError(
    code,
    `The database ${path} is an older cord's (schema ${schema}). Before it is brought to this one's, a copy of it is kept beside it, and that cannot be made: ${why} (${bytes(roomUnder(path))} are free there). Nothing was changed: free some space, or go on with the older cord.`,
    { cause },
  );
}

function roomUnder(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

function reasonOf(error: unknown): string {
  const { cause } = error instanceof CordError ? error : { cause: error };
  return messageOf(cause ?? error);
}

function copyOf(path: string, schema: number): string {
  return `${path}.v${schema}.bak`;
}

/** The newest few are kept: nobody goes back further. */
function forgetOldest(path: string, schema: number): void {
  const older = Array.from({ length: schema }, (_, past) => copyOf(path, past)).filter((copy) =>
    existsSync(copy),
  );
  for (const copy of older.slice(0, Math.max(0, older.length - (maxCopies - 1))))
    rmSync(copy, { force: true });
}

const maxCopies = 3;
