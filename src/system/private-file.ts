import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { CordError } from "../core/error.ts";
import { shellWord } from "../core/shell-word.ts";
import { systemCode } from "../core/system-code.ts";
import { isAnothers, isOpenToOthers, restrict } from "./rights.ts";
import { noFollow, openOwn } from "./small-file.ts";

/**
 * Makes a file that only its owner can read; it is on disk when this returns, and removed if it cannot be written.
 * Throws EEXIST when the name is taken, also by a link.
 */
export function makePrivate(path: string, content: string | Uint8Array = ""): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    restrict(path, "file");
    let rest = Buffer.from(content);
    while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** A descriptor for writing a file that only its owner can read. Throws `failed` for a link, or what is no file, in its place. */
export function openPrivate(path: string, how: "append" | "truncate"): number {
  refuseOther(path);
  const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC } = constants;
  return openOwn(path, O_WRONLY | O_CREAT | (how === "append" ? O_APPEND : O_TRUNC));
}

/**
 * As makePrivate, but a file that exists is kept, and loses the rights of others. Throws `failed` for a link and for
 * anything that is not a file.
 */
export function keepPrivate(path: string): void {
  try {
    makePrivate(path);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    refuseOther(path);
    closeToOthers(path);
  }
}

/** Makes a folder that only its owner can look into, and those above it that there are not; one that is there stays as it is. */
export function makePrivateFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) restrict(made, "folder");
}

/** Throws `failed` for a link, since what cord writes where its own files are follows none, and for what is no file at all. */
export function refuseOther(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isFile()) return;
  const word = shellWord(path);
  throw new CordError(
    "failed",
    there.isSymbolicLink()
      ? `${path} is a link, and cord follows none there. Remove it: rm ${word}`
      : `${path} is ${there.isDirectory() ? "a folder" : "no regular file"}, where cord keeps a file. Move it away: mv ${word} ${word}.away`,
  );
}

/** Takes from others what rights they have on a file that cord owns. One that is another user's stays as it is. */
function closeToOthers(path: string): void {
  const stats = statSync(path);
  if (isOpenToOthers(stats) && !isAnothers(stats)) chmodSync(path, 0o600);
}
