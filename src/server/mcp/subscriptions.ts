import { CordError } from "../../core/error.ts";
import { sseText } from "../../core/sse.ts";
import type { Catalogue } from "./features.ts";

type Watch = Catalogue["watch"];

/** A stream of a session, as what is sent on it is read. */
interface UpdateStream {
  /** The next message as text; null once the session is over. */
  next(): Promise<string | null>;
  close(): void;
}

/**
 * The resources that a session has subscribed to, and the streams on which it is told of their changes. They are watched while
 * a stream is open: a client that has none costs nothing, and holds no daemon that nobody else needs. So it is told of all of
 * them once it opens one again. Of a client that reads nothing no more is kept than one entry for each resource.
 */
export class Subscriptions {
  /** by URI; what ends the watching, while it is under way */
  readonly #subscribed = new Map<string, { stop: () => void }>();
  readonly #streams = new Set<OpenStream>();
  #isOver = false;

  get uris(): string[] {
    return [...this.#subscribed.keys()];
  }

  /** False: there is no such resource. Throws `limit` for one too many. */
  async add(uri: string, watch: Watch): Promise<boolean> {
    if (this.#subscribed.has(uri)) return true;
    if (this.#subscribed.size >= maxSubscriptions)
      throw new CordError(
        "limit",
        `A session can be subscribed to ${maxSubscriptions} resources: unsubscribe from one first.`,
      );
    const isThere = this.#begin(uri, watch);
    isThere.catch(() => this.remove(uri));
    return isThere;
  }

  remove(uri: string): void {
    this.#subscribed.get(uri)?.stop();
    this.#subscribed.delete(uri);
    for (const stream of this.#streams) stream.drop(uri);
  }

  /** Takes up what the session had subscribed to before a restart of the daemon. */
  remember(uris: readonly string[]): void {
    for (const uri of uris.slice(0, maxSubscriptions)) this.#subscribed.set(uri, { stop() {} });
  }

  /** After a change of the session's project: what it has subscribed to may be something else now, or nothing. */
  async renew(watch: Watch): Promise<void> {
    if (this.#streams.size === 0) return;
    const renewed = this.uris.map(async (uri) => {
      this.#subscribed.get(uri)?.stop();
      // what could not be looked for is looked for again with the next stream
      const isThere = await this.#begin(uri, watch).catch(() => true);
      if (isThere) this.#tell(uri);
    });
    await Promise.all(renewed);
  }

  open(watch: Watch): UpdateStream {
    const stream = new OpenStream(this.#isOver);
    this.#streams.add(stream);
    if (this.#streams.size === 1) void this.renew(watch);
    return {
      next: () => stream.next(),
      close: () => {
        this.#streams.delete(stream);
        if (this.#streams.size === 0) this.#rest();
      },
    };
  }

  /** The session is over: so are its streams. */
  end(): void {
    this.#isOver = true;
    this.#rest();
    this.#subscribed.clear();
    for (const stream of this.#streams) stream.end();
  }

  #rest(): void {
    for (const entry of this.#subscribed.values()) {
      entry.stop();
      entry.stop = () => {};
    }
  }

  async #begin(uri: string, watch: Watch): Promise<boolean> {
    const entry = { stop() {} };
    this.#subscribed.set(uri, entry);
    const isKept = () => this.#subscribed.get(uri) === entry;
    const stop = await watch(uri, () => this.#tell(uri));
    if (stop !== null && isKept() && this.#streams.size > 0) entry.stop = stop;
    else stop?.();
    if (stop === null && isKept()) this.#subscribed.delete(uri);
    return stop !== null;
  }

  #tell(uri: string): void {
    for (const stream of this.#streams) stream.add(uri);
  }
}

const maxSubscriptions = 64;

class OpenStream {
  readonly #changed = new Set<string>();
  #isOver: boolean;
  #wake: (() => void) | null = null;

  constructor(isOver: boolean) {
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
