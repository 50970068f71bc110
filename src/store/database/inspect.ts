import { constants, Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/error.ts";
import { commitsIn, damagedLog, lostCommits } from "./log-scan.ts";
import { newerThan } from "./migrate.ts";
import { migrations } from "./migrations.ts";
import { OpenFile } from "./open-file.ts";
import { foreignTo } from "./recognise.ts";

/** What a look into a database file has found. */
export interface Inspection {
  /** a sentence for each damage; none: none was found */
  damages: string[];
  /** what was not looked at; null when all was */
  unchecked: string | null;
  /** whose it is, when it is another program's: then nothing else was looked at */
  foreign: string | null;
  /** the same of a newer cord's, with what to do. Not of one that is in use: its daemon knows it */
  newer: { what: string; fix: string } | null;
}

/**
 * Looks for damage in a database that may be in use, and changes nothing: a log that nobody has open is taken up in a copy.
 * Tables are looked at one by one, as long as there is time.
 */
export function inspect(path: string, isInUse: boolean, isOver: () => boolean): Inspection {
  const damages = existsSync(damagedLog(`${path}-wal`))
    ? [`a start left out a part of the log, which was damaged; it is kept in ${damagedLog(`${path}-wal`)}`]
    : [];
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  try {
    if (isInUse) return checked(new Database(path, { readonly: true }), { path, isInUse, damages, isOver });
    if (!log || log.size === 0) {
      const uri = `${pathToFileURL(path).href}?immutable=1`;
      const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
      return checked(new Database(uri, flags), { path, isInUse, damages, isOver });
    }
    if (statSync(path).size + log.size > maxCopiedBytes)
      return {
        damages,
        unchecked: "not looked through: the next start has a log to take up first",
        foreign: null,
        newer: null,
      };
    return inCopy(path, damages, isOver);
  } catch (error) {
    return { damages: [...damages, messageOf(error)], unchecked: null, foreign: null, newer: null };
  }
}

const maxCopiedBytes = 256 * 1024 * 1024;

function inCopy(path: string, damages: string[], isOver: () => boolean): Inspection {
  const folder = mkdtempSync(join(tmpdir(), "cord-doctor-"));
  try {
    const copy = join(folder, "copy.db");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const commits = commitsIn(`${copy}-wal`);
    const database = new Database(copy);
    database.query("SELECT count(*) FROM sqlite_master").get();
    const file = new OpenFile(copy, () => 0);
    const lost = lostCommits(commits, file.frames);
    file.close();
    const log =
      lost === 0
        ? []
        : [`the log ${path}-wal is damaged: ${lost} of its ${commits.length} commits cannot be recovered`];
    return checked(database, { path, isInUse: false, damages: [...damages, ...log], isOver });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Asked {
  path: string;
  isInUse: boolean;
  /** what was found before */
  damages: string[];
  isOver: () => boolean;
}

function checked(database: Database, { path, isInUse, damages, isOver }: Asked): Inspection {
  try {
    const foreign = foreignTo(database, path);
    if (foreign !== null) return { damages: [], unchecked: null, foreign, newer: null };
    const newer = isInUse ? null : newerThan(database, path, migrations.length);
    if (newer !== null) return { damages: [], unchecked: null, foreign: null, newer };
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all();
    const found = new Set<string>();
    for (const [index, { name }] of tables.entries()) {
      if (isOver())
        return {
          damages: [...damages, ...found],
          unchecked: `looked through in part: ${index} of ${tables.length} tables`,
          foreign: null,
          newer: null,
        };
      const quoted = `"${name.replaceAll('"', '""')}"`;
      for (const row of database.query<{ quick_check: string }, []>(`PRAGMA quick_check(${quoted})`).all())
        if (row.quick_check !== "ok") found.add(`table ${name}: ${row.quick_check.replaceAll("\n", " ")}`);
    }
    return {
      damages: [...damages, ...[...found].slice(0, maxTold)],
      unchecked: null,
      foreign: null,
      newer: null,
    };
  } finally {
    database.close();
  }
}

const maxTold = 5;
