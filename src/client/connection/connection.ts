import { isAbsolute } from "node:path";
import { CordError } from "../../core/error.ts";
import type { Health } from "../daemon/health.ts";
import { isOlder } from "../daemon/notices.ts";
import { nobodyAt } from "../daemon/stranger.ts";
import { answered } from "./answered.ts";
import { orAborted } from "./deadline.ts";
import { ConnectionLost, type Reply } from "./http-connection.ts";
import { reach } from "./reach.ts";
import { maxLosses } from "./retry.ts";
import type { Call, Transport } from "./transport.ts";

export interface ConnectionOptions {
  url: string;
  token: string;
  /**
   * Called when the daemon is lost. Resolves, once one can be asked, with the URL at which it is; else throws what is in
   * the way. Without it a daemon that is lost is an error.
   */
  find?: ((lost: Lost) => Promise<string>) | undefined;
  /**
   * Called before a daemon of an older version than this program is asked anything. Resolves once there is another in its
   * place, or it is to be asked as it is. Without it any daemon is.
   */
  renew?: ((url: string, health: Health) => Promise<void>) | undefined;
}

/** A daemon that could not be asked any more. */
export interface Lost {
  url: string;
  /** what it said of itself when it last proved whose it is; null: it never did, or has no file for a database */
  health: Health | null;
  /** what stands at its address instead; null: nothing is known of that */
  why: CordError | null;
}

/** A request to whichever daemon there is. */
interface RequestOptions<T> {
  /** what is asked, if this many milliseconds are left for its answer */
  call: (leftMs: number) => Call;
  /** Reads the answer. What it throws, other than a connection that broke, is the daemon's refusal and is thrown at once. */
  read: (reply: Reply) => Promise<T>;
  /** of all tries together */
  timeoutMs: number;
  /** of one try, where that is less */
  tryTimeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * A client's connection to its daemon. It outlives daemons, and carries calls, streams and MCP sessions. If a daemon
 * goes away before it answers, the next one is found or started, and asked again. The caller makes sure that a second
 * try changes nothing twice.
 */
export class Connection {
  readonly #token: string;
  readonly #find: ConnectionOptions["find"];
  readonly #renew: ConnectionOptions["renew"];
  #here: Transport;

  constructor({ url, token, find, renew }: ConnectionOptions) {
    this.#token = token;
    this.#find = find;
    this.#renew = renew;
    this.#here = reach(url, token);
  }

  /** Where the daemon listens, as far as is known. It ends in a slash. */
  get url(): string {
    return this.#here.url;
  }

  /**
   * Whether a daemon has ever proved itself at the address: then the address is right, and the daemon may come back.
   */
  get wasReached(): boolean {
    return this.#here.health !== null;
  }

  /**
   * The answer, also across restarts of the daemon. Throws its refusal; what answers in its place; and `unavailable`
   * when nobody does, or not in time.
   */
  request<T>({ timeoutMs, signal, ...asked }: RequestOptions<T>): Promise<T> {
    const began = performance.now();
    const leftMs = () => timeoutMs - (performance.now() - began);
    return answered({ url: this.url, ms: timeoutMs, signal }, async (bound) => {
      for (let losses = 0; ; losses += 1) {
        try {
          return await this.#try(asked, leftMs(), bound);
        } catch (error) {
          if (!isLoss(error) || bound.aborted) throw error;
          if (losses === maxLosses) throw inItsPlace(error) ?? nobodyAt(this.url, error);
          await orAborted(this.find(error), bound);
        }
      }
    });
  }

  #try<T>(
    { call, read, tryTimeoutMs }: Pick<RequestOptions<T>, "call" | "read" | "tryTimeoutMs">,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<T> {
    const ask = async (bound: AbortSignal) => read(await this.send(call(leftMs), bound));
    if (tryTimeoutMs === undefined) return ask(signal);
    return answered({ url: this.url, ms: tryTimeoutMs, signal }, ask);
  }

  /** One try: the beginning of the answer. Throws what `find` can be told when it fails; the signal ends it, also later. */
  async send(call: Call, signal: AbortSignal): Promise<Reply> {
    try {
      await this.#renewed(signal);
      return await this.#here.send(call, signal);
    } catch (error) {
      throw error instanceof CordError && !signal.aborted
        ? new NotReached(error.message, { cause: error })
        : error;
    }
  }

  async #renewed(signal: AbortSignal): Promise<void> {
    if (!this.#renew) return;
    const health = this.#here.health ?? (await this.#here.look(signal));
    if (health !== null && isOlder(health.version)) await orAborted(this.#renew(this.url, health), signal);
  }

  /**
   * Resolves once a daemon can be asked again. Throws what is in the way. `loss`: what `send` threw, or a stream that
   * broke; nothing when nobody knows whether it is lost.
   */
  async find(loss?: unknown): Promise<void> {
    const why = inItsPlace(loss);
    const { url } = this;
    if (!this.#find) throw why ?? nobodyAt(url, loss);
    const said = this.#here.health;
    const health = said !== null && isAbsolute(said.database) ? said : null;
    this.#here = reach(await this.#find({ url, health, why }), this.#token);
  }
}

/** Another program has answered in the daemon's place: its refusal is not the daemon's. */
class NotReached extends Error {}

function inItsPlace(loss: unknown): CordError | null {
  return loss instanceof NotReached && loss.cause instanceof CordError ? loss.cause : null;
}

function isLoss(error: unknown): boolean {
  return error instanceof NotReached || error instanceof ConnectionLost;
}
