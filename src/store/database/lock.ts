import { Database, SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import {
  announce,
  announcedOf,
  besideDatabase,
  withdraw,
  type Announcement,
} from "../../system/announcement.ts";
import { keepPrivate, makePrivateFolder } from "../../system/private-file.ts";
import { troubleOf } from "./trouble.ts";

/** A daemon's hold on a database file: the system lets go of it when the daemon dies, however it dies. */
export interface Lock {
  /** Tells those who come later who the holder is, and where it listens. */
  announce(said: Announcement): void;
  /** From now on nobody is told of the holder: it is going. */
  withdraw(): void;
  /**
   * Restores what somebody removed beside the database: the lock, without which a second daemon could start, and the
   * announcement. false: another process has the lock now.
   */
  renew(): boolean;
  release(): void;
}

/** Of several daemons that start at once, each waits this long for the lock, so that one of them gets it. */
const busyTimeoutMs = 300;

/** Takes the lock of a database; null when another process has it. Throws `failed` when no lock can lie there. */
export function lockDatabase(path: string): Lock | null {
  let held = takeLock(path);
  if (held === null) return null;
  let said: Announcement | null = null;
  const withdrawn = () => {
    said = null;
    try {
      if (announcedOf(path)?.pid === process.pid) withdraw(path);
    } catch {
      // It cannot be written there any more. Whoever reads what was said sees that its process is gone.
    }
  };
  return {
    announce: (saying) => {
      said = saying;
      try {
        announce(saying);
      } catch (error) {
        const trouble = unusable(path, error);
        // on a full disk the database can still be read; renew() announces it once there is space
        if (trouble.code !== "disk_full") throw trouble;
      }
    },
    withdraw: withdrawn,
    renew: () => {
      if (held && !isInPlace(held)) {
        const taken = takeLock(path);
        if (taken === null) return false;
        held.connection.close();
        held = taken;
      }
      if (said !== null && announcedOf(path) === null) announce(said);
      return true;
    },
    release: () => {
      withdrawn();
      held?.connection.close();
    },
  };
}

interface Held {
  connection: Database;
  file: string;
  inode: number;
}

function isInPlace({ file, inode }: Held): boolean {
  return statSync(file, { throwIfNoEntry: false })?.ino === inode;
}

/** null: another process has it. */
function takeLock(path: string): Held | null {
  const connection = openLock(path);
  try {
    connection.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    connection.run("PRAGMA journal_mode = MEMORY"); // nothing is written, so a full disk can be locked too
    connection.run("BEGIN EXCLUSIVE");
    const file = besideDatabase(path, "lock");
    return { connection, file, inode: statSync(file).ino };
  } catch (error) {
    connection.close();
    if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return null;
    throw unusable(path, error);
  }
}

function openLock(path: string): Database {
  try {
    makePrivateFolder(dirname(path));
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
    `The database ${path} cannot be locked: ${messageOf(cause)}. Choose another with CORD_DB=FILE (or cord serve --db FILE).`,
    { cause },
  );
}
