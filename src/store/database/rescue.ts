import { existsSync, renameSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import { makePrivateFolder } from "../../system/private-file.ts";
import type { Loss, OpenFile } from "./open-file.ts";

/** What can be done with the connection of a lost database. */
interface Connection {
  /** Writes the whole log into the database. Throws when that cannot be done. */
  checkpoint(): void;
  /** Makes sure that nothing is written any more, also when it is closed. */
  disarm(): void;
  /** Whether it has held anything worth keeping. */
  isEmpty(): boolean;
  /** the command that puts another daemon in this one's place */
  restart(): string;
}

/** A database whose file is no longer what it was. Nothing is written any more; what it held is saved as far as it can be. */
export interface Lost {
  /** What happened, and what to do, as it stands now. */
  error(): CordError;
  /** Resolves when nothing more can be saved. */
  end(): Promise<void>;
}

/**
 * Saves what the open descriptors still hold. Leaves the files that took their place as they are, but moves the old
 * log and its index away: SQLite would take them for the new file's.
 */
export function settle(loss: Loss, file: OpenFile, connection: Connection): Lost {
  const { path } = file;
  const isWhole = mayCheckpoint(loss) && succeeds(() => connection.checkpoint());
  if (loss.what === "overwritten" || loss.what === "log overwritten") setLogAside(loss, file);
  else if (isWhole && loss.what !== "log deleted" && file.ownsLogPath())
    rmSync(file.logPath, { force: true });
  if (file.ownsIndexPath()) rmSync(file.indexPath, { force: true });
  const isEmpty = connection.isEmpty();
  connection.disarm();
  const isSaved = loss.what === "deleted" || loss.what === "replaced";
  const copy = isSaved && !isEmpty ? copyOf(file) : null;
  if (existsSync(dirname(path))) copy?.start();
  return {
    error: () =>
      new CordError(
        "database_lost",
        `${happened(loss, file)} ${rest(loss, file, copy, isWhole, connection.restart())}`,
      ),
    end: async () => {
      copy?.start();
      await copy?.done();
    },
  };
}

function mayCheckpoint({ what }: Loss): boolean {
  return what !== "overwritten" && what !== "log overwritten";
}

/** A log whose beginning is in the database already must not be taken up again when its end is gone. */
function setLogAside({ what }: Loss, file: OpenFile): void {
  const isOld = what === "overwritten" || file.hasCheckpointed;
  if (isOld && file.ownsLogPath() && file.ownsLogHeader())
    succeeds(() => renameSync(file.logPath, freeName(file.logPath)));
}

function happened(loss: Loss, { path, logPath }: OpenFile): string {
  const meanwhile = `while the daemon (pid ${process.pid}) had it open`;
  switch (loss.what) {
    case "deleted":
      return `The database ${path} was deleted ${meanwhile}.`;
    case "moved":
      return `The database ${path} was moved${loss.to === null ? "" : ` to ${loss.to}`} ${meanwhile}.`;
    case "replaced":
      return `Another file was put in the place of the database ${path} ${meanwhile}.`;
    case "overwritten":
      return `The database ${path} was written over ${meanwhile}.`;
    case "log deleted":
      return `The log of the database (${logPath}, or its -shm) was deleted or replaced ${meanwhile}.`;
    case "log overwritten":
      return `The log of the database (${logPath}) was written over or cut off ${meanwhile}.`;
  }
}

function rest(loss: Loss, { path }: OpenFile, copy: Copy | null, isWhole: boolean, restart: string): string {
  switch (loss.what) {
    case "deleted":
      return copy === null
        ? `It held nothing yet. To go on with a new one: ${restart}`
        : `${copy.says()} To go on with that, put it back (mv ${copy.path} ${path}), then: ${restart}. To begin anew: ${restart}`;
    case "replaced":
      return `${copy === null ? "The old one held nothing yet." : copy.says()} To go on with the file that is there now: ${restart}`;
    case "moved":
      return `What it held is there. Move it back, then: ${restart}`;
    case "overwritten":
      return `To go on with what is there now: ${restart}`;
    case "log deleted":
      return `${isWhole ? "Nothing is lost: what it held is in the database." : "What it held could not be written to the database."} To go on: ${restart}`;
    case "log overwritten":
      return `What only the log held is lost. To go on with what the database holds: ${restart}`;
  }
}

interface Copy {
  path: string;
  start(): void;
  done(): Promise<void>;
  says(): string;
}

/** A copy of the file that is open, beside where it was. It is made piece by piece, so that the daemon answers meanwhile. */
function copyOf(file: OpenFile): Copy {
  const path = freeName(file.path);
  let copied: Promise<void> | null = null;
  let state: "waits" | "is made" | "is there" | { failed: string } = "waits";
  return {
    path,
    start: () => {
      if (copied) return;
      state = "is made";
      copied = copyTo(file.main, path).then(
        () => void (state = "is there"),
        (error: unknown) => void (state = { failed: messageOf(error) }),
      );
    },
    done: () => copied ?? Promise.resolve(),
    says: () => {
      if (state === "waits")
        return `What it held is saved in ${path} when the daemon ends, or before that by: cord backup FILE.`;
      if (state === "is made") return `What it held is being saved in ${path}.`;
      if (state === "is there") return `What it held is saved in ${path}.`;
      return `What it held cannot be saved in ${path} (${state.failed}); as long as the daemon runs, this saves it: cord backup FILE.`;
    },
  };
}

async function copyTo(descriptor: number, path: string): Promise<void> {
  makePrivateFolder(dirname(path));
  const { createReadStream } = await import("node:fs");
  const copy = await open(path, "wx", 0o600);
  try {
    const source = createReadStream("", {
      fd: descriptor,
      start: 0,
      autoClose: false,
      highWaterMark: chunkBytes,
    });
    for await (const chunk of source) await copy.writeFile(chunk);
    await copy.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await copy.close();
  }
}

const chunkBytes = 1024 * 1024;

/** `cord.db.saved`, or with a number where that is taken. */
function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? `${path}.saved` : `${path}.saved-${number}`;
    if (!existsSync(name)) return name;
  }
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
