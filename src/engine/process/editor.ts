import type { Environment } from "../../core/environment.ts";
import { CordError } from "../../core/error.ts";

const ignore = () => {};

/**
 * Opens a file in the editor that the person uses, in this terminal, and resolves when they have closed it. As git does, the
 * words of $VISUAL or $EDITOR go through a shell: they may have flags. Throws `failed` when it ends with an error.
 */
export async function editInTerminal(file: string, env: Environment): Promise<void> {
  const editor = [env.VISUAL, env.EDITOR].find((words) => words !== undefined && words.trim() !== "") ?? "vi";
  // a Ctrl-C in the terminal is the editor's, and goes to all that is in the foreground
  process.on("SIGINT", ignore);
  try {
    const child = Bun.spawn(["sh", "-c", `${editor} "$@"`, "sh", file], {
      env: { ...env },
      stdin: "inherit",
      stdout: process.stdout.isTTY ? "inherit" : 2,
      stderr: "inherit",
    });
    const code = await child.exited;
    if (code === 0) return;
    throw new CordError(
      "failed",
      `The editor (${editor}) ${child.signalCode === null ? `exited with ${code}` : `was ended by ${child.signalCode}`}. Set VISUAL or EDITOR to one that works here.`,
    );
  } finally {
    process.off("SIGINT", ignore);
  }
}
