import { gitOutput } from "../system/git.ts";

/**
 * How many tracked files of a git working tree differ from the last commit. 0 where there is no working tree or no
 * git, or where git takes too long. Watch programs in the repository's configuration are not run.
 */
export async function uncommittedFiles(folder: string, withinMs: number): Promise<number> {
  const status = ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all"];
  const text = await gitOutput(folder, ["-c", "core.hooksPath=/dev/null", ...status], withinMs);
  return text === null ? 0 : changedIn(text);
}

/** git-status(1), porcelain format with -z: an entry per file, and after a rename or copy the old name in one of its own. */
function changedIn(text: string): number {
  const entries = text.split("\0").filter((entry) => entry !== "");
  return entries.length - entries.filter((entry) => /^[RC]. |^.[RC] /.test(entry)).length;
}
