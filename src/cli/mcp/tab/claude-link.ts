import { existsSync } from "node:fs";
import { sleep } from "../../../client/connection/deadline.ts";
import type { Environment } from "../../../core/environment.ts";
import { writeToInbox, type ClaudeInbox } from "./claude-inbox.ts";
import { pidOfSocket, type ClaudeSessionFile } from "./claude-session.ts";
import type { ClientLink, TabFacts, WakeOutcome } from "./link.ts";

/** A tab of Claude Code: what it is doing stands in its session's file, and it is woken by its inbox where it has one. */
export class ClaudeLink implements ClientLink {
  readonly #file: ClaudeSessionFile;
  readonly #inbox: ClaudeInbox | null;

  constructor(env: Environment, file: ClaudeSessionFile) {
    this.#file = file;
    this.#inbox = inboxOf(env, file.pid);
  }

  get pid(): number {
    return this.#file.pid;
  }

  facts(): TabFacts {
    const session = this.#file.read();
    return {
      conversation: session?.id ?? null,
      shownName: session?.name ?? null,
      state: session?.state ?? null,
      waitingFor: session?.waitingFor ?? null,
      wake: this.#inbox !== null && existsSync(this.#inbox.socket) ? "inbox" : "none",
    };
  }

  onChange(changed: () => void, signal: AbortSignal): void {
    this.#file.onChange(changed, signal);
  }

  heard(): void {}

  hooked(): void {}

  async wake(line: string, isUrgent: boolean, signal: AbortSignal): Promise<WakeOutcome> {
    if (this.#inbox === null) return { by: "none", isDelivered: false, trouble: noInbox };
    const before = this.#file.read();
    const trouble = await writeToInbox(this.#inbox, line, isUrgent ? "next" : "later");
    if (trouble !== null) return { by: "inbox", isDelivered: false, trouble };
    // in a turn or before a dialog it is kept for afterwards, of which nothing is to be seen
    const isTaken = before?.state !== "idle" || (await this.#changes(before.stateAt, signal));
    return isTaken
      ? { by: "inbox", isDelivered: true }
      : { by: "inbox", isDelivered: false, trouble: notTaken };
  }

  /** Whether the session begins something within the time that this takes: nothing else tells that a message was taken. */
  async #changes(stateAt: number | null, signal: AbortSignal): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < takenMs; waitedMs += lookMs) {
      const session = this.#file.read();
      if (session?.state !== "idle" || session.stateAt !== stateAt) return true;
      await sleep(lookMs, signal).catch(() => {});
      if (signal.aborted) return false;
    }
    return false;
  }
}

/**
 * Only of a session with a person before it, and of that very process: a program that a session has started, such as another
 * agent's, has the variables too.
 */
function inboxOf(env: Environment, pid: number): ClaudeInbox | null {
  const socket = env.CLAUDE_CODE_MESSAGING_SOCKET;
  if (!socket || env.CLAUDE_CODE_ENTRYPOINT !== "cli" || pidOfSocket(socket) !== pid) return null;
  return { socket, token: env.CLAUDE_CODE_MESSAGING_TOKEN };
}

const takenMs = 2000;
const lookMs = 25;
const noInbox = "This Claude Code has no inbox.";
const notTaken =
  'Claude Code did not begin a turn: its setting "crossSessionInbound" may be "hold" or "refuse".';
