import { existsSync, lstatSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { CordError } from "../core/error.ts";
import { skillBounds } from "../core/limits.ts";
import { isSkillName } from "../core/skill-name.ts";
import { readSmall, realFolder } from "./small-file.ts";
import { upwards } from "./upwards.ts";
import { userFolder } from "./user-folder.ts";

/** Whose a file is: of the project, which may be a stranger's repository, or of the user. */
type Owner = "project" | "user";

/** A folder that holds `config.toml` and `skills/`. */
interface CordFolder {
  owner: Owner;
  path: string;
}

/** A file that somebody wrote for cord. */
export interface OwnedFile {
  owner: Owner;
  path: string;
  text: string;
}

/**
 * Where settings and skills are looked for, the nearest first: in the `.cord` of a folder, or of one above it as far as
 * its repository reaches, and in the user's own.
 */
function cordFolders(cwd: string): CordFolder[] {
  const project = projectFolder(realFolder(cwd) ?? cwd);
  return [
    ...(project === null ? [] : [{ owner: "project" as const, path: project }]),
    { owner: "user", path: userFolder("config") },
  ];
}

/** Not above the repository, nor of the home folder: what stands there is not the project's. */
function projectFolder(cwd: string): string | null {
  const home = realFolder(homedir());
  const within: string[] = [];
  for (const folder of upwards(cwd)) {
    if (folder === home) break;
    within.push(folder);
    if (!existsSync(join(folder, ".git"))) continue;
    return within.map(cordIn).find((path) => path !== null) ?? null;
  }
  return cwd === home ? null : cordIn(cwd);
}

function cordIn(folder: string): string | null {
  return realFolder(join(folder, ".cord"));
}

const settingsBytes = 262_144;

/** The user's own settings, where there are any. Throws `invalid` for what is there and cannot be read. */
export function userSettingsFile(): OwnedFile | null {
  const path = join(userFolder("config"), "config.toml");
  const text = readSmall(path, settingsBytes) ?? refuseUnread(path, settingsBytes);
  return text === null ? null : { owner: "user", path, text };
}

/** Null: there is nothing. What is there and is not read would hold for its owner all the same. */
function refuseUnread(path: string, maxBytes: number): null {
  if (!isThere(path)) return null;
  throw new CordError(
    "invalid",
    `${path} cannot be read: it is no plain file of at most ${maxBytes / 1024} KiB that you may read. Mend it, or take it away.`,
  );
}

/** Whether there is anything of that name, a link that leads nowhere too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The names of all skills in files, of one folder after the other: the first of a name is the one that is meant. */
export function skillsIn(cwd: string): { name: string; owner: Owner; path: string }[] {
  return skillFolders(cwd).flatMap(({ owner, path: folder }) => {
    return markdownIn(folder).map((file) => ({
      name: basename(file, ".md"),
      owner,
      path: join(folder, file),
    }));
  });
}

/** The files of a skill, the nearest first: the others are hidden by it. Throws `invalid` for one that cannot be read. */
export function skillFiles(cwd: string, name: string): OwnedFile[] {
  if (!isSkillName(name)) return [];
  return skillFolders(cwd).flatMap(({ owner, path }) => {
    const file = join(path, `${name}.md`);
    // four bytes a character
    const maxBytes = skillBounds.length * 4;
    const text = readSmall(file, maxBytes) ?? refuseUnread(file, maxBytes);
    return text === null ? [] : [{ owner, path: file, text }];
  });
}

/** Beside each config's own `skills/`, the folders that its key `skills` names. */
function skillFolders(cwd: string): CordFolder[] {
  return cordFolders(cwd).flatMap(({ owner, path }) => {
    const base = owner === "project" ? dirname(path) : path;
    const named = namedIn(readSmall(join(path, "config.toml"), settingsBytes) ?? "");
    const others = named.map((one) => resolve(base, one.replace(/^~(?=[/\\])/, homedir())));
    return [join(path, "skills"), ...others].map((folder) => ({ owner, path: folder }));
  });
}

/** What is wrong in a config is said where its runs are started. */
function namedIn(toml: string): string[] {
  try {
    const config: object = Bun.TOML.parse(toml);
    const skills: unknown = "skills" in config ? config.skills : [];
    return Array.isArray(skills) ? skills.filter((one) => typeof one === "string").slice(0, maxFolders) : [];
  } catch {
    return [];
  }
}

const maxFolders = 16;

function markdownIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
    return names.toSorted().slice(0, skillBounds.files);
  } catch {
    return [];
  }
}
