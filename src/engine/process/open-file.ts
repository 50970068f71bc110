import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/error.ts";
import { environment } from "../../system/environment.ts";
import { windowsProgram } from "./windows-program.ts";

/**
 * Opens a file with the program that the person has for it. Null once that is under way; else why it is not. The program
 * outlives this one, and what it prints goes nowhere.
 */
export async function openFile(path: string): Promise<string | null> {
  const { opener, argv } = openCommand(path);
  try {
    const child = Bun.spawn(argv, {
      env: environment,
      detached: true,
      stdio: ["ignore", "ignore", "ignore"],
    });
    child.unref();
    const code = await Promise.race([child.exited, Bun.sleep(openedMs)]);
    return code === 0 || code === undefined ? null : `${opener} ended with ${code}`;
  } catch (error) {
    return messageOf(error).includes("ENOENT") || messageOf(error).includes("not found")
      ? `there is no ${opener} here`
      : messageOf(error);
  }
}

/**
 * What opens an absolute path. On Windows `start` is a command of cmd.exe, which reads & and % in a path, and explorer ends with 1
 * however it went; so it is the function behind a click on a link, which gets the path as an address: no blank or quote is left
 * in that.
 */
export function openCommand(
  path: string,
  platform: NodeJS.Platform = process.platform,
): { opener: string; argv: string[] } {
  switch (platform) {
    case "darwin":
      return { opener: "open", argv: ["open", path] };
    case "win32": {
      const { href } = pathToFileURL(path, { windows: true });
      return {
        opener: "rundll32",
        argv: [windowsProgram("rundll32.exe"), "url.dll,FileProtocolHandler", href],
      };
    }
    default:
      return { opener: "xdg-open", argv: ["xdg-open", path] };
  }
}

/** An opener that runs for longer has the page, as a browser that it is itself. In milliseconds. */
const openedMs = 5000;
