import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { messageOf } from "../core/error.ts";
import { replaceFile } from "./durable-file.ts";
import { makePrivate, refuseOther } from "./private-file.ts";
import { openOwn } from "./small-file.ts";

/** How large a log becomes before it begins anew, and how many old ones are kept: `daemon.log.1` is the newest of them. */
export const logBounds = { bytes: 1024 * 1024, kept: 3 } as const;

/** Of a log that has grown faster than it was looked at, the end is kept. */
const maxCopiedBytes = 4 * logBounds.bytes;

/** The old ones of a log that there are, the newest first. */
export function rotatedLogs(file: string): string[] {
  return Array.from({ length: logBounds.kept }, (_, at) => `${file}.${at + 1}`).filter((old) =>
    existsSync(old),
  );
}

/**
 * Empties a log that is too large, once what it holds is beside it. It is copied and not renamed: whoever writes to it has it open,
 * and would go on writing to the file under its new name; nor lets Windows anybody rename it then. Its writers append, so they
 * go on at its beginning. What another process writes in the very moment between the two is lost. Throws `failed` for a link in
 * its place, and what the system says.
 */
export function rotateLog(file: string): void {
  refuseOther(file);
  if (!existsSync(file)) return;
  const log = openOwn(file, constants.O_RDWR);
  try {
    const { size } = fstatSync(log);
    if (size <= logBounds.bytes) return;
    try {
      keep(file, endOf(log, size));
    } catch (error) {
      // on a full disk, say: of all that could be done, that it grows on is the worst
      if (size <= maxCopiedBytes) throw error;
    }
    ftruncateSync(log);
  } finally {
    closeSync(log);
  }
}

function endOf(log: number, size: number): Uint8Array {
  const end = Buffer.alloc(Math.min(size, maxCopiedBytes));
  return end.subarray(0, readSync(log, end, 0, end.length, size - end.length));
}

function keep(file: string, content: Uint8Array): void {
  const part = `${file}.part`;
  rmSync(part, { force: true });
  makePrivate(part, content);
  for (let old = logBounds.kept - 1; old > 0; old -= 1)
    if (existsSync(`${file}.${old}`)) replaceFile(`${file}.${old}`, `${file}.${old + 1}`);
  replaceFile(part, `${file}.1`);
}

/**
 * Looks at this process's log every few seconds, until the returned function is called: whatever it says, and however fast, the disk
 * does not fill with it. Does nothing where its stderr is another file, or none: that is its caller's.
 */
export function keepLogSmall(
  file: string,
  complain: (sentence: string) => void,
  everyMs = lookEveryMs,
): () => void {
  if (!isSame(file, stderr)) return () => {};
  const timer = setInterval(() => {
    try {
      if (fstatSync(stderr).size > logBounds.bytes && isSame(file, stderr)) rotateLog(file);
    } catch (error) {
      complain(`the log ${file} cannot begin anew: ${messageOf(error)}`);
    }
  }, everyMs).unref();
  return () => clearInterval(timer);
}

const stderr = 2;
const lookEveryMs = 2000;

function isSame(file: string, descriptor: number): boolean {
  try {
    const [named, opened] = [statSync(file, { bigint: true }), fstatSync(descriptor, { bigint: true })];
    return named.isFile() && named.ino === opened.ino && named.dev === opened.dev;
  } catch {
    return false;
  }
}
