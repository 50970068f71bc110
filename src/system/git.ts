import { environment } from "./environment.ts";
import { programOnPath } from "./program.ts";

/** A program of the repository's own is never run for what is asked here. */
const quietly = ["--no-optional-locks", "-c", "core.fsmonitor=false"];

/**
 * What git prints, in the environment of this process: a hook of git's is told by it which index is meant. Null where there is no git,
 * it fails or takes longer.
 */
export async function gitOutput(
  folder: string,
  args: readonly string[],
  withinMs: number,
): Promise<string | null> {
  const git = programOnPath("git");
  if (git === null) return null;
  try {
    // oxlint-disable-next-line no-restricted-properties -- the repository is asked by a program of its own
    const child = Bun.spawn([git, ...quietly, ...args], {
      cwd: folder,
      env: { ...environment, GIT_TERMINAL_PROMPT: "0" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: withinMs,
      killSignal: "SIGKILL",
      windowsHide: true,
    });
    const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
    return code === 0 ? text : null;
  } catch {
    return null;
  }
}
