import { CordError, messageOf } from "../../core/error.ts";
import { sessionHeaders } from "../../core/session.ts";

export interface SessionOptions {
  url: string;
  token: string;
  project: string;
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

  /** Sends a message of the client, as it is. Throws when no daemon can be reached, or when the signal ends it. */
  async send(body: string, signal: AbortSignal): Promise<Answer> {
    const request = crypto.randomUUID();
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#post(body, request, signal);
      } catch (error) {
        if (error instanceof CordError || signal.aborted || tries > mostTries) throw error;
        await this.#options.revive();
      }
    }
  }

  /** The protocol version that was agreed on; later requests name it. */
  agreed(version: string): void {
    this.#version = version;
  }

  /** Ends the session: from now on the daemon renews nothing for it. */
  async close(): Promise<void> {
    this.#gone.abort();
    if (this.#id === null) return;
    const signal = AbortSignal.timeout(closeWithinMs);
    await fetch(this.#url, { method: "DELETE", headers: this.#headers(), signal }).catch(() => {});
  }

  get #url(): string {
    return `${this.#options.url}mcp`;
  }

  #headers(more: Record<string, string> = {}): Record<string, string> {
    return {
      authorization: `Bearer ${this.#options.token}`,
      [sessionHeaders.project]: encodeURIComponent(this.#options.project),
      ...(this.#id === null ? {} : { [sessionHeaders.id]: this.#id, [sessionHeaders.memory]: this.#memory }),
      ...(this.#version === null ? {} : { [sessionHeaders.version]: this.#version }),
      ...more,
    };
  }

  async #post(body: string, request: string, signal: AbortSignal): Promise<Answer> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: this.#headers({
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        [sessionHeaders.request]: request,
      }),
      body,
      signal: AbortSignal.any([signal, this.#gone.signal]),
    });
    const text = await response.text();
    this.#id = response.headers.get(sessionHeaders.id) ?? this.#id;
    this.#memory = response.headers.get(sessionHeaders.memory) ?? this.#memory;
    if (response.ok && this.#id !== null && !this.#streaming) void this.#stream();
    return { status: response.status, text };
  }

  /**
   * Holds the session's stream open, by which the daemon knows that the client lives. When the daemon goes, another is
   * started only for leases that have to be renewed; else the client's next call does it.
   */
  async #stream(): Promise<void> {
    this.#streaming = true;
    try {
      do {
        await this.#readStream().catch(() => {});
        if (this.#gone.signal.aborted || !this.#holdsTasks()) break;
        await this.#options.revive();
      } while (!this.#gone.signal.aborted);
    } catch (error) {
      process.stderr.write(`cord mcp: ${messageOf(error)}\n`);
    } finally {
      this.#streaming = false;
    }
  }

  #holdsTasks(): boolean {
    return Number.parseInt(this.#memory, 10) > 0;
  }

  async #readStream(): Promise<void> {
    const headers = this.#headers({ accept: "text/event-stream" });
    const response = await fetch(this.#url, { ...unbounded, headers, signal: this.#gone.signal });
    if (!response.ok || !response.body) {
      this.#memory = "";
      return;
    }
    for await (const _ of response.body);
  }
}

/** Bun's own: its fetch gives up after five minutes otherwise. */
const unbounded = { timeout: false } as const;
const mostTries = 20;
const closeWithinMs = 2000;
