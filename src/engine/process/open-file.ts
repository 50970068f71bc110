import { messageOf } from "../../core/error.ts";
import { environment } from "../../system/environment.ts";

/**
 * Opens a file with the program that the person has for it. Null once that is under way; else why it is not. The program
 * outlives this one, and what it prints goes nowhere.
 */
export async function openFile(path: string): Promise<string | null> {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  try {
    const child = Bun.spawn([opener, path], {
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

/** An opener that runs for longer has the page, as a browser that it is itself. In milliseconds. */
const openedMs = 5000;
