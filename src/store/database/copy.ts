import { Database } from "bun:sqlite";
import { existsSync, linkSync, realpathSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { CordError, messageOf } from "../../core/error.ts";
import { replaceFile, syncFile, syncFolder } from "../../system/durable-file.ts";
import { makePrivate } from "../../system/private-file.ts";
import { troubleOf } from "./trouble.ts";

/**
 * Writes a whole, consistent copy of a database, readable by its owner only. The file gets its name only when it is
 * complete and on disk, so a crash leaves no partial copy under that name. Throws `conflict` when the name is taken
 * and may not be replaced.
 */
export function copyWhole(database: Database, path: string, replace: boolean): void {
  refuseTaken(path, replace);
  try {
    copyAside(database, path, replace);
  } catch (error) {
    throw copyTrouble(error, database.filename, path);
  }
}

function copyAside(database: Database, path: string, replace: boolean): void {
  const unfinished = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    makePrivate(unfinished);
    database.run("VACUUM INTO ?", [unfinished]);
    syncFile(unfinished);
    if (replace) replaceFile(unfinished, path);
    else giveName(unfinished, path);
    syncFolder(dirname(path));
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** What is wrong where the copy was to lie; a database that cannot be read has its own sentence. */
function copyTrouble(error: unknown, database: string, path: string): unknown {
  const trouble = troubleOf(error, database);
  const code = trouble instanceof CordError ? trouble.code : "failed";
  if (error instanceof CordError || code === "damaged" || code === "locked") return trouble;
  return new CordError(code, `The copy ${path} cannot be made: ${messageOf(error)}. Name another file.`, {
    cause: error,
  });
}

/** As copyWhole, by a connection of its own: whoever has the database open goes on. */
export function copyDatabase(database: string, path: string, replace: boolean): void {
  refuseOwn(database, path);
  const connection = new Database(database, { readonly: true });
  try {
    connection.run("PRAGMA busy_timeout = 5000");
    copyWhole(connection, path, replace);
  } finally {
    connection.close();
  }
}

/** Throws `usage` for the database's own files: replacing one of them by a copy would lose the rest. */
export function refuseOwn(database: string, path: string): void {
  const own = ["", "-wal", "-shm", ".lock", ".address"].map((ending) => realName(`${database}${ending}`));
  if (own.includes(realName(path)))
    throw new CordError("usage", `${path} is the database itself, or belongs to it. Name another file.`);
}

function realName(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function refuseTaken(path: string, replace: boolean): void {
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
    replaceFile(unfinished, path);
  }
}
