import { existsSync, watch } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { readSmall } from "../../../system/small-file.ts";
import { isJsonObject, tryParseJson } from "../../../core/json.ts";
import { beginningOf } from "../../../core/text.ts";
import { tabStates, type TabState } from "../../../core/tab.ts";

/** What Claude Code says of a session of its own. All of it may be missing. */
export interface ClaudeSession {
  /** the conversation: another one after /clear and /resume */
  id: string | null;
  /** as its person sees it: Claude Code's own, or what /rename gave */
  name: string | null;
  state: TabState | null;
  /** what it waits for its person with, as it says it */
  waitingFor: string | null;
  /** when the state was last written; another one after each change of it */
  stateAt: number | null;
}

const fileBytes = 65_536;
const maxLetters = 128;

/**
 * The file in which Claude Code writes of the session that its process has (seen from 2.1.197 to 2.1.332): the servers of a
 * session are told of none of it, and are kept through /clear, /resume and /rename. It goes with the process.
 */
export class ClaudeSessionFile {
  /** of Claude Code's process */
  readonly pid: number;
  readonly path: string;

  /** `parent`: the process that started the bridge. */
  constructor(env: Environment, parent: number) {
    const folder = join(env.CLAUDE_CONFIG_DIR || join(homedir(), ".claude"), "sessions");
    const fileOf = (pid: number) => join(folder, `${pid}.json`);
    // a shell may stand between the two; the socket is named for the process
    const named = pidOfSocket(env.CLAUDE_CODE_MESSAGING_SOCKET);
    this.pid = existsSync(fileOf(parent)) ? parent : (named ?? parent);
    this.path = fileOf(this.pid);
  }

  /** Null: there is none, or nothing that can be read. Its time tells no two changes within a tick of the disk's clock apart. */
  read(): ClaudeSession | null {
    return sessionIn(readSmall(this.path, fileBytes));
  }

  /**
   * Calls it whenever the file may have changed until the signal ends it: when the system tells of that, a moment later once more, since
   * a second change close behind the first is not told, and every few seconds.
   */
  onChange(changed: () => void, signal: AbortSignal): void {
    const timer = setInterval(changed, lookMs);
    timer.unref();
    let again: ReturnType<typeof setTimeout> | undefined;
    const stopWatching = watched(this.path, () => {
      clearTimeout(again);
      again = setTimeout(changed, againMs);
      again.unref();
      changed();
    });
    const end = () => {
      clearInterval(timer);
      clearTimeout(again);
      stopWatching();
    };
    signal.addEventListener("abort", end, { once: true });
  }
}

/** Null: it is no socket of Claude Code's, which are named for their processes. */
export function pidOfSocket(socket: string | undefined): number | null {
  const pid = /^(\d{1,10})\.sock$/.exec(basename(socket ?? ""))?.[1];
  return pid === undefined ? null : Number(pid);
}

const lookMs = 3000;
const againMs = 100;

/** The folder is watched, since the file may be replaced. Where the system cannot watch, nothing is. */
function watched(path: string, look: () => void): () => void {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) look();
    });
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

function sessionIn(text: string | null): ClaudeSession | null {
  const said = tryParseJson(text ?? "");
  if (!isJsonObject(said)) return null;
  const { sessionId, name, status, waitingFor, statusUpdatedAt } = said;
  return {
    id: textOf(sessionId),
    name: textOf(name),
    state: tabStates.find((state) => state === status) ?? null,
    waitingFor: textOf(waitingFor),
    stateAt: typeof statusUpdatedAt === "number" ? statusUpdatedAt : null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? beginningOf(value, maxLetters) : null;
}
