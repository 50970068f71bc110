import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readSmall, realFolder } from "../../system/small-file.ts";
import { upwards } from "../../system/upwards.ts";

/**
 * The git repository of a folder, found from the files alone: git need not be installed, and is not run in a
 * stranger's folder. Source: gitrepository-layout(5) and git-worktree(1). All that is read may be hostile: what makes
 * no sense is no repository, and nothing here throws.
 */
export interface Repository {
  /** where the work tree that holds the folder begins; of a bare repository the repository itself */
  top: string;
  /** the common git directory: one and the same for all work trees of a repository */
  common: string;
  /** where the main work tree begins; the common directory where there is none */
  main: string;
}

/** The innermost repository that holds a folder, whose real path is given; null if none does. */
export function repositoryAt(folder: string): Repository | null {
  for (const top of upwards(folder)) {
    const kind = kindOf(join(top, ".git"));
    if (kind === null) continue;
    const gitDirectory = kind === "folder" ? realFolder(join(top, ".git")) : pointedAt(top);
    // git refuses such a folder; it is a project of its own, as one that has no repository
    if (gitDirectory === null) return { top, common: top, main: top };
    const common = commonOf(gitDirectory);
    return { top, common, main: mainOf(common) };
  }
  for (const top of upwards(folder)) if (isBare(top)) return { top, common: top, main: mainOf(top) };
  return null;
}

const pointerBytes = 8192;

/** Where the `.git` file of a linked work tree or a submodule points. */
function pointedAt(top: string): string | null {
  const text = readSmall(join(top, ".git"), pointerBytes);
  const path = /^gitdir: ([^\n\r\0]+)[\r\n]*$/.exec(text ?? "")?.[1];
  return path === undefined ? null : realFolder(resolve(top, path));
}

/** A linked work tree's own git directory names the common one; any other is the common one. */
function commonOf(gitDirectory: string): string {
  const path = /^([^\n\r\0]+)[\r\n]*$/.exec(
    readSmall(join(gitDirectory, "commondir"), pointerBytes) ?? "",
  )?.[1];
  return (path === undefined ? null : realFolder(resolve(gitDirectory, path))) ?? gitDirectory;
}

function mainOf(common: string): string {
  if (basename(common) === ".git") return dirname(common);
  return separateTree(common) ?? common;
}

const configBytes = 262_144;

/** A submodule's git directory lies elsewhere and names its work tree; believed only if that points back. */
function separateTree(common: string): string | null {
  const text = readSmall(join(common, "config"), configBytes) ?? "";
  const path = /^[ \t]*worktree[ \t]*=[ \t]*([^\n\r\0"\\]+)$/m.exec(text)?.[1];
  const tree = path === undefined ? null : realFolder(resolve(common, path.trim()));
  return tree !== null && pointedAt(tree) === common ? tree : null;
}

function isBare(folder: string): boolean {
  return (
    kindOf(join(folder, "HEAD")) === "file" &&
    kindOf(join(folder, "objects")) === "folder" &&
    kindOf(join(folder, "refs")) === "folder"
  );
}

function kindOf(path: string): "file" | "folder" | null {
  try {
    const about = statSync(path, { throwIfNoEntry: false });
    if (about?.isDirectory()) return "folder";
    return about?.isFile() ? "file" : null;
  } catch {
    return null;
  }
}
