import type { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { CordError } from "../core/error.ts";
import { makePrivate } from "../system/private-file.ts";

/**
 * Writes a whole, consistent copy of a database, for its owner only. It has its name only once it is whole and on disk, so a crash
 * leaves nothing that only looks whole. Throws `conflict` when the name is taken, unless it may be replaced.
 */
export function copyWhole(database: Database, path: string, replace: boolean): void {
  refuseTaken(path, replace);
  const unfinished = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    makePrivate(unfinished);
    database.run("VACUUM INTO ?", [unfinished]);
    sync(unfinished);
    if (replace) renameSync(unfinished, path);
    else giveName(unfinished, path);
    sync(dirname(path));
  } finally {
    rmSync(unfinished, { force: true });
  }
}

export function refuseTaken(path: string, replace: boolean): void {
  if (!replace && existsSync(path))
    throw new CordError(
      "conflict",
      `${path} is there already. Name another file, or replace it with --force.`,
    );
}

/** A link takes no name that is taken meanwhile. Some file systems have none. */
function giveName(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch {
    refuseTaken(path, false);
    renameSync(unfinished, path);
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}
