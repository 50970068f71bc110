import { rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataFolder } from "../paths.ts";
import { replaceFile } from "../../system/durable-file.ts";
import { makePrivate, makePrivateFolder } from "../../system/private-file.ts";
import { randomHex } from "../../system/secret.ts";
import { readOwn } from "../../system/small-file.ts";

/**
 * Remembers which project a folder was when it was first seen, so that it stays the same project when it is renamed.
 * A folder is identified by its inode and time of birth: a copy is another folder, and so is a later one with the
 * same inode.
 *
 * The file has one line of JSON for each entry, the latest last. A lookup searches for the beginning of the entry and
 * parses only that: it takes the same short time however long the file is. A file that cannot be read or written
 * counts as missing: a project is then its path.
 */
interface Entry {
  id: string;
  /** the project */
  key: string;
  /** where the folder was last seen */
  at: string;
}

const maxEntries = 10_000;
const maxBytes = 16_777_216;

/** The project of a folder whose real path is `at`, and which is known by another folder that moves with it, or by itself. */
export function rememberedProject(known: string, at: string, file = registryFile()): string {
  const id = identityOf(known);
  if (id === null) return at;
  const lines = readOwn(file, maxBytes) ?? Buffer.alloc(0);
  const own = entryWith(lines, `{"id":${JSON.stringify(id)},`);
  if (own?.at === at) return own.key;
  const key = own?.key ?? newKey(lines, at);
  write(file, lines, { id, key, at });
  return key;
}

function registryFile(): string {
  return join(dataFolder(), "projects");
}

/** Null where the file system keeps no time of birth. */
function identityOf(folder: string): string | null {
  try {
    const { ino, birthtimeNs } = statSync(folder, { bigint: true });
    return birthtimeNs > 0n ? `${ino}-${birthtimeNs}` : null;
  } catch {
    return null;
  }
}

/** A folder made anew at the same path is the same project, unless the old one has moved and lives elsewhere. */
function newKey(lines: Buffer, at: string): string {
  const before = entryWith(lines, `,"at":${JSON.stringify(at)}}`);
  if (before) return before.key;
  let key = at;
  for (let count = 2; entryWith(lines, `,"key":${JSON.stringify(key)},`); count += 1)
    key = `${at} (${count})`;
  return key;
}

/** The entry whose line contains a text. No folder's name can look like it, because JSON escapes its quotes. */
function entryWith(lines: Buffer, text: string): Entry | null {
  const found = lines.lastIndexOf(text);
  if (found === -1) return null;
  const end = lines.indexOf("\n", found);
  try {
    const entry: unknown = JSON.parse(lines.toString("utf8", lines.lastIndexOf("\n", found) + 1, end));
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is Entry {
  return (
    typeof value === "object" &&
    value !== null &&
    ["id", "key", "at"].every((name) => typeof Reflect.get(value, name) === "string")
  );
}

/** Written whole, and named only when complete. If two write at once one entry is lost until it is seen again. */
function write(file: string, lines: Buffer, { id, key, at }: Entry): void {
  const own = `${file}.${randomHex(8)}`;
  const [sameId, sameAt] = [`{"id":${JSON.stringify(id)},`, `,"at":${JSON.stringify(at)}}`];
  const kept = lines
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(sameId) && !line.endsWith(sameAt));
  const text = [...kept.slice(1 - maxEntries), JSON.stringify({ id, key, at }), ""].join("\n");
  try {
    makePrivateFolder(dirname(file));
    makePrivate(own, text);
    replaceFile(own, file);
  } catch {
    rmSync(own, { force: true });
  }
}
