import { tell } from "../output.ts";
import { answered } from "../../client/connection/answered.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { callMs, timeoutFor } from "../../client/connection/deadline.ts";
import type { Reply } from "../../client/connection/http-connection.ts";
import { StreamRefused, streamOver } from "../../client/connection/stream.ts";
import { maxToolAnswerBytes, textOf, type Call } from "../../client/connection/transport.ts";
import { messageOf } from "../../core/error.ts";
import { answerInStream, noticeIn } from "./waiting-call.ts";
import { isJsonObject, tryParseJson } from "../../core/json.ts";
import { mcpVersion, sessionHeaders } from "../../core/session.ts";
import type { SseEvent } from "../../core/sse.ts";
import { version } from "../../core/version.ts";
import { mentionsWait } from "../../core/waiting.ts";

/** A line of the client for the daemon. */
export interface Sent {
  line: string;
  /** the headers beside a request that says all of itself; null: it belongs to the session */
  beside: Record<string, string> | null;
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
  readonly #tab: Record<string, string>;
  readonly #gone = new AbortController();
  readonly #unheard = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  #id: string | null = null;
  #version: string | null = null;
  #memory = "";
  #streaming = false;

  /** `output` takes a line to the client: what the daemon tells it outside of any call. `tab`: whose session it is. */
  constructor(
    connection: Connection,
    { output, tab }: { output: (line: string) => void; tab: string | null },
  ) {
    this.#connection = connection;
    this.#output = output;
    this.#tab = tab === null ? {} : { [sessionHeaders.tab]: tab };
  }

  /**
   * Sends a message of the client unchanged. Throws when no daemon can be reached, when none answers in time (for a
   * waiting call its wait and a little more), or when the signal ends it. The headers say where the client is.
   */
  async send(sent: Sent, where: Record<string, string>): Promise<Answer> {
    const answer = await this.#send(sent, where);
    if (sent.beside === null || !isSessionOver(answer)) return answer;
    // its client knows of no session, and cannot begin another
    this.#id = null;
    this.#memory = "";
    await this.begin(sent.signal);
    return this.#send(sent, where);
  }

  #send({ line, beside, signal, onNotice }: Sent, where: Record<string, string>): Promise<Answer> {
    const headers = headersOf(where);
    const tryTimeoutMs = timeoutWith(line);
    return this.#connection.request({
      call: () =>
        this.#call("POST", beside ? { ...headers, ...this.#heldWith(beside) } : this.#headers(headers), line),
      read: (reply) => this.#answerIn(reply, onNotice),
      // a wait that was cut off is waited anew, so in all it may take longer than one try
      timeoutMs: tryTimeoutMs + callMs,
      tryTimeoutMs,
      signal: AbortSignal.any([signal, this.#gone.signal]),
    });
  }

  /**
   * The events of a request that says all of itself and is answered by a stream without an end, over daemons that go and come.
   * Throws StreamRefused.
   */
  listen({ line, beside, signal }: Sent, where: Record<string, string>): AsyncGenerator<SseEvent> {
    const headers = headersOf(where);
    return streamOver(this.#connection, {
      call: () => this.#call("POST", { ...headers, ...this.#heldWith(beside ?? {}) }, line),
      signal: AbortSignal.any([signal, this.#gone.signal, this.#unheard.signal]),
      onBreak: (loss) => this.#connection.find(loss),
    });
  }

  /** Ends what has no end: nothing more is said by the client, and nobody waits for it. */
  endListening(): void {
    this.#unheard.abort();
  }

  /** Resolves once a session of the bridge's own has begun. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Whether a daemon has taken an initialize. */
  get hasBegun(): boolean {
    return this.#id !== null;
  }

  /** Begins a session for a client that has none of its own, so that what it claims is renewed while it lives. */
  async begin(signal: AbortSignal): Promise<void> {
    if (!this.hasBegun) await this.#send({ line: hello, beside: null, signal, onNotice() {} }, {});
    this.#begun.resolve();
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
    const call = this.#call("DELETE", this.#headers({}));
    await answered({ url, ms: closeTimeoutMs }, (bound) => this.#connection.send(call, bound)).catch(
      () => {},
    );
  }

  #call(method: Call["method"], headers: Record<string, string>, body?: string): Call {
    return {
      method,
      path: "mcp",
      headers: { ...headers, ...this.#tab },
      ...(body === undefined ? {} : { body }),
    };
  }

  /** For a request that says all of itself: the session that is kept for its client is no part of the protocol. */
  #heldWith(beside: Record<string, string>): Record<string, string> {
    const held = { [sessionHeaders.held]: this.#id ?? "", [sessionHeaders.memory]: this.#memory };
    return { ...beside, ...(this.#id === null ? {} : held) };
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
      call: () => this.#call("GET", this.#headers({ accept: "text/event-stream" })),
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

function headersOf(where: Record<string, string>): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...where,
    [sessionHeaders.request]: crypto.randomUUID(),
    [sessionHeaders.stream]: "1",
  };
}

/** Of a method that there is not, the answer is under the call's id. */
function isSessionOver({ status, text }: Answer): boolean {
  const said = status === 404 ? tryParseJson(text) : undefined;
  return isJsonObject(said) && said["id"] === null;
}

const hello = JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: mcpVersion, capabilities: {}, clientInfo: { name: "cord mcp", version } },
});

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
