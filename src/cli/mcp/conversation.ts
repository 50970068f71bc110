import { statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { readSmall } from "../../client/project/repository.ts";
import { isJsonObject } from "../../core/json.ts";

const fileBytes = 65_536;
const maxLetters = 128;

/**
 * Which conversation a client's calls come from, so that a new one is recognised. Claude Code keeps its servers
 * through /clear without telling them, but writes the conversation's id into a file that is named for its process
 * (seen from 2.1.197 to 2.1.332). Null for clients that do not say.
 */
export function conversations(env: Environment, parent: number): () => string | null {
  const socket = env.CLAUDE_CODE_MESSAGING_SOCKET;
  // the socket is named for the process too, also where a shell stands between it and the bridge
  const pid = /^\d+$/.exec(basename(socket ?? "", ".sock"))?.[0] ?? String(parent);
  const file = join(env.CLAUDE_CONFIG_DIR || join(homedir(), ".claude"), "sessions", `${pid}.json`);
  let read: { at: number; id: string | null } | null = null;
  return () => {
    const at = changedAt(file);
    if (at === null) return null;
    if (read?.at !== at) read = { at, id: idIn(readSmall(file, fileBytes)) };
    return read.id;
  };
}

function changedAt(file: string): number | null {
  try {
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
  } catch {
    return null;
  }
}

function idIn(text: string | null): string | null {
  try {
    const session: unknown = JSON.parse(text ?? "");
    const id = isJsonObject(session) ? session["sessionId"] : null;
    return typeof id === "string" && id !== "" ? encodeURIComponent(id.slice(0, maxLetters)) : null;
  } catch {
    return null;
  }
}
