import { addressOf, numericHost } from "../../core/address.ts";
import { HttpConnection, ConnectionLost, type Address, type Reply, type Request } from "./http-connection.ts";
import type { Health } from "../daemon/health.ts";
import { refuseOlder } from "../daemon/older-answers.ts";
import { prove, type Proven } from "./proof.ts";
import type { Call, Transport } from "./transport.ts";

/**
 * Connections without TLS. Each is proved before anything else is sent over it, so that a program which takes a dead
 * daemon's port is asked for a proof first. No proxy is used: it could read everything, and cannot reach loopback.
 */
export class PlainTransport implements Transport {
  readonly url: string;
  readonly #token: string;
  readonly #address: Address;
  readonly #host: string;
  readonly #base: string;
  #health: Health | null = null;
  readonly #kept = new Map<HttpConnection, Proven>();

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
    const { hostname, pathname } = new URL(url);
    this.#address = addressOf(url);
    this.#host = `${numericHost(hostname)}:${this.#address.port}`;
    this.#base = pathname;
  }

  get health(): Health | null {
    return this.#health;
  }

  async send(call: Call, signal: AbortSignal): Promise<Reply> {
    for (let free = this.#free(); free !== null; free = this.#free()) {
      try {
        return await this.#request(free, call, signal);
      } catch (error) {
        // the daemon had let go of a connection that was kept
        if (!(error instanceof ConnectionLost) || error.why !== "closed") throw error;
      }
    }
    return this.#request(await this.#open(signal), call, signal);
  }

  async look(signal?: AbortSignal): Promise<Health | null> {
    try {
      const opened = await this.#open(signal);
      this.#kept.set(opened.connection, opened.proven);
      return opened.proven.health;
    } catch (error) {
      if (error instanceof ConnectionLost && error.why === "nobody") return null;
      throw error;
    }
  }

  async #open(signal: AbortSignal | undefined): Promise<Opened> {
    const asked = { url: this.url, token: this.#token, host: this.#host };
    return prove(asked, signal, async (challenge, bound) => {
      const connection = await HttpConnection.open(this.#address, bound);
      try {
        const reply = await connection.request(this.#written({ method: "GET", path: challenge.path }), bound);
        const proven = await challenge.verify(reply);
        this.#health = proven.health;
        return { connection, proven };
      } catch (error) {
        connection.close();
        throw error;
      }
    });
  }

  #free(): Opened | null {
    for (const [connection, proven] of this.#kept) {
      if (connection.isFree) return { connection, proven };
      if (!connection.isOpen) this.#kept.delete(connection);
    }
    return null;
  }

  async #request({ connection, proven }: Opened, call: Call, signal: AbortSignal): Promise<Reply> {
    this.#kept.set(connection, proven);
    refuseOlder(this.url, proven.health, call.wire ?? 0);
    const written = this.#written(call, { authorization: proven.authorization });
    return connection.request(written, signal);
  }

  #written({ method, path, headers, body }: Call, more: Record<string, string> = {}): Request {
    return {
      method,
      target: `${this.#base}${path}`,
      headers: { host: this.#host, ...headers, ...more },
      ...(body === undefined ? {} : { body }),
    };
  }
}

interface Opened {
  connection: HttpConnection;
  proven: Proven;
}
