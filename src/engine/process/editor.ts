import type { Environment } from "../../core/environment.ts";
import { CordError } from "../../core/error.ts";
import { windowsProgram } from "./windows-program.ts";

const ignore = () => {};

/**
 * Opens a file in the editor that the person uses, in this terminal, and resolves when they have closed it. As git does, the
 * words of $VISUAL or $EDITOR go through a shell: they may have flags. Throws `failed` when it ends with an error.
 */
export async function editInTerminal(file: string, env: Environment): Promise<void> {
  const { editor, argv, verbatim } = editorCommand(file, env);
  // a Ctrl-C in the terminal is the editor's, and goes to all that is in the foreground
  process.on("SIGINT", ignore);
  try {
    const child = Bun.spawn(argv, {
      env: { ...env },
      stdin: "inherit",
      stdout: process.stdout.isTTY ? "inherit" : 2,
      stderr: "inherit",
      windowsVerbatimArguments: verbatim,
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

/**
 * How the editor is started. On Windows by cmd.exe, since most editors' commands are scripts of it there, such as code.cmd; a path can
 * hold no quote there, and a percent sign only in a folder of the person's own. Where nothing is set it is vi, which POSIX has, and
 * notepad, which Windows has, and which ends when its window is closed.
 */
export function editorCommand(
  file: string,
  { VISUAL, EDITOR }: Environment,
  platform: NodeJS.Platform = process.platform,
): { editor: string; argv: string[]; verbatim: boolean } {
  const isWindows = platform === "win32";
  const chosen = [VISUAL, EDITOR].find((words) => words !== undefined && words.trim() !== "");
  const editor = chosen ?? (isWindows ? "notepad" : "vi");
  return isWindows
    ? {
        editor,
        argv: [windowsProgram("cmd.exe"), "/d", "/s", "/c", `"${editor} "${file}""`],
        verbatim: true,
      }
    : { editor, argv: ["sh", "-c", `${editor} "$@"`, "sh", file], verbatim: false };
}
