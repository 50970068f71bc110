import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { CordError, messageOf } from "../core/error.ts";
import { announce, besideDatabase, withdraw, type Announcement } from "../system/announcement.ts";
import { keepPrivate } from "../system/private-file.ts";
import { troubleOf } from "./trouble.ts";

/** A daemon's hold on a database file: the system lets go of it when the daemon dies, however it dies. */
export interface Lock {
  /** Tells those who come later who the holder is, and where it listens. */
  announce(said: Announcement): void;
  /** From now on nobody is told of the holder: it is going. */
  withdraw(): void;
  release(): void;
}

/** Of several that start at the same moment each looks for so long, so that one of them gets the lock. */
const patienceMs = 300;

/** Takes the lock of a database; null when another process has it. Throws `failed` when no lock can lie there. */
export function lockDatabase(path: string): Lock | null {
  const held = openLock(path);
  try {
    held.run(`PRAGMA busy_timeout = ${patienceMs}`);
    held.run("PRAGMA journal_mode = MEMORY"); // nothing is written, so a full disk can be locked too
    held.run("BEGIN EXCLUSIVE");
  } catch (error) {
    held.close();
    if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return null;
    throw unusable(path, error);
  }
  const quietly = () => {
    try {
      withdraw(path);
    } catch {
      // It cannot be written there any more. Whoever reads what was said sees that its process is gone.
    }
  };
  return {
    announce: (said) => {
      try {
        announce(said);
      } catch (error) {
        throw unusable(path, error);
      }
    },
    withdraw: quietly,
    release: () => {
      quietly();
      held.close();
    },
  };
}

function openLock(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = besideDatabase(path, "lock");
    keepPrivate(file);
    return new Database(file);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): CordError {
  const trouble = troubleOf(cause, path);
  if (trouble instanceof CordError) return trouble;
  return new CordError(
    "failed",
    `The database ${path} cannot be locked: ${messageOf(cause)}. Choose another with --db FILE.`,
    { cause },
  );
}
