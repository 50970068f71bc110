import { tell } from "../output.ts";
import { answered } from "../../client/connection/answered.ts";
import { busyMs, callMs, orAborted, patienceFor } from "../../client/connection/deadline.ts";
import { streamOf, StreamRefused } from "../../client/connection/stream.ts";
import { textOf, type Call, type Transport } from "../../client/connection/transport.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { isJsonObject } from "../../core/json.ts";
import { sessionHeaders } from "../../core/session.ts";
import { mentionsWait } from "../../core/waiting.ts";

export interface SessionOptions {
  transport: Transport;
  /** Resolves once a daemon answers; throws why none can. */
  revive: () => Promise<void>;
}

/** What the daemon answers to a message: a line for the client, or nothing to a notification. */
export interface Answer {
  status: number;
  text: string;
}

/**
 * The daemon's MCP session behind the bridge. It outlives the daemon: a message whose answer was lost is sent again
 * under the same request id, with what the daemon asked to be reminded of.
 */
export class DaemonSession {
  readonly #options: SessionOptions;
  readonly #gone = new AbortController();
  #id: string | null = null;
  #version: string | null = null;
  #memory = "";
  #streaming = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Sends a message of the client, as it is. Throws when no daemon can be reached or none has answered in time, which
   * for a call that waits is its wait and a little, or when the signal ends it. The headers say where the client is.
   */
  async send(body: string, signal: AbortSignal, where: Record<string, string>): Promise<Answer> {
    const request = crypto.randomUUID();
    const headers = { ...where, [sessionHeaders.request]: request };
    const { revive } = this.#options;
    const patience = patienceWith(body);
    // a wait that was cut off is waited anew, so in all it may take longer than one try
    const most = patience + callMs;
    const { url } = this.#options.transport;
    return answered({ url, ms: most, signal }, async (bound) => {
      for (let tries = 1; ; tries += 1) {
        try {
          const one = { url, ms: patience, signal: bound };
          return await answered(one, (brief) => this.#post(body, headers, brief));
        } catch (error) {
          if (error instanceof CordError || bound.aborted || tries > mostTries) throw error;
          await orAborted(revive(), bound);
        }
      }
    });
  }

  /** Whether a daemon has taken the client's initialize. */
  get hasBegun(): boolean {
    return this.#id !== null;
  }

  /** The protocol version that was agreed on; later requests name it. */
  agreed(version: string): void {
    this.#version = version;
  }

  /** Ends the session: from now on the daemon renews nothing for it. */
  async close(): Promise<void> {
    this.#gone.abort();
    if (this.#id === null) return;
    const { transport } = this.#options;
    const call = this.#call("DELETE", {});
    const wanted = { url: transport.url, ms: closeWithinMs };
    await answered(wanted, (bound) => transport.send(call, bound)).catch(() => {});
  }

  #call(method: Call["method"], more: Record<string, string>, body?: string): Call {
    const headers = this.#headers(more);
    return { method, path: "mcp", headers, ...(body === undefined ? {} : { body }) };
  }

  #headers(more: Record<string, string>): Record<string, string> {
    return {
      ...(this.#id === null ? {} : { [sessionHeaders.id]: this.#id, [sessionHeaders.memory]: this.#memory }),
      ...(this.#version === null ? {} : { [sessionHeaders.version]: this.#version }),
      ...more,
    };
  }

  async #post(body: string, more: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...more,
    };
    const either = AbortSignal.any([signal, this.#gone.signal]);
    const reply = await this.#options.transport.send(this.#call("POST", headers, body), either);
    const text = await textOf(reply, mostAnswerBytes);
    this.#id = reply.headers.get(sessionHeaders.id) ?? this.#id;
    this.#memory = reply.headers.get(sessionHeaders.memory) ?? this.#memory;
    if (reply.status === 200 && this.#id !== null && !this.#streaming) void this.#stream();
    return { status: reply.status, text };
  }

  /**
   * Holds the session's stream open, by which the daemon knows that the client lives. When the daemon goes, another is
   * started only for leases that have to be renewed; else the client's next call does it.
   */
  async #stream(): Promise<void> {
    this.#streaming = true;
    try {
      do {
        await this.#readStream();
        if (this.#gone.signal.aborted || !this.#holdsTasks()) break;
        await this.#options.revive();
      } while (!this.#gone.signal.aborted);
    } catch (error) {
      tell(`cord mcp: ${messageOf(error)}`);
    } finally {
      this.#streaming = false;
    }
  }

  #holdsTasks(): boolean {
    return Number.parseInt(this.#memory, 10) > 0;
  }

  async #readStream(): Promise<void> {
    const call = this.#call("GET", { accept: "text/event-stream" });
    try {
      for await (const _ of streamOf(this.#options.transport, call, this.#gone.signal));
    } catch (error) {
      if (error instanceof StreamRefused) this.#memory = "";
      if (error instanceof CordError && error.code === "busy") await Bun.sleep(busyMs);
    }
  }
}

/** Of a batch, the longest. A line that is no JSON is the daemon's to refuse. */
function patienceWith(body: string): number {
  return Math.max(...[parsed(body)].flat().map(patienceOf), 0) || callMs;
}

function patienceOf(message: unknown): number {
  const params = isJsonObject(message) ? message["params"] : undefined;
  return patienceFor(isJsonObject(params) ? params["arguments"] : undefined);
}

function parsed(body: string): unknown {
  try {
    return mentionsWait(body) ? JSON.parse(body) : null;
  } catch {
    return null;
  }
}

const mostTries = 20;
const closeWithinMs = 2000;
/** No answer to an agent is larger. */
const mostAnswerBytes = 64 * 1_048_576;
