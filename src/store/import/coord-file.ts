import { constants, Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { CordError, messageOf } from "../../core/error.ts";

/** A row as it lies there: the file is anybody's, so nothing is known of its values. */
export interface CoordRow {
  /** its place in the table, to name it by */
  row: number;
  values: Readonly<Record<string, unknown>>;
  /** columns that are left out, because they are too large to be read */
  tooLarge: readonly string[];
}

/** The database of the board before this one, as it was at one moment. */
export interface CoordFile {
  /** how many tasks there are of each state, whatever the word */
  counts(): ReadonlyMap<string, number>;
  /** oldest first */
  tasks(): Iterable<CoordRow>;
  agents(): Iterable<CoordRow>;
  close(): void;
}

/** What its tables hold, by WIRE.md; only the first ones have been there from the start. */
const columnsOf = {
  tasks: "id name state created_at updated_at claimed_by payload result claimed_at lease_until kind priority",
  agents: "id name first_seen last_seen",
} as const;
const needed: ReadonlySet<string> = new Set(["id", "name", "state", "created_at", "first_seen", "last_seen"]);

/** What a call takes; a larger value would be refused anyway. */
const maxBytes = 1_048_576;
const maxRows = 1_000_000;

/**
 * Opens the file read-only: nothing in it or beside it changes, and a program that writes to it continues. A schema
 * that would run something when read (views, virtual tables, generated columns) is not read. Throws `not_found` or
 * `invalid`, in one sentence, for a file of another kind.
 */
export function openCoordFile(path: string): CoordFile {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new CordError(
      "not_found",
      `There is no database of coord at ${path}. Name it: cord import coord FILE.`,
    );
  return attempt(path, () => {
    const database = open(path);
    try {
      database.run("PRAGMA trusted_schema = OFF");
      database.run("PRAGMA busy_timeout = 2000");
      database.run("BEGIN");
      const tasks = checkedColumns(database, path, "tasks");
      const agents = checkedColumns(database, path, "agents");
      return {
        counts: () => attempt(path, () => countsIn(database)),
        tasks: () => rowsOf(database, path, "tasks", tasks, "created_at"),
        agents: () => rowsOf(database, path, "agents", agents, "first_seen"),
        close: () => database.close(),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** A file without a log beside it is nobody's at the moment: it is read without the locks that would make files there. */
function open(path: string): Database {
  const isQuiet = !existsSync(`${path}-wal`);
  const uri = `${pathToFileURL(path).href}?${isQuiet ? "immutable=1" : "mode=ro"}`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

/** The columns that are there, of those that are known. */
function checkedColumns(database: Database, path: string, table: keyof typeof columnsOf): string[] {
  const found = database
    .query<{ type: string; sql: string | null }, [string]>(
      "SELECT type, substr(sql, 1, 40) AS sql FROM sqlite_schema WHERE name = ?",
    )
    .get(table);
  const isTable = found?.type === "table" && !/^\s*CREATE\s+VIRTUAL/i.test(found.sql ?? "");
  const infos = isTable
    ? database.query<{ name: string; hidden: number }, []>(`PRAGMA table_xinfo(${table})`).all()
    : [];
  const names = new Set(infos.map(({ name }) => name));
  if (names.has("ordinal")) throw new CordError("invalid", `${path} is a database of cord, not of coord.`);
  const columns = columnsOf[table].split(" ");
  const known = columns.filter((name) => names.has(name));
  const lacks = columns.some((name) => needed.has(name) && !names.has(name));
  if (!isTable || lacks || infos.some(({ hidden }) => hidden !== 0))
    throw new CordError("invalid", `${path} is no database of coord: its table ${table} is another one.`);
  return known;
}

function countsIn(database: Database): ReadonlyMap<string, number> {
  const rows = database
    .query<{ state: string; n: number }, []>(
      "SELECT substr(CAST(state AS TEXT), 1, 64) AS state, count(*) AS n FROM tasks GROUP BY 1 ORDER BY n DESC LIMIT 100",
    )
    .all();
  return new Map(rows.map(({ state, n }) => [String(state), n]));
}

/** The order first, which is small, and then row by row: a sort of the rows would hold all of them. */
function* rowsOf(
  database: Database,
  path: string,
  table: string,
  columns: readonly string[],
  time: string,
): Iterable<CoordRow> {
  const order = attempt(path, () =>
    database
      .query<{ row: number }, [number]>(`SELECT rowid AS row FROM ${table} ORDER BY ${time}, rowid LIMIT ?`)
      .all(maxRows),
  );
  const values = columns.map(
    (name) => `CASE WHEN octet_length(${name}) <= ${maxBytes} THEN ${name} END AS ${name}`,
  );
  const sizes = columns.map((name) => `octet_length(${name}) > ${maxBytes} AS "${name} is large"`);
  const read = database.query<Record<string, unknown>, [number]>(
    `SELECT ${[...values, ...sizes].join(", ")} FROM ${table} WHERE rowid = ?`,
  );
  for (const { row } of order) {
    const found = attempt(path, () => read.get(row));
    if (!found) continue;
    yield { row, values: found, tooLarge: columns.filter((name) => found[`${name} is large`] === 1) };
  }
}

function attempt<T>(path: string, job: () => T): T {
  try {
    return job();
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw new CordError(
      "failed",
      `The database ${path} cannot be read: ${messageOf(error)}. Nothing in it was changed.`,
      { cause: error },
    );
  }
}
