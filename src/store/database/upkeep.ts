import { constants, type Database } from "bun:sqlite";
import type { OpenFile } from "./open-file.ts";
import { settle, type Lost } from "./rescue.ts";
import type { Driver } from "../store.ts";
import { troubleOf } from "./trouble.ts";

/**
 * What a driver does for a database file, beside the statements: checks that it is still there, and keeps it small.
 */
export function onDisk(
  database: Database,
  path: string,
  file: OpenFile,
  restart: () => string,
): Pick<Driver, "verify" | "settle" | "tidy" | "close"> {
  const state: { lost: Lost | null; checkpointAt: number } = { lost: null, checkpointAt: checkpointFrames };
  const canShrink = numberOf(database, "PRAGMA auto_vacuum") === 2;

  function verify(isQuick = false): void {
    if (state.lost === null) {
      if (isQuick && file.seemsUntouched()) return;
      const loss = file.look();
      if (loss === null) return;
      state.lost = settle(loss, file, {
        checkpoint: () => requireWhole(checkpoint(database, "TRUNCATE")),
        disarm: () => {
          database.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
          file.markWrittenBack();
        },
        isEmpty: () => database.query("SELECT 1 FROM events LIMIT 1").get() === null,
        restart,
      });
    }
    throw state.lost.error();
  }

  /** Whatever fails here is tried again later; nothing that was acknowledged depends on it. */
  function translated<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw troubleOf(error, path);
    }
  }

  return {
    verify,
    settle: () => {
      if (file.pending < state.checkpointAt) return;
      state.checkpointAt = file.pending + checkpointFrames;
      verify();
      const done = translated(() => checkpoint(database, "PASSIVE"));
      state.checkpointAt = checkpointFrames + (done ? done.log - done.checkpointed : 0);
    },
    tidy: () => {
      verify();
      return translated(() => tidied(database, file, canShrink));
    },
    close: async () => {
      try {
        verify();
      } catch (error) {
        if (state.lost === null) throw error;
        await state.lost.end();
      }
      try {
        if (state.lost === null) checkpoint(database, "TRUNCATE");
      } catch {
        // A full disk, say: the log holds what the database does not, and is taken up at the next start.
      }
      database.close();
      file.close();
    },
  };
}

/** One step of what keeps the files small; true when there is more of it. */
function tidied(database: Database, file: OpenFile, canShrink: boolean): boolean {
  if (canShrink && numberOf(database, "PRAGMA freelist_count") > maxFreePages) {
    database.run(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return true;
  }
  const isLarge = file.logSize > keptLogBytes;
  if (isLarge || file.pending > 0) checkpoint(database, isLarge ? "TRUNCATE" : "PASSIVE");
  return false;
}

/**
 * 32 MB of log. Pages that many claims change are then written back once for all of them; this delays one claim in
 * many thousands.
 */
const checkpointFrames = 8000;

/**
 * A log is emptied only when it is larger than usual between two checkpoints: syncing a log that grows costs half as
 * much again as one that is overwritten.
 */
const keptLogBytes = 48_000_000;

/** 8 MB that were freed stay for what comes next; what is more is given back, so much at once. */
const maxFreePages = 2048;
const pagesAtOnce = 512;

interface Checkpoint {
  busy: number;
  log: number;
  checkpointed: number;
}

function checkpoint(database: Database, mode: "PASSIVE" | "TRUNCATE"): Checkpoint | null {
  return database.query<Checkpoint, []>(`PRAGMA wal_checkpoint(${mode})`).get();
}

function requireWhole(done: Checkpoint | null): void {
  if (done === null || done.log !== done.checkpointed)
    throw new Error("the log could not be written back whole");
}

function numberOf(database: Database, pragma: string): number {
  return Number(Object.values(database.query<Record<string, number>, []>(pragma).get() ?? {})[0] ?? 0);
}
