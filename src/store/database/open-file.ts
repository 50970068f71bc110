import {
  closeSync,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";

/** What somebody did to a database under the daemon that has it open. */
export type Loss =
  /** nothing is at its path, and no other name is left */
  | { what: "deleted" }
  /** it has another name now; null where the system cannot say which */
  | { what: "moved"; to: string | null }
  /** another file is at its path */
  | { what: "replaced" }
  /** it was written over in place, or cut off */
  | { what: "overwritten" }
  /** its log or the log's index was deleted or replaced; the log itself can still be read through the open descriptor */
  | { what: "log deleted" }
  /** its log was written over in place, or cut off */
  | { what: "log overwritten" };

/** How far a checkpoint has come, and the generation of the log: whatever SQLite writes to the database changes one of these. */
interface Marks {
  frames: number;
  pageSize: number;
  salt: readonly [number, number];
  checkpointed: number;
  attempted: number;
}

/**
 * The files of an open database in WAL mode, by descriptors of its own. A check costs a few microseconds. These
 * descriptors are closed only after SQLite's own: closing any descriptor of a file drops all of the process's locks
 * on it.
 */
export class OpenFile {
  readonly path: string;
  readonly logPath: string;
  readonly indexPath: string;
  readonly main: number;
  readonly log: number;
  readonly #index: number;
  readonly #logLink: string;
  readonly #identities: { main: Stats; log: Stats; index: Stats };
  readonly #buffer = Buffer.alloc(indexBytes);
  readonly #folder: string;
  readonly #clock: () => number;
  /**
   * Whether a file's time tells of each write at once. Windows may set it only when the last handle for writing is closed, so
   * that a checkpoint of long ago would look like a stranger's write. There SQLite lets nobody delete, move or replace its
   * files while they are open, and only who writes over them in place is not noticed.
   */
  readonly #tellsWrites: boolean;
  /** the folder with the log and its index in it, and since when it is so */
  #folderSeen: { stats: Stats; since: number; isSettled: boolean } | null = null;
  #marks: Marks;
  #seen: { mtimeMs: number; size: number };

  /** Call it once SQLite has the database open, in WAL mode, and has looked into its log. The clock gives milliseconds. */
  constructor(path: string, clock: () => number, platform: NodeJS.Platform = process.platform) {
    this.#clock = clock;
    this.#tellsWrites = platform !== "win32";
    const real = realpathSync(path);
    this.path = path;
    this.logPath = `${real}-wal`;
    this.indexPath = `${real}-shm`;
    this.#folder = dirname(real);
    this.main = openSync(real, "r");
    this.log = openSync(this.logPath, "r");
    this.#index = openSync(this.indexPath, "r+");
    this.#logLink = linkOf(this.log);
    this.#identities = {
      main: fstatSync(this.main),
      log: fstatSync(this.log),
      index: fstatSync(this.#index),
    };
    this.#marks = this.#readMarks();
    this.#seen = this.#identities.main;
  }

  /**
   * What has happened to the files since the last look; null when they are as SQLite left them. The marks are read first:
   * a checkpoint that another process makes meanwhile is then seen to be one.
   */
  look(): Loss | null {
    const marks = this.#readMarks();
    const main = statSync(this.path, { throwIfNoEntry: false });
    if (!main || !isSame(main, this.#identities.main)) return this.#displaced(main !== undefined);
    if (this.#tellsWrites && (main.mtimeMs !== this.#seen.mtimeMs || main.size !== this.#seen.size)) {
      if (!hasCheckpointed(this.#marks, marks) && !hasCheckpointed(this.#marks, this.#readMarks()))
        return { what: "overwritten" };
      this.#seen = { mtimeMs: main.mtimeMs, size: main.size };
    }
    this.#marks = marks;
    return this.#lookAtLog(marks) && this.#lookAtLog(this.#readMarks());
  }

  /** Whether each file stands where it was, and nobody has written to the database since the last look. */
  seemsUntouched(): boolean {
    const main = statSync(this.path, { throwIfNoEntry: false });
    return (
      main !== undefined &&
      isSame(main, this.#identities.main) &&
      main.mtimeMs === this.#seen.mtimeMs &&
      main.size === this.#seen.size &&
      this.#ownsBoth()
    );
  }

  /** Frames of the log that are not yet in the database itself, as of the last look. */
  get pending(): number {
    return this.#marks.frames - this.#marks.checkpointed;
  }

  /** Whether a part of the log is in the database already. */
  get hasCheckpointed(): boolean {
    return this.#marks.checkpointed > 0;
  }

  /** Frames that the log held when it was last looked at. */
  get frames(): number {
    return this.#marks.frames;
  }

  get logSize(): number {
    return fstatSync(this.log).size;
  }

  /**
   * Whether the files at these paths are still the open ones. Where the system gives a descriptor's path, the log
   * itself is not asked for its state: since Linux 6.13 reading a file's times makes the next write change them, so
   * each sync of the log would also write its inode, and a claim would take half as long again.
   */
  ownsLogPath(): boolean {
    return pathOf(this.#logLink) === this.logPath || isAt(this.logPath, this.#identities.log);
  }

  ownsIndexPath(): boolean {
    return isAt(this.indexPath, this.#identities.index);
  }

  /** Whether the log's header is of the generation that SQLite last wrote. */
  ownsLogHeader(): boolean {
    const isWhole = readSync(this.log, this.#buffer, 0, 8, logSaltAt) === 8;
    return isWhole && this.#number(0) === this.#marks.salt[0] && this.#number(4) === this.#marks.salt[1];
  }

  /** Lets SQLite find nothing to write back: what is at the database's path may be another's by now. */
  markWrittenBack(): void {
    const frames = this.#buffer.subarray(16, 20);
    readSync(this.#index, frames, 0, 4, 16);
    writeSync(this.#index, frames, 0, 4, checkpointedAt);
  }

  /**
   * A name can lead to another file only after its folder was changed. Once a folder has stayed unchanged for longer
   * than its times are exact, only the folder is checked.
   */
  #ownsBoth(): boolean {
    const stats = statSync(this.#folder, { throwIfNoEntry: false });
    const seen = this.#folderSeen;
    const isUnchanged =
      stats !== undefined &&
      seen !== null &&
      isSame(stats, seen.stats) &&
      stats.mtimeMs === seen.stats.mtimeMs;
    if (isUnchanged && seen.isSettled) return true;
    if (!this.ownsLogPath() || !this.ownsIndexPath()) return false;
    if (isUnchanged) seen.isSettled = this.#clock() - seen.since > tickMs;
    else this.#folderSeen = stats ? { stats, since: this.#clock(), isSettled: false } : null;
    return true;
  }

  close(): void {
    for (const file of [this.#index, this.log, this.main]) closeSync(file);
  }

  #lookAtLog({ frames, pageSize }: Marks): Loss | null {
    if (!this.#ownsBoth()) return { what: "log deleted" };
    const minBytes = frames === 0 ? 0 : logHeaderBytes + frames * (frameHeaderBytes + pageSize);
    const isWhole = minBytes === 0 || (this.#logReaches(minBytes) && this.ownsLogHeader());
    return isWhole ? null : { what: "log overwritten" };
  }

  #logReaches(size: number): boolean {
    return readSync(this.log, this.#buffer, 0, 1, size - 1) === 1;
  }

  #displaced(byAnother: boolean): Loss {
    if (fstatSync(this.main).nlink > 0) return { what: "moved", to: this.#newName() };
    return { what: byAnother ? "replaced" : "deleted" };
  }

  #newName(): string | null {
    return pathOf(linkOf(this.main));
  }

  #readMarks(): Marks {
    readSync(this.#index, this.#buffer, 0, indexBytes, 0);
    const size = littleEndian ? this.#buffer.readUInt16LE(14) : this.#buffer.readUInt16BE(14);
    return {
      pageSize: size === 1 ? 65_536 : size,
      frames: this.#number(16),
      salt: [this.#number(32), this.#number(36)],
      checkpointed: this.#number(checkpointedAt),
      attempted: this.#number(128),
    };
  }

  /** As the machine keeps it: the index is never moved to another. */
  #number(offset: number): number {
    return littleEndian ? this.#buffer.readUInt32LE(offset) : this.#buffer.readUInt32BE(offset);
  }
}

/**
 * Two changes of a folder within this time may leave it with the same time: older systems count in steps of up to 10
 * ms.
 */
const tickMs = 50;

/** The log's index begins with its header, twice, and where checkpoints stand. Source: sqlite.org/walformat.html 2.1. */
const indexBytes = 136;
const checkpointedAt = 96;
/** In the log's own header. Source: sqlite.org/fileformat2.html 4.1. */
const logSaltAt = 16;
const logHeaderBytes = 32;
const frameHeaderBytes = 24;

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function isAt(path: string, identity: Stats): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && isSame(there, identity);
}

/** Where a link leads; null where there is none. */
function pathOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

/** By it Linux tells where a file that is open stands now. */
function linkOf(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** Whether SQLite, here or in another process, has written log into database between the two, or is about to. */
function hasCheckpointed(before: Marks, after: Marks): boolean {
  return (
    after.attempted !== after.checkpointed ||
    before.attempted !== after.attempted ||
    before.checkpointed !== after.checkpointed ||
    before.salt[0] !== after.salt[0] ||
    before.salt[1] !== after.salt[1]
  );
}
