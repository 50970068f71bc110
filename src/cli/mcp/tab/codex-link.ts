import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { CordError, messageOf } from "../../../core/error.ts";
import { isJsonObject } from "../../../core/json.ts";
import { CodexControl, unknownThread } from "./codex-control.ts";
import type { TabState } from "../../../core/tab.ts";
import { programOnPath } from "../../../system/program.ts";
import type { ClientLink, TabFacts, WakeOutcome } from "./link.ts";

const maxLetters = 128;
const commandMs = 5000;

/** A thread of Codex. Its id is in each call; from then on it is woken by what is put behind its turns. */
export class CodexLink implements ClientLink {
  readonly pid: number;
  readonly #env: Environment;
  readonly #socket: string;
  readonly #onChange = new Set<() => void>();
  #thread: string | null = null;
  #control: CodexControl | null = null;
  /** by its hooks, where its app server does not say */
  #hooked: TabState | null = null;

  constructor(env: Environment, parent: number) {
    this.pid = parent;
    this.#env = env;
    const home = env.CODEX_HOME || join(homedir(), ".codex");
    this.#socket = join(home, "app-server-control", "app-server-control.sock");
  }

  facts(): TabFacts {
    const { state, waitingFor, name } = this.#control?.facts ?? unknownThread;
    return {
      conversation: this.#thread,
      shownName: name,
      state: state ?? this.#hooked,
      waitingFor,
      wake: this.#thread === null ? "none" : "queue",
    };
  }

  onChange(changed: () => void, signal: AbortSignal): void {
    this.#onChange.add(changed);
    const end = () => {
      this.#onChange.delete(changed);
      this.#control?.close();
    };
    signal.addEventListener("abort", end, { once: true });
  }

  heard(message: unknown): void {
    const params = isJsonObject(message) && message["method"] === "tools/call" ? message["params"] : null;
    const meta = isJsonObject(params) ? params["_meta"] : null;
    const thread = isJsonObject(meta) ? meta["threadId"] : null;
    if (typeof thread !== "string" || !isThread(thread)) return;
    const isOther = thread !== this.#thread;
    if (isOther) this.#control?.close();
    this.#thread = thread;
    this.#openControl(thread);
    if (isOther) this.#changed();
  }

  hooked(state: TabState): void {
    if (state === this.#hooked) return;
    this.#hooked = state;
    this.#changed();
  }

  async wake(line: string): Promise<WakeOutcome> {
    if (this.#thread === null) return { by: "none", isDelivered: false, trouble: noThread };
    const trouble = await this.#queue(this.#thread, line);
    return { by: "queue", isDelivered: trouble === null, ...(trouble === null ? {} : { trouble }) };
  }

  /** Null: it is queued. Once, also where nobody knows whether the first way has done it. */
  async #queue(thread: string, line: string): Promise<string | null> {
    const control = this.#openControl(thread);
    if (control === null) return queueByCommand(this.#env, thread, line);
    try {
      await control.queue(line);
      return null;
    } catch (error) {
      const isOpen = error instanceof CordError && error.code === "timeout";
      const more = isOpen ? null : await queueByCommand(this.#env, thread, line);
      return isOpen || more !== null ? [messageOf(error), more].join(" ").trim() : null;
    }
  }

  /** Null: this Codex has none, as where its person runs it without one, or its folder has a name that no URL can hold. */
  #openControl(thread: string): CodexControl | null {
    if (this.#control?.isOver === false) return this.#control;
    if (!existsSync(this.#socket)) return null;
    try {
      this.#control = new CodexControl(this.#socket, thread, () => this.#changed());
      return this.#control;
    } catch {
      return null;
    }
  }

  #changed(): void {
    for (const changed of this.#onChange) changed();
  }
}

/** It becomes a word of a command. */
function isThread(id: string): boolean {
  return id.length <= maxLetters && /^\w[\w-]*$/.test(id);
}

/** The same for a Codex without an app server of its own, which looks for what was queued every few seconds. */
async function queueByCommand(env: Environment, thread: string, line: string): Promise<string | null> {
  const codex = programOnPath("codex", env.PATH ?? "");
  if (codex === null) return noCodex;
  try {
    // oxlint-disable-next-line no-restricted-properties -- a thread is queued for by Codex' own program
    const child = Bun.spawn([codex, "queue", "--thread", thread, `--message=${line}`], {
      env,
      stdio: ["ignore", "ignore", "ignore"],
      timeout: commandMs,
      killSignal: "SIGKILL",
      windowsHide: true,
    });
    const code = await child.exited;
    return code === 0 ? null : `codex queue ended with ${code}.`;
  } catch {
    return noCodex;
  }
}

const noCodex = "There is no codex on PATH.";
const noThread = "Codex has not said yet which thread this is.";
