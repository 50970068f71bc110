import { environment, setVariables } from "../../system/environment.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { ConnectionLost, type Reply } from "./http-connection.ts";
import type { Health } from "../daemon/health.ts";
import { refuseOlder } from "../daemon/older-answers.ts";
import { prove, type Proven } from "./proof.ts";
import { noProxyTo } from "./proxy.ts";
import type { Call, Transport } from "./transport.ts";

/**
 * A daemon behind TLS. Its certificate binds every connection to the called name, so one proof counts for all. Nobody
 * on the way can read or answer, so a proxy from the environment may be used, except to loopback.
 */
export class EncryptedTransport implements Transport {
  readonly url: string;
  readonly #token: string;
  #proven: Proven | null = null;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
    // Bun's fetch reads these at each call
    setVariables(noProxyTo(url, environment));
  }

  get health(): Health | null {
    return this.#proven?.health ?? null;
  }

  async send(call: Call, signal: AbortSignal): Promise<Reply> {
    this.#proven ??= await this.#prove(signal);
    refuseOlder(this.url, this.#proven.health, call.wire ?? 0);
    const reply = await this.#fetch(call, signal, this.#proven.authorization);
    if (reply.status !== 401) return reply;
    this.#proven = await this.#prove(signal);
    return this.#fetch(call, signal, this.#proven.authorization);
  }

  async look(signal?: AbortSignal): Promise<Health | null> {
    try {
      this.#proven = await this.#prove(signal);
      return this.#proven.health;
    } catch (error) {
      if (error instanceof ConnectionLost && error.why === "nobody") return null;
      throw error;
    }
  }

  #prove(signal: AbortSignal | undefined): Promise<Proven> {
    return prove({ url: this.url, token: this.#token, host: null }, signal, async (challenge, bound) =>
      challenge.verify(await this.#fetch({ method: "GET", path: challenge.path }, bound)),
    );
  }

  async #fetch(call: Call, signal: AbortSignal, authorization?: string): Promise<Reply> {
    const { method, path, headers, body } = call;
    /** Bun gives a fetch up after five minutes; a stream may last for days. */
    const init: RequestInit & { timeout: false } = {
      method,
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      redirect: "manual",
      timeout: false,
      signal,
      ...(body === undefined ? {} : { body }),
    };
    // oxlint-disable-next-line no-restricted-globals -- this is the one way
    const response = await fetch(`${this.url}${path}`, init).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : this.#lost(error);
    });
    return {
      status: response.status,
      headers: new Map(response.headers),
      async *chunks() {
        if (response.body) yield* response.body;
      },
    };
  }

  #lost(error: unknown): Error {
    const code = systemCode(error);
    if (nobody.has(code)) return new ConnectionLost("nobody", messageOf(error), "", { cause: error });
    if (broken.has(code)) return new ConnectionLost("closed", messageOf(error), "", { cause: error });
    const why = `${messageOf(error)}${code === "" ? "" : ` (${code})`}`;
    return new CordError("unavailable", `No encrypted connection to ${this.url} can be made: ${why}.`, {
      cause: error,
    });
  }
}

/** As Bun's fetch names them. */
const nobody: ReadonlySet<string> = new Set([
  "ConnectionRefused",
  "ECONNREFUSED",
  "FailedToOpenSocket",
  "ENOTFOUND",
]);
const broken: ReadonlySet<string> = new Set(["ConnectionClosed", "ECONNRESET"]);
