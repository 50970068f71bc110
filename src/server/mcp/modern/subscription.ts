import { CordError } from "../../../core/error.ts";
import { isJsonObject } from "../../../core/json.ts";
import { sseResponse } from "../../http/sse.ts";
import type { Client } from "../client.ts";
import type { ServerEventBus } from "./protocol.ts";
import { isTexts } from "./reading.ts";

/** As many resources as one stream is told of. */
const maxWatched = 64;

/** What tells a `subscriptions/listen` of changes: the resources that it may watch, and those of them that have changed. */
export interface Subscription {
  /** the request, with no more resources than are watched: which those are is told to its client */
  message: unknown;
  bus: ServerEventBus;
  /** The SDK's stream of it, which keeps all that it is told: so it is told of one change at a time, when the last is taken. */
  answer(request: Request, response: Response, onEnd: () => void): Response;
  /** Ends it, however far it came. */
  stop(): void;
}

/** Begins to watch what a request asks for. Where that fails nothing is watched. */
export async function subscriptionOf(client: Client, asked: unknown): Promise<Subscription> {
  const watch = new Watch();
  const { uris, narrowed } = resourcesIn(asked);
  const watched: string[] = [];
  try {
    for (const uri of uris) {
      const stop = await client.watch(uri, () => watch.changed(uri)).catch(nullIfSeveral);
      if (stop === null) continue;
      watched.push(uri);
      watch.stops.push(stop);
    }
  } catch (error) {
    watch.stop();
    throw error;
  }
  return {
    message: narrowed(watched),
    bus: watch,
    answer: (request, response, onEnd) => watch.relay(request, response, onEnd),
    stop: () => watch.stop(),
  };
}

/** The beginning of an id that several have names no resource: it is left out as one that there is not. */
function nullIfSeveral(error: unknown): null {
  if (error instanceof CordError && error.code === "conflict") return null;
  throw error;
}

/** The changes of the resources that one stream watches. A change that comes before the last is taken is told once. */
class Watch implements ServerEventBus {
  readonly stops: (() => void)[] = [];
  readonly #changed = new Set<string>();
  #tell: Parameters<ServerEventBus["subscribe"]>[0] | null = null;
  #isWaitedFor = false;

  changed(uri: string): void {
    this.#changed.add(uri);
    if (this.#isWaitedFor) this.#tellNext();
  }

  subscribe(listener: Parameters<ServerEventBus["subscribe"]>[0]): () => void {
    this.#tell = listener;
    return () => this.stop();
  }

  publish(): void {}

  stop(): void {
    this.#tell = null;
    for (const stop of this.stops.splice(0)) stop();
  }

  relay(request: Request, { body }: Response, onEnd: () => void): Response {
    const reader = body?.getReader();
    const decoder = new TextDecoder();
    return sseResponse(request, {
      next: async () => {
        this.#tellNext();
        const { value } = (await reader?.read()) ?? {};
        this.#isWaitedFor = false;
        return value === undefined ? null : decoder.decode(value, { stream: true });
      },
      onEnd: () => {
        this.stop();
        void reader?.cancel();
        onEnd();
      },
    });
  }

  #tellNext(): void {
    const [uri] = this.#changed;
    this.#isWaitedFor = uri === undefined;
    if (uri === undefined) return;
    this.#changed.delete(uri);
    this.#tell?.({ kind: "resource_updated", uri });
  }
}

/** The resources that a request wants to be told of, and the request with others in their place. */
function resourcesIn(body: unknown): { uris: string[]; narrowed: (to: readonly string[]) => unknown } {
  const params = isJsonObject(body) ? body["params"] : undefined;
  const wanted = isJsonObject(params) ? params["notifications"] : undefined;
  const listed: unknown = isJsonObject(wanted) ? wanted["resourceSubscriptions"] : undefined;
  if (!isJsonObject(body) || !isJsonObject(params) || !isJsonObject(wanted) || !isTexts(listed))
    return { uris: [], narrowed: () => body };
  return {
    uris: [...new Set(listed)].slice(0, maxWatched),
    narrowed: (uris) => ({
      ...body,
      params: { ...params, notifications: { ...wanted, resourceSubscriptions: uris } },
    }),
  };
}
