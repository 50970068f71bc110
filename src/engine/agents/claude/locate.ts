import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { CordError } from "../../../core/error.ts";
import { realProgram } from "../../process/real-program.ts";

/**
 * The path of Claude Code's program: on PATH, else where its own installers put it; a shell alias, which cord cannot see, often
 * points there. Throws `unavailable` with the fix.
 */
export function locateClaude(
  env: Environment,
  install: string,
  platform: NodeJS.Platform = process.platform,
  which: (name: string, path: string) => string | null = (name, path) => Bun.which(name, { PATH: path }),
): string {
  const onPath = which("claude", pathOf(env));
  if (onPath !== null) return realProgram(onPath, platform);
  const isWindows = platform === "win32";
  const home = (isWindows ? env.USERPROFILE : env.HOME) ?? "";
  const name = isWindows ? "claude.exe" : "claude";
  const installed = [join(home, ".local/bin", name), join(home, ".claude/local/claude")].find((path) =>
    existsSync(path),
  );
  if (home !== "" && installed !== undefined) return installed;
  throw new CordError(
    "unavailable",
    `claude is not on PATH. Install it with "${install}", or try --rehearse.`,
  );
}

/** Windows calls it Path, and takes any letters' case; a copy of an environment does not. */
function pathOf(env: Environment): string {
  return env.PATH ?? Object.entries(env).find(([name]) => name.toUpperCase() === "PATH")?.[1] ?? "";
}
