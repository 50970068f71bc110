import { SseReader } from "../../../src/core/sse.ts";
import type { World } from "./cord.ts";

/** A follower of all events: when the next one that is about a new task comes (performance.now()). */
export interface Events {
  next(): Promise<number>;
  close(): void;
}

export async function eventsOf(world: World): Promise<Events> {
  const gone = new AbortController();
  const response = await fetch(`${world.url}events`, {
    headers: { authorization: `Bearer ${world.token()}` },
    signal: gone.signal,
  });
  let waiting = Promise.withResolvers<number>();
  const read = async () => {
    const reader = new SseReader();
    for await (const piece of response.body ?? [])
      for (const { data } of reader.push(piece))
        if (data.includes('"task.created"')) waiting.resolve(performance.now());
  };
  read().catch(() => {});
  return {
    next: async () => {
      const at = await waiting.promise;
      waiting = Promise.withResolvers();
      return at;
    },
    close: () => gone.abort(),
  };
}
