import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { CordError } from "../../core/error.ts";
import { upwards } from "../../system/upwards.ts";
import type { Repository } from "./repository.ts";
import { isAnothers } from "../../system/rights.ts";
import { readSmall, realFolder } from "../../system/small-file.ts";

/** What `.cord/config.toml` says of a project: a name of its own, or the folder upwards whose project it is part of. */
type Membership = { name: string } | { folder: string };

/**
 * What the nearest config upwards of a folder says: within the repository (from a linked work tree also within the
 * main one), else below the home folder. Null if there is none, or it names no project. Throws `usage` for a wrong
 * one.
 */
export function membershipOf(folder: string, repository: Repository | null): Membership | null {
  for (const { file, froms } of configsOf(folder, repository)) {
    const membership = saidIn(file, froms);
    if (membership) return membership;
  }
  return null;
}

/** The configs that count for a folder, the nearest first. */
export function* configsOf(folder: string, repository: Repository | null): Generator<ConfigFile> {
  for (const { at, from } of foldersOf(folder, repository)) {
    const file = join(at, ".cord", "config.toml");
    if (ownerOf(file) !== null) yield { file, froms: [from, at] };
  }
}

/** A config as it reads. Throws `usage` for one that does not. */
export function readConfig(file: string): object {
  const text = readSmall(file, maxBytes);
  if (text === null) throw new CordError("usage", `${file} cannot be read, or is larger than 64 KiB.`);
  try {
    return Bun.TOML.parse(text);
  } catch {
    throw new CordError("usage", `${file} is not TOML. It must look like: project = "shop"`);
  }
}

/** A name that several folders may share. Throws `usage` for what cannot be one; `where` is who said it. */
export function projectName(text: string, where: string): string {
  const name = text.normalize("NFC").trim();
  if (name === "" || name.length > maxLetters || /[\p{C}/\\]/u.test(name) || /^[.~]/.test(name))
    throw new CordError(
      "usage",
      `${where}: a project is a name of up to ${maxLetters} letters, such as "shop", or a path upwards, such as "..".`,
    );
  return name;
}

const maxLetters = 128;
const maxBytes = 65_536;

/** A config, and the folders where a way upwards in it may begin. */
interface ConfigFile {
  file: string;
  froms: readonly string[];
}

/** A folder that may hold a config, and where a way upwards in it begins. */
interface ConfigFolder {
  at: string;
  from: string;
}

function foldersOf(folder: string, repository: Repository | null): Iterable<ConfigFolder> {
  if (repository === null) return foldersBelowHome(folder);
  const { top, main } = repository;
  // all work trees are one project: a work tree without a config uses the main one's, and its paths start there
  const inMain = (at: string) => join(main, relative(top, at));
  const folders = [...upTo(folder, top)].map((at) => ({ at, from: inMain(at) }));
  return main === top ? folders : [...folders, ...folders.map(({ from }) => ({ at: from, from }))];
}

function* upTo(folder: string, last: string): Generator<string> {
  for (const at of upwards(folder)) {
    yield at;
    if (at === last) return;
  }
}

/** What is the home folder's or lies higher is nobody's project. */
function* foldersBelowHome(folder: string): Generator<ConfigFolder> {
  const home = realFolder(homedir()) ?? homedir();
  for (const at of upwards(folder)) {
    if (at === home || dirname(at) === at) return;
    if (isOwn(join(at, ".cord"))) yield { at, from: at };
  }
}

function saidIn(file: string, froms: readonly string[]): Membership | null {
  const config = readConfig(file);
  const project: unknown = Object.hasOwn(config, "project") ? Reflect.get(config, "project") : undefined;
  if (project === undefined) return null;
  if (typeof project !== "string")
    throw new CordError("usage", `${file}: project must be a text, such as "shop" or "..".`);
  if (!/^\.|[/\\]/.test(project)) return { name: projectName(project, file) };
  for (const from of froms) {
    const folder = realFolder(resolve(from, project));
    if (folder !== null && isAbove(folder, from)) return { folder };
  }
  throw new CordError(
    "usage",
    `${file}: project must be a name, such as "shop", or a path upwards, such as "..", to a folder that is there.`,
  );
}

function isAbove(upper: string, folder: string): boolean {
  const way = relative(upper, folder);
  return way !== "" && !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way);
}

/**
 * Outside a repository a folder may lie in one that others can write to, such as /tmp: their config does not count.
 */
function isOwn(path: string): boolean {
  const owner = ownerOf(path);
  return owner !== null && !isAnothers({ uid: owner });
}

/** Null: there is no such file. */
function ownerOf(path: string): number | null {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
  } catch {
    return null;
  }
}
