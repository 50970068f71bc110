import { constants, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { claudeFolder } from "./trust.ts";

/**
 * Lets a session be gone on with in a folder that its project has moved to. Claude Code files each under the folder it began in,
 * and looks for it under that alone (seen with 2.1.197). Where it has none of this id, or keeps them otherwise, nothing is done:
 * the agent begins anew then, as for any session that is gone.
 */
export function bringSession(
  sessionId: string,
  { from, to }: { from: string; to: string },
  env: Environment,
): void {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(sessionId)) return;
  const fileIn = (folder: string) => join(sessionsOf(folder), `${sessionId}.jsonl`);
  const sessionsOf = (folder: string) =>
    join(claudeFolder(env), "projects", folder.replace(/[^A-Za-z0-9]/g, "-"));
  try {
    mkdirSync(sessionsOf(to), { recursive: true, mode: 0o700 });
    copyFileSync(fileIn(from), fileIn(to), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch {
    // there is none, or it is there already
  }
}
