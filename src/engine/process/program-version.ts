import type { Environment } from "../../core/environment.ts";
import { programWords, realProgram } from "./real-program.ts";

/** The first line that `PROGRAM --version` prints; null if it does not start, fails, or takes longer than this. */
export async function programVersion(
  path: string,
  env: Environment,
  withinMs: number,
): Promise<string | null> {
  try {
    const child = Bun.spawn([...programWords(realProgram(path)), "--version"], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: withinMs,
      killSignal: "SIGKILL",
      windowsHide: true,
    });
    const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
    return code === 0 ? (text.trim().split("\n")[0] ?? null) : null;
  } catch {
    return null;
  }
}
