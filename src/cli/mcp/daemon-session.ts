import { tell } from "../output.ts";
import { answered } from "../../client/connection/answered.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { callMs, timeoutFor } from "../../client/connection/deadline.ts";
import type { Reply } from "../../client/connection/http-connection.ts";
import { StreamRefused, streamOver } from "../../client/connection/stream.ts";
import { maxToolAnswerBytes, textOf, type Call } from "../../client/connection/transport.ts";
import { messageOf } from "../../core/error.ts";
import { answerInStream, noticeIn } from "./waiting-call.ts";
import { isJsonObject } from "../../core/json.ts";
import { sessionHeaders } from "../../core/session.ts";
import { mentionsWait } from "../../core/waiting.ts";

/** A line of the client for the daemon. */
export interface Sent {
  line: string;
  signal: AbortSignal;
  /** hears what the daemon says of a call while it waits */
  onNotice: (text: string) => void;
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
  readonly #connection: Connection;
  readonly #output: (line: string) => void;
  readonly #gone = new AbortController();
  #id: string | null = null;
  #version: string | null = null;
  #memory = "";
  #streaming = false;

  /** `output` takes a line to the client: what the daemon tells it outside of any call. */
  constructor(connection: Connection, output: (line: string) => void) {
    this.#connection = connection;
    this.#output = output;
  }

  /**
   * Sends a message of the client unchanged. Throws when no daemon can be reached, when none answers in time (for a
   * waiting call its wait and a little more), or when the signal ends it. The headers say where the client is.
   */
  send({ line, signal, onNotice }: Sent, where: Record<string, string>): Promise<Answer> {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...where,
      [sessionHeaders.request]: crypto.randomUUID(),
      [sessionHeaders.stream]: "1",
    };
    const tryTimeoutMs = timeoutWith(line);
    return this.#connection.request({
      call: () => this.#call("POST", headers, line),
      read: (reply) => this.#answerIn(reply, onNotice),
      // a wait that was cut off is waited anew, so in all it may take longer than one try
      timeoutMs: tryTimeoutMs + callMs,
      tryTimeoutMs,
      signal: AbortSignal.any([signal, this.#gone.signal]),
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
    const { url } = this.#connection;
    const call = this.#call("DELETE", {});
    await answered({ url, ms: closeTimeoutMs }, (bound) => this.#connection.send(call, bound)).catch(
      () => {},
    );
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

  async #answerIn(reply: Reply, onNotice: (text: string) => void): Promise<Answer> {
    this.#id = reply.headers.get(sessionHeaders.id) ?? this.#id;
    const isStream = reply.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const onMemory = (memory: string) => (this.#memory = memory);
    const text = isStream
      ? await answerInStream(reply, { onNotice, onMemory })
      : await textOf(reply, maxToolAnswerBytes);
    if (!isStream) this.#memory = reply.headers.get(sessionHeaders.memory) ?? this.#memory;
    if (reply.status === 200 && this.#id !== null && !this.#streaming) void this.#stream();
    return { status: reply.status, text };
  }

  /**
   * Holds the session's stream open, which shows the daemon that the client lives, and on which it tells of what the client has
   * subscribed to. When the daemon goes, another is started only for that, or if leases have to be renewed; else the client's
   * next call starts it.
   */
  async #stream(): Promise<void> {
    this.#streaming = true;
    const held = streamOver(this.#connection, {
      call: () => this.#call("GET", { accept: "text/event-stream" }),
      signal: this.#gone.signal,
      onBreak: (loss) => this.#connection.find(loss),
      isWanted: () => this.#isRemembered(),
    });
    try {
      for await (const { event = "message", data } of held) {
        const notice = event === "message" ? noticeIn(data) : null;
        if (notice !== null) this.#output(notice);
      }
    } catch (error) {
      if (error instanceof StreamRefused) this.#memory = "";
      else tell(`cord mcp: ${messageOf(error)}`);
    } finally {
      this.#streaming = false;
    }
  }

  /** Whether it holds tasks, or has subscriptions. */
  #isRemembered(): boolean {
    return Number.parseInt(this.#memory, 10) > 0;
  }
}

/** Of a batch, the longest. A line that is no JSON is the daemon's to refuse. */
function timeoutWith(body: string): number {
  return Math.max(...[parsed(body)].flat().map(timeoutOf), 0) || callMs;
}

function timeoutOf(message: unknown): number {
  const params = isJsonObject(message) ? message["params"] : undefined;
  return timeoutFor(isJsonObject(params) ? params["arguments"] : undefined);
}

function parsed(body: string): unknown {
  try {
    return mentionsWait(body) ? JSON.parse(body) : null;
  } catch {
    return null;
  }
}

const closeTimeoutMs = 2000;
