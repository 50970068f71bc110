import { orAborted, within } from "../../../client/connection/deadline.ts";
import { CordError } from "../../../core/error.ts";
import { isJsonObject, tryParseJson } from "../../../core/json.ts";
import type { TabState } from "../../../core/tab.ts";
import { beginningOf } from "../../../core/text.ts";
import { version } from "../../../core/version.ts";

/** What Codex' app server says of one of its threads. */
export interface ThreadFacts {
  state: TabState | null;
  waitingFor: string | null;
  /** that its person gave it */
  name: string | null;
}

export const unknownThread: ThreadFacts = { state: null, waitingFor: null, name: null };

/**
 * The control socket of Codex' local app server, held open for one thread: JSON-RPC without its version, over a WebSocket. It keeps
 * neither the thread loaded nor the app server running (seen in 0.169). Source: codex app-server; queueing is experimental in it.
 */
export class CodexControl {
  readonly #socket: WebSocket;
  readonly #thread: string;
  readonly #changed: () => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #opened = Promise.withResolvers<void>();
  #last = 0;
  #isOver = false;
  #facts = unknownThread;
  /** what it has told unasked */
  #told: Partial<ThreadFacts> = {};

  /** `changed` is called after each change of the facts, and when it is over. */
  constructor(path: string, thread: string, changed: () => void) {
    this.#thread = thread;
    this.#changed = changed;
    this.#socket = new WebSocket(`ws+unix://${path}:/`);
    this.#socket.addEventListener("open", () => void this.#begin());
    this.#socket.addEventListener("message", ({ data }) => this.#hear(data));
    for (const end of ["close", "error"]) this.#socket.addEventListener(end, () => this.close());
    this.#opened.promise.catch(() => {});
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get facts(): ThreadFacts {
    return this.#facts;
  }

  /**
   * Puts a line behind what the thread is doing: idle, it begins a turn with it. Throws a sentence when that fails: `timeout` where it
   * may have come about all the same.
   */
  async queue(line: string): Promise<void> {
    await within(controlMs, undefined, late, async (signal) => {
      await orAborted(this.#opened.promise, signal);
      const message = { clientUserMessageId: crypto.randomUUID(), input: [{ type: "text", text: line }] };
      const answer = this.#ask("thread/queue/add", { threadId: this.#thread, ...message });
      await orAborted(answer, signal).catch((error: unknown) => {
        throw error instanceof CordError && error.code === "unavailable" ? late() : error;
      });
    });
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const gone = new CordError("unavailable", "Codex closed its control socket.");
    this.#opened.reject(gone);
    for (const { reject } of this.#waiting.values()) reject(gone);
    this.#socket.close();
    this.#say(unknownThread);
  }

  async #begin(): Promise<void> {
    try {
      const clientInfo = { name: "cord", title: "cord", version };
      await this.#ask("initialize", { clientInfo, capabilities: { experimentalApi: true } });
      this.#socket.send(JSON.stringify({ method: "initialized" }));
      this.#opened.resolve();
      const read = await this.#ask("thread/read", { threadId: this.#thread });
      const thread = isJsonObject(read) && isJsonObject(read["thread"]) ? read["thread"] : {};
      // what it tells of meanwhile is newer than what it has looked up
      this.#say({ ...standingIn(thread["status"]), name: nameIn(thread["name"]), ...this.#told });
    } catch (error) {
      this.#opened.reject(error);
    }
  }

  async #ask(method: string, params: object): Promise<unknown> {
    if (this.#isOver) throw new CordError("unavailable", "Codex closed its control socket.");
    const id = (this.#last += 1);
    const answered = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answered);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answered.promise.finally(() => this.#waiting.delete(id));
  }

  #hear(data: unknown): void {
    const said = typeof data === "string" ? tryParseJson(data) : undefined;
    if (!isJsonObject(said)) return;
    const { id, method, params, result, error } = said;
    if (method === undefined && typeof id === "number") {
      const asked = this.#waiting.get(id);
      if (error === undefined) asked?.resolve(result);
      else asked?.reject(refusalIn(error));
    } else if (isJsonObject(params) && params["threadId"] === this.#thread) {
      if (method === "thread/status/changed") this.#tell(standingIn(params["status"]));
      if (method === "thread/name/updated") this.#tell({ name: nameIn(params["threadName"]) });
    }
  }

  #tell(changed: Partial<ThreadFacts>): void {
    this.#told = { ...this.#told, ...changed };
    this.#say({ ...this.#facts, ...changed });
  }

  #say(facts: ThreadFacts): void {
    this.#facts = facts;
    this.#changed();
  }
}

const controlMs = 3000;
const maxLetters = 128;
const late = () => new CordError("timeout", "Codex did not answer at its control socket in time.");

function standingIn(status: unknown): Pick<ThreadFacts, "state" | "waitingFor"> {
  const { type, activeFlags: flags } = isJsonObject(status) ? status : {};
  if (type !== "active") return { state: typeof type === "string" ? "idle" : null, waitingFor: null };
  const [flag]: unknown[] = Array.isArray(flags) ? flags : [];
  const waitingFor = typeof flag === "string" ? waitings.get(flag) : undefined;
  return waitingFor === undefined ? { state: "busy", waitingFor: null } : { state: "waiting", waitingFor };
}

const waitings: ReadonlyMap<string, string> = new Map([
  ["waitingOnApproval", "approval"],
  ["waitingOnUserInput", "input needed"],
]);

function nameIn(name: unknown): string | null {
  return typeof name === "string" && name !== "" ? beginningOf(name, maxLetters) : null;
}

function refusalIn(error: unknown): CordError {
  const said = isJsonObject(error) ? error["message"] : undefined;
  return new CordError("failed", `Codex refused the message: ${String(said).slice(0, 200)}`);
}
