import { homedir } from "node:os";
import { dirname, isAbsolute, resolve } from "node:path";
import { CordError } from "../../core/error.ts";
import { ownBoard } from "../../core/project.ts";
import { membershipOf, projectName } from "./config.ts";
import { rememberedProject } from "./registry.ts";
import { repositoryAt } from "./repository.ts";
import { realFolder } from "../../system/small-file.ts";

/** What a folder is to the board. */
export interface Whereabouts {
  /** the project, as the daemon knows it: the path of a main work tree or a folder, or a name */
  project: string;
  /** `nowhere`: the home folder or the root of the disk, which belong to no project */
  kind: "named" | "repository" | "folder" | "nowhere";
}

/**
 * The project of a folder: the one its `.cord/config.toml` names, else its git repository, with all of its work trees, else
 * the folder itself. Throws `usage` for a config that is wrong.
 */
export function whereabouts(folder: string): Whereabouts {
  const at = realFolder(folder) ?? resolve(folder);
  const repository = repositoryAt(at);
  const membership = membershipOf(at, repository);
  if (membership && "name" in membership) return { project: membership.name, kind: "named" };
  // always further up, so it comes to an end
  if (membership) return whereabouts(membership.folder);
  if (repository) {
    const { common, main } = repository;
    return { project: rememberedProject(common, main), kind: "repository" };
  }
  if (isNowhere(at)) return { project: ownBoard, kind: "nowhere" };
  return { project: rememberedProject(at, at), kind: "folder" };
}

/** The home folder and the root of the disk are where programs start that are in no project. */
export function isNowhere(folder: string): boolean {
  const at = realFolder(folder) ?? resolve(folder);
  return dirname(at) === at || at === (realFolder(homedir()) ?? homedir());
}

/**
 * The project that a person names: by its name, by a folder in it, or as a list shows it. Throws `usage` for a folder that
 * is not there.
 */
export function projectNamed(given: string, from: string): string {
  if (!/^[.~]|[/\\]/.test(given)) return projectName(given, "--project");
  const path = resolve(from, given.replace(/^~(?=$|[/\\])/, homedir()));
  if (realFolder(path)) return whereabouts(path).project;
  // the path of a project whose folder was renamed, or of another machine
  if (isAbsolute(given)) return given;
  throw new CordError(
    "usage",
    `There is no folder ${path}. --project takes a name, or a folder of the project.`,
  );
}

/** The top of the work tree that holds a folder, and that of its repository; outside of one the folder itself. */
export function topsOf(folder: string): { top: string; main: string } {
  const at = realFolder(folder) ?? resolve(folder);
  const { top, main } = repositoryAt(at) ?? { top: at, main: at };
  return { top, main };
}
