import { SQLiteError } from "bun:sqlite";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { bytes } from "../../core/bytes.ts";
import { CordError, messageOf, type ErrorCode } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { writableCommand } from "../../system/rights.ts";

/** What SQLite's result codes are to whoever uses cord: a code, and a sentence with what to do. Source: sqlite.org/rescode.html. */
const troubles: ReadonlyMap<number, Trouble> = new Map<number, Trouble>([
  [3, readOnly()],
  [5, locked()],
  [6, locked()],
  [8, readOnly()],
  [
    10,
    {
      code: "io_error",
      says: (path, why) =>
        `The disk fails under the database ${path} (${why}). See the system's log; save what there is with "cord backup FILE" on another disk.`,
    },
  ],
  [
    11,
    {
      code: "damaged",
      says: (path) =>
        `The database ${path} is damaged. "cord doctor" says where; end the daemon, put a backup in its place, or save what can be read with: sqlite3 ${path} .recover`,
    },
  ],
  [
    13,
    {
      code: "disk_full",
      says: (path) =>
        `The disk is full: the database ${path} cannot grow (${bytes(roomUnder(path))} left). Free some space and try again; what was acknowledged is kept.`,
      toAgents: (path) =>
        `Nothing of this call was kept: the disk of cord's database ${path} is full, and a person has to free some space. Wait a minute, then make the same call again, and again until it is taken.`,
    },
  ],
  [
    14,
    {
      code: "failed",
      says: (path) =>
        `The database ${path}, or a file that belongs beside it, cannot be opened. Fix the rights of ${dirname(path)}, or choose another with CORD_DB=FILE (or cord serve --db FILE).`,
    },
  ],
  [
    26,
    {
      code: "damaged",
      says: (path) =>
        `${path} is no SQLite database, or its beginning is damaged. Put a backup in its place, or choose another with CORD_DB=FILE (or cord serve --db FILE).`,
    },
  ],
]);

interface Trouble {
  code: ErrorCode;
  says(path: string, why: string): string;
  /** the same for who has tools and no shell of the person's */
  toAgents?(path: string): string;
}

function readOnly(): Trouble {
  return {
    code: "read_only",
    says: (path) =>
      `The database ${path} cannot be written: it, its folder or its file system is read-only. Fix that (${writableCommand()}, or mount it for writing) and try again.`,
  };
}

function locked(): Trouble {
  return {
    code: "locked",
    says: (path) =>
      `Another program holds the database ${path} locked. End what it does there (a sqlite3 shell in a transaction, for example), and try again.`,
  };
}

/** Puts an error of SQLite or the system about a database file into cord's words. Other errors stay as they are. */
export function troubleOf(error: unknown, path: string): unknown {
  const number = resultCode(error);
  const trouble = number === null ? undefined : troubles.get(number);
  if (!trouble || !(error instanceof Error)) return error;
  const { code, says, toAgents } = underlying(number, path) ?? trouble;
  return new CordError(code, says(path, systemCode(error) || messageOf(error)), {
    cause: error,
    ...(toAgents ? { toAgents: toAgents(path) } : {}),
  });
}

/** SQLite's primary result code: the low byte of an extended code, or for a system error the code of its kind. */
function resultCode(error: unknown): number | null {
  if (error instanceof SQLiteError) return error.errno & 0xff;
  const code = systemCode(error);
  return systemCodes.get(code) ?? null;
}

const systemCodes: ReadonlyMap<string, number> = new Map([
  ["ENOSPC", 13],
  ["EDQUOT", 13],
  ["EROFS", 8],
  ["EACCES", 8],
  ["EPERM", 8],
  ["EIO", 10],
]);

/** What SQLite reports as an I/O error, or as a file that does not open, for want of a better word. */
function underlying(number: number | null, path: string): Trouble | undefined {
  if (number === 10 && isFull(path)) return troubles.get(13);
  return number === 14 && isReadOnly(path) ? troubles.get(8) : undefined;
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch {
    return existsSync(dirname(path));
  }
}

function isFull(path: string): boolean {
  try {
    return roomUnder(path) < minFreeBytes;
  } catch {
    return false;
  }
}

function roomUnder(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

const minFreeBytes = 64 * 1024;
