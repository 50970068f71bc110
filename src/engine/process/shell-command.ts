import { windowsProgram } from "./windows-program.ts";

/** How a command line of a person's is run. */
export interface ShellCommand {
  argv: string[];
  /** its two outputs have to be brought together: the shell does not do it */
  joined: boolean;
  /** Windows: its arguments are the command line as it is */
  verbatim: boolean;
}

/** A shell within a shell, so that both of its outputs go the same way and keep their order. */
const bothOutputs = 'exec sh -c "$1" 2>&1';

/**
 * A line as the system's own shell reads it: `sh -c`; on Windows `cmd.exe /d /s /c`, as npm runs its scripts, so that one line
 * such as "npm test && npm run lint" does for all. /s has cmd take off the outer quotes and read the rest as it is typed; /d
 * leaves out what the registry would run first. No way is known to redirect both outputs of a whole line of cmd's without
 * reading the line, so they are brought together as they come: two lines that are written in the same moment may change places.
 * Sources: POSIX 2.1; Microsoft's cmd; npm's @npmcli/promise-spawn.
 */
export function shellCommand(line: string, platform: NodeJS.Platform = process.platform): ShellCommand {
  if (platform === "win32")
    return {
      argv: [windowsProgram("cmd.exe"), "/d", "/s", "/c", `"${line}"`],
      joined: true,
      verbatim: true,
    };
  return { argv: ["sh", "-c", bothOutputs, "sh", line], joined: false, verbatim: false };
}
