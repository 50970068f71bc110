import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CordError } from "../../../core/error.ts";
import { plain } from "../../../core/text.ts";
import { gitOutput } from "../../../system/git.ts";
import { within } from "../../../system/places.ts";

/** Where git, or what has taken its place, looks for the pre-commit hook of a repository. */
export interface HookPlace {
  /** without links */
  folder: string;
  /** in the folder, or below it where the folder is not there yet */
  path: string;
  /** as a person is told of it */
  shown: string;
  /** husky runs its scripts itself, with sh: they need no first line and no permission */
  isHusky: boolean;
}

const withinMs = 5000;

/** Throws `not_found` where there is no repository, `not_allowed` for hooks that are not only this repository's. */
export async function hookPlace(root: string): Promise<HookPlace> {
  const [top] = await linesOf(root, "rev-parse", "--show-toplevel");
  // relative paths are from where git is asked, and a relative core.hooksPath is from the top
  const [commonPath, hooksPath] = top
    ? await linesOf(top, "rev-parse", "--git-common-dir", "--git-path", "hooks")
    : [];
  if (!top || !commonPath || !hooksPath)
    throw new CordError("not_found", "it is in no work tree of a git repository, or git is not on PATH");
  const common = realPath(resolve(top, commonPath));
  const hooks = realPath(resolve(top, hooksPath));
  const scope = await scopeOfHooks(root);
  if (scope === "global" || scope === "system")
    throw new CordError(
      "not_allowed",
      `core.hooksPath names the hooks of all your repositories, ${plain(hooks)}, and cord changes none but this one's`,
    );
  if (within(top, hooks) === null && within(common, hooks) === null)
    throw new CordError("not_allowed", `its hooks lie elsewhere, in ${plain(hooks)} (core.hooksPath)`);
  if (basename(hooks) === "_" && existsSync(join(hooks, "h"))) return placeIn(dirname(hooks), top, true);
  return placeIn(hooks, top, false);
}

async function linesOf(folder: string, ...args: string[]): Promise<string[]> {
  return (await gitOutput(folder, args, withinMs))?.split("\n") ?? [];
}

function placeIn(hooks: string, top: string, isHusky: boolean): HookPlace {
  const isThere = existsSync(hooks);
  const file = join(hooks, "pre-commit");
  return {
    folder: isThere ? hooks : dirname(hooks),
    path: isThere ? "pre-commit" : `${basename(hooks)}/pre-commit`,
    shown: within(top, file) ?? file,
    isHusky,
  };
}

/** Who has set core.hooksPath; null: nobody. */
async function scopeOfHooks(root: string): Promise<string | null> {
  const said = await gitOutput(root, ["config", "--show-scope", "--get", "core.hooksPath"], withinMs);
  return said?.split(/\s/)[0] ?? null;
}

/** Of what is not there the part that is. */
function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}
