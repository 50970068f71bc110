import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { replaceFile } from "../../system/durable-file.ts";
import { isReadOnly, writableCommand } from "../../system/rights.ts";
import { randomHex } from "../../system/secret.ts";
import { noFollow, openOwn } from "../../system/small-file.ts";

/**
 * init's only access to the file system. A path stands below a trusted root, and no folder between may be a symbolic
 * link, so no write leaves the root. Refusals are CordErrors whose message is a clause about the file ("it is …").
 */
export interface RootedPath {
  /** An absolute path without links. */
  readonly root: string;
  /** Relative to the root, with "/" between its names. */
  readonly path: string;
}

interface Found {
  readonly text: string;
  readonly mode: number;
}

/** The text of the file, or undefined where there is none. Refused: links, what is no file, what is not UTF-8. */
export function readText(at: RootedPath): Found | undefined {
  if (!checkFolders(at)) return undefined;
  const file = open(at);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new CordError("not_allowed", "it is not a regular file");
    return { text: decode(readFileSync(file)), mode: stats.mode & 0o7777 };
  } finally {
    closeSync(file);
  }
}

/** Refused when the file, or the folder that it would be made in, does not let itself be written. */
export function checkWritable(at: RootedPath): void {
  checkFolders(at);
  const stats = statOf(absolute(at));
  // A rename would replace a read-only file without asking, and root may write anything: the mode is what its owner meant.
  if (stats !== undefined && isReadOnly(stats)) throw new CordError("not_allowed", readOnly);
  let folder = dirname(absolute(at));
  while (statOf(folder) === undefined) folder = dirname(folder);
  const folderStats = statOf(folder);
  if (folderStats === undefined || isReadOnly(folderStats))
    throw new CordError("not_allowed", `its folder ${readOnly.slice(3)}`);
  try {
    accessSync(folder, constants.W_OK);
    if (stats !== undefined) accessSync(absolute(at), constants.W_OK);
  } catch {
    throw new CordError("not_allowed", "you may not write it");
  }
}

const readOnly = `it is read-only; make it writable (${writableCommand()}) and run cord init again`;

/**
 * Replaces or makes the file in one step: a crash leaves the old text or the new one. It keeps its mode and owner.
 * Gives the folders that had to be made, relative to the root.
 */
export function writeText(at: RootedPath, text: string, mode = 0o644): string[] {
  const made = makeFolders(at);
  const path = absolute(at);
  const before = statOf(path);
  const temporary = `${path}.${randomHex(6)}.tmp`;
  const file = openSync(
    temporary,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow,
    0o600,
  );
  try {
    writeFileSync(file, text);
    if (before !== undefined) keepOwner(file, before);
    fchmodSync(file, before === undefined ? mode & ~process.umask() : before.mode & 0o7777);
    fsyncSync(file);
    closeSync(file);
    replaceFile(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  return made;
}

/** Makes an empty file that must not be there yet. Null when it was made; else what tells the one that is there from others. */
export function createEmpty(at: RootedPath): string | null {
  makeFolders(at);
  const path = absolute(at);
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600));
    return null;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const stats = statOf(path);
    return `${stats?.ino} ${stats?.mtimeMs}`;
  }
}

/** Deletes the file; it is no error when it is gone already. */
export function removeFile(at: RootedPath): void {
  if (checkFolders(at) && statOf(absolute(at)) !== undefined) unlinkSync(absolute(at));
}

/** Deletes the folder and those above it, up to `stop` and not that one, as long as nothing is in them. */
export function deleteEmptyFolders({ root, path }: RootedPath, stop: string): void {
  if (path === stop || path === ".") return;
  if (checkFolders({ root, path: `${path}/file` })) {
    try {
      rmdirSync(join(root, path));
    } catch {
      return; // Something else is in it, as it may be.
    }
  }
  deleteEmptyFolders({ root, path: dirname(path) }, stop);
}

/** The names in a folder; none where there is no such folder. */
export function namesIn({ root, path }: RootedPath): string[] {
  return checkFolders({ root, path: `${path}/file` }) ? readdirSync(join(root, path)) : [];
}

export function absolute({ root, path }: RootedPath): string {
  return join(root, path);
}

/** True when all folders on the way are there. */
function checkFolders({ root, path }: RootedPath): boolean {
  let folder = root;
  for (const name of path.split("/").slice(0, -1)) {
    folder = join(folder, name);
    const stats = statOf(folder);
    if (stats === undefined) return false;
    if (stats.isSymbolicLink())
      throw new CordError(
        "not_allowed",
        `its folder "${name}" is a symbolic link, which cord init does not follow`,
      );
    if (!stats.isDirectory())
      throw new CordError("not_allowed", `"${name}", which should be its folder, is a file`);
  }
  return true;
}

function makeFolders({ root, path }: RootedPath): string[] {
  checkFolders({ root, path });
  const made: string[] = [];
  const names = path.split("/").slice(0, -1);
  for (const depth of names.keys()) {
    const folder = names.slice(0, depth + 1).join("/");
    if (statOf(join(root, folder)) === undefined && makeFolder(join(root, folder))) made.push(folder);
  }
  checkFolders({ root, path });
  return made;
}

/** False: another `cord init` has made it in the same moment. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

function open(at: RootedPath): number | undefined {
  try {
    return openOwn(absolute(at));
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP")
      throw new CordError("not_allowed", "it is a symbolic link, which cord init does not follow");
    throw new CordError("not_allowed", `it cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function keepOwner(file: number, before: Stats): void {
  try {
    fchownSync(file, before.uid, before.gid);
  } catch {
    // Only root may give a file away; anybody else's new file is their own, as any editor's would be.
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CordError("invalid", "it is not UTF-8 text");
  }
}
