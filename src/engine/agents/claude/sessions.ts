import { constants, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { claudeFolder } from "./trust.ts";

/**
 * Lets a session be resumed in a folder that its project has moved to. Claude Code stores each session under the
 * folder it began in, and looks only there (seen with 2.1.197). If it has no session of this id, or stores them
 * differently, nothing is done: the agent then begins anew, as for any lost session.
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
