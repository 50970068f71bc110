import { closeSync, copyFileSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

/** The commits that a log holds, by the number of their last frame, whether or not they can be recovered. */
type LoggedCommits = readonly number[];

/**
 * Reads the frame headers of a log. Call it before SQLite opens the database. Frames of an earlier generation, which
 * can remain behind the new ones, have another salt. Source: sqlite.org/fileformat2.html 4.1.
 */
export function commitsIn(logPath: string): LoggedCommits {
  if (!existsSync(logPath)) return [];
  const log = openSync(logPath, "r");
  try {
    const header = Buffer.alloc(headerBytes);
    const size = fstatSync(log).size;
    readSync(log, header, 0, headerBytes, 0);
    const stride = header.readUInt32BE(8) + frameBytes;
    const salt = Buffer.from(header.subarray(16, 24));
    const commits: number[] = [];
    for (let number = 1, at = headerBytes; at + stride <= size; number += 1, at += stride) {
      readSync(log, header, 0, frameBytes, at);
      if (header.subarray(8, 16).equals(salt) && header.readUInt32BE(4) !== 0) commits.push(number);
    }
    return commits;
  } finally {
    closeSync(log);
  }
}

const headerBytes = 32;
const frameBytes = 24;

/**
 * What recovery has left out, in a sentence; null when it took up all. It stops at the first frame whose checksum is wrong. The log
 * is kept as it was, since it is written over from here on.
 */
export function leftOut(logPath: string, commits: LoggedCommits, recoveredFrames: number): string | null {
  const lost = lostCommits(commits, recoveredFrames);
  if (lost === 0) return null;
  const copy = damagedLog(logPath);
  if (!existsSync(copy)) copyFileSync(logPath, copy);
  const what =
    lost === 1
      ? "the last commit in it, which may not have been acknowledged,"
      : `the ${lost} commits from there on`;
  return `The log ${logPath} is damaged at its frame ${recoveredFrames + 1}: ${what} could not be recovered. The log as it was is kept in ${copy}.`;
}

/** How many commits of a log recovery has not taken up. */
export function lostCommits(commits: LoggedCommits, recoveredFrames: number): number {
  return commits.filter((frame) => frame > recoveredFrames).length;
}

/** Where a damaged log is kept. */
export function damagedLog(logPath: string): string {
  return `${logPath}.damaged`;
}
