import type { Database } from "bun:sqlite";
import { CordError } from "../../core/error.ts";

/** "cord", in the header of each database that cord made. Source: sqlite.org/pragma.html#pragma_application_id. */
const applicationId = 0x636f7264;

/** The tables of the first schema: what cord made before it wrote its name into the header has all of them. */
const firstTables = ["runs", "tasks", "needs", "attempts", "agents", "events", "requests"];

/** The tables of the board that cord's users come from. */
const coordTables = ["agents", "tasks"];

/**
 * Whether a database is new; a new one becomes cord's. Throws `failed`, with nothing changed, for another program's
 * database. Its mark, and how it gives space back, must be set before anything else is written.
 */
export function recognise(database: Database, path: string): boolean {
  const { mark, tables } = marksOf(database);
  if (mark === applicationId) return false;
  const isNew = mark === 0 && tables.size === 0;
  const foreign = foreignTo(database, path);
  if (foreign !== null) throw new CordError("failed", `${foreign}.`);
  if (isNew) database.run("PRAGMA auto_vacuum = INCREMENTAL");
  database.run(`PRAGMA application_id = ${applicationId}`);
  return isNew;
}

/** Whose a database is that is not cord's, with what to do. Null: it is cord's, or new. */
export function foreignTo(database: Database, path: string): string | null {
  const { mark, tables } = marksOf(database);
  const isOlder = mark === 0 && firstTables.every((name) => tables.has(name));
  if (mark === applicationId || isOlder || (mark === 0 && tables.size === 0)) return null;
  const isCoord = coordTables.every((name) => tables.has(name)) && tables.size === coordTables.length;
  const what = isCoord
    ? `the database of coord. Bring it over with "cord import coord ${path}"`
    : "another program's database, and cord does not touch it. Choose another with CORD_DB=FILE (or cord serve --db FILE)";
  return `${path} is ${what}`;
}

function marksOf(database: Database): { mark: number; tables: ReadonlySet<string> } {
  const mark = database.query<{ application_id: number }, []>("PRAGMA application_id").get()?.application_id;
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => name);
  return { mark: mark ?? 0, tables: new Set(tables) };
}
