import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  statSync,
  writeSync,
} from "node:fs";
import { CordError } from "../core/error.ts";

/** A file that only its owner can read, on disk when this returns. Throws EEXIST when the name is taken, also by a link. */
export function makePrivate(path: string, text = ""): void {
  const file = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    if (text !== "") writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A descriptor for writing a file that only its owner can read. Throws `failed` for a link in its place. */
export function openPrivate(path: string, how: "append" | "truncate"): number {
  refuseLink(path);
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_APPEND, O_TRUNC } = constants;
  return openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | (how === "append" ? O_APPEND : O_TRUNC), 0o600);
}

/** As makePrivate, for a file that may be there: it is taken as it is, but for the rights of others. Throws `failed` for a link. */
export function keepPrivate(path: string): void {
  try {
    makePrivate(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    refuseLink(path);
    closeToOthers(path);
  }
}

/** Throws `failed` for a link: what cord writes where its own files are follows none. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new CordError("failed", `${path} is a link, and cord follows none there. Remove it: rm ${path}`);
}

/** Takes from others what rights they have on a file that cord owns. One that is another user's stays as it is. */
function closeToOthers(path: string): void {
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) !== 0 && (process.getuid === undefined || uid === process.getuid()))
    chmodSync(path, 0o600);
}
