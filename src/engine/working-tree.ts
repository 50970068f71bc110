import type { Environment } from "../core/environment.ts";

/**
 * How many tracked files of a git working tree differ from the last commit. 0 where there is no working tree or no
 * git, or where git takes too long. Watch programs in the repository's configuration are not run.
 */
export async function uncommittedFiles(folder: string, env: Environment, withinMs: number): Promise<number> {
  const options = ["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
  const status = ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all"];
  try {
    const child = Bun.spawn(["git", ...options, ...status], {
      cwd: folder,
      env: { ...env, GIT_TERMINAL_PROMPT: "0" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: withinMs,
      killSignal: "SIGKILL",
    });
    const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
    return code === 0 ? changedIn(text) : 0;
  } catch {
    return 0;
  }
}

/** git-status(1), porcelain format with -z: an entry per file, and after a rename or copy the old name in one of its own. */
function changedIn(text: string): number {
  const entries = text.split("\0").filter((entry) => entry !== "");
  return entries.length - entries.filter((entry) => /^[RC]. |^.[RC] /.test(entry)).length;
}
