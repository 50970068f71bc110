import { addTo, removeFrom } from "../../core/by-key.ts";
import { idKey } from "../../core/json.ts";

/** The calls of one client that are under way, by their JSON-RPC ids, so that it can take one back. */
export class Calls {
  /** what takes each of them back */
  readonly #underWay = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#underWay.size;
  }

  /**
   * Makes a call. Its signal ends with its request, and when the client takes the call back: then the answer is null at once,
   * whatever the call still does.
   */
  async during<Answer>(
    id: unknown,
    request: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer | null> {
    const key = idKey(id);
    const stop = new AbortController();
    const takenBack = Promise.withResolvers<null>();
    const takeBack = () => {
      takenBack.resolve(null);
      stop.abort();
    };
    addTo(this.#underWay, key, takeBack);
    try {
      return await Promise.race([call(AbortSignal.any([stop.signal, request])), takenBack.promise]);
    } finally {
      removeFrom(this.#underWay, key, takeBack);
    }
  }

  /** Ends the call of this id. Of several nobody knows which is meant: two clients may share one token. */
  cancel(id: unknown): void {
    const [takeBack, ...others] = this.#underWay.get(idKey(id)) ?? [];
    if (others.length === 0) takeBack?.();
  }

  cancelAll(): void {
    for (const calls of this.#underWay.values()) for (const takeBack of calls) takeBack();
  }
}

/** The calls of several clients, each known by a name. Those of one that has none are not kept. */
export class CallsByClient {
  readonly #clients = new Map<string, Calls>();

  /** Those of a client. */
  of(name: string): Pick<Calls, "during" | "cancel"> {
    return {
      during: async (id, request, call) => {
        const calls = this.#clients.get(name) ?? new Calls();
        this.#clients.set(name, calls);
        try {
          return await calls.during(id, request, call);
        } finally {
          if (calls.size === 0) this.#clients.delete(name);
        }
      },
      cancel: (id) => this.#clients.get(name)?.cancel(id),
    };
  }
}
