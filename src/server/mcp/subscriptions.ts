import { CordError } from "../../core/error.ts";
import { sseText } from "../../core/sse.ts";
import type { Catalogue } from "./features.ts";

type Watch = Catalogue["watch"];

/** A stream of a session, as what is sent on it is read. */
export interface UpdateStream {
  /** The next message as text; null once the session is over. */
  next(): Promise<string | null>;
  close(): void;
}

/**
 * The resources that a session has subscribed to, and the streams on which it is told of their changes. What changes while no
 * stream is open is told on the next one; after a stream that broke, all of it, because nobody knows what was read of that. Of a
 * client that reads nothing no more is kept than one entry for each resource.
 */
export class Subscriptions {
  /** by URI; what ends the watching, once that has begun */
  readonly #watched = new Map<string, { stop: () => void }>();
  readonly #streams = new Set<OpenStream>();
  /** to be told on the first stream */
  readonly #untold = new Set<string>();
  #hadStream = false;
  #isOver = false;

  get uris(): string[] {
    return [...this.#watched.keys()];
  }

  /** False: there is no such resource. Throws `limit` for one too many. */
  async add(uri: string, watch: Watch): Promise<boolean> {
    if (this.#watched.has(uri)) return true;
    if (this.#watched.size >= maxSubscriptions)
      throw new CordError(
        "limit",
        `A session can be subscribed to ${maxSubscriptions} resources: unsubscribe from one first.`,
      );
    return this.#begin(uri, watch);
  }

  remove(uri: string): void {
    this.#watched.get(uri)?.stop();
    this.#watched.delete(uri);
    this.#untold.delete(uri);
    for (const stream of this.#streams) stream.drop(uri);
  }

  /** Watches anew what it has subscribed to, as after a change of its project, or a restart of the daemon; all of it may be another now. */
  async renew(uris: readonly string[], watch: Watch): Promise<void> {
    const renewed = uris.slice(0, maxSubscriptions).map(async (uri) => {
      this.#watched.get(uri)?.stop();
      const isThere = await this.#begin(uri, watch).catch(() => false);
      if (isThere) this.#tell(uri);
    });
    await Promise.all(renewed);
  }

  open(): UpdateStream {
    const isNext = this.#hadStream && this.#streams.size === 0;
    const stream = new OpenStream(isNext ? this.uris : this.#untold, this.#isOver);
    this.#hadStream = true;
    this.#untold.clear();
    this.#streams.add(stream);
    return { next: () => stream.next(), close: () => void this.#streams.delete(stream) };
  }

  /** The session is over: so are its streams. */
  end(): void {
    this.#isOver = true;
    for (const { stop } of this.#watched.values()) stop();
    this.#watched.clear();
    for (const stream of this.#streams) stream.end();
  }

  async #begin(uri: string, watch: Watch): Promise<boolean> {
    const entry = { stop: () => {} };
    this.#watched.set(uri, entry);
    const isKept = () => this.#watched.get(uri) === entry;
    try {
      const stop = await watch(uri, () => this.#tell(uri));
      if (stop !== null && isKept()) entry.stop = stop;
      else stop?.();
      if (stop === null && isKept()) this.#watched.delete(uri);
      return stop !== null;
    } catch (error) {
      if (isKept()) this.#watched.delete(uri);
      throw error;
    }
  }

  #tell(uri: string): void {
    if (this.#streams.size === 0) this.#untold.add(uri);
    for (const stream of this.#streams) stream.add(uri);
  }
}

const maxSubscriptions = 64;

class OpenStream {
  readonly #changed: Set<string>;
  #isOver: boolean;
  #wake: (() => void) | null = null;

  constructor(changed: Iterable<string>, isOver: boolean) {
    this.#changed = new Set(changed);
    this.#isOver = isOver;
  }

  add(uri: string): void {
    this.#changed.add(uri);
    this.#stir();
  }

  drop(uri: string): void {
    this.#changed.delete(uri);
  }

  end(): void {
    this.#isOver = true;
    this.#stir();
  }

  async next(): Promise<string | null> {
    for (;;) {
      if (this.#isOver) return null;
      const [uri] = this.#changed;
      if (uri !== undefined) {
        this.#changed.delete(uri);
        return updated(uri);
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** Source: MCP 2025-11-25, "Resources". */
function updated(uri: string): string {
  const message = { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } };
  return sseText({ event: "message", data: JSON.stringify(message) });
}
