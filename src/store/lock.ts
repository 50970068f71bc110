import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CordError, messageOf } from "../core/error.ts";

/** A daemon's hold on a database file: the system lets go of it when the daemon dies, however it dies. */
export interface Lock {
  /** Tells those who come later where the holder listens. */
  announce(url: string): void;
  release(): void;
}

/** Of several that start at the same moment each looks for so long, so that one of them gets the lock. */
const patienceMs = 300;

/** Takes the lock of a database; null when another process has it. Throws `failed` when no lock can lie there. */
export function lockDatabase(path: string): Lock | null {
  const held = openLock(path);
  try {
    held.run(`PRAGMA busy_timeout = ${patienceMs}`);
    held.run("PRAGMA journal_mode = DELETE");
    held.run("BEGIN EXCLUSIVE");
  } catch (error) {
    held.close();
    if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return null;
    throw unusable(path, error);
  }
  const address = besideDatabase(path, "address");
  return {
    announce: (url) => writeFileSync(address, `${url}\n`, { mode: 0o600 }),
    release: () => {
      rmSync(address, { force: true });
      held.close();
    },
  };
}

/** Where the holder of a database's lock said it listens; null when it has not said so yet. */
export function holderOf(path: string): string | null {
  try {
    return readFileSync(besideDatabase(path, "address"), "utf8").trim() || null;
  } catch {
    return null;
  }
}

function openLock(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new Database(besideDatabase(path, "lock"), { create: true });
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): CordError {
  return new CordError(
    "failed",
    `The database ${path} cannot be locked: ${messageOf(cause)}. Choose another with --db FILE.`,
    { cause },
  );
}

/** Beside the file itself, not beside a link to it: a database has one lock, whatever it is called by. */
function besideDatabase(path: string, ending: string): string {
  return `${realPath(path)}.${ending}`;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet; its folder is.
  }
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
