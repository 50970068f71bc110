import type { Event } from "../core/event.ts";
import { CordError } from "../core/error.ts";
import { SseReader } from "../core/sse.ts";
import type { Client } from "./client.ts";
import { busyMs, orAborted } from "./connection/deadline.ts";
import { streamOf, StreamRefused } from "./connection/stream.ts";

/**
 * Events from a cursor on, for as long as the signal lets it. A connection that breaks is made anew from the last
 * seq seen, so nothing is missed and nothing comes twice, also across a restart of the daemon. So is one on which not
 * even a sign of life has come for a minute. What a newer daemon tells and this program does not know is left out.
 * Throws what the daemon refuses, and, without `revive`, any break.
 */
export async function* followEvents(
  client: Client,
  query: Record<string, string>,
  since: number,
  signal: AbortSignal,
  revive?: () => Promise<void>,
): AsyncGenerator<Event> {
  let seq = since;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      for await (const event of eventsOf(client, { ...query, since: String(seq) }, signal)) {
        seq = event.seq;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!revive || error instanceof StreamRefused) throw error;
      if (error instanceof CordError && error.code === "busy") await pause(signal, busyMs);
    }
    if (signal.aborted) return;
    if (performance.now() - began < shortLivedMs) await pause(signal, shortLivedMs);
    if (!signal.aborted && revive) await orAborted(revive(), signal).catch(unlessAborted(signal));
  }
}

/** A stream that ends as soon as it has begun is not asked for without a pause. */
const shortLivedMs = 100;

function pause(signal: AbortSignal, ms: number): Promise<void> {
  return orAborted(Bun.sleep(ms), signal).catch(unlessAborted(signal));
}

function unlessAborted(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}

async function* eventsOf(
  { transport }: Client,
  query: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const call = { method: "GET", path: `events?${new URLSearchParams(query)}` } as const;
  // commands that may follow events, and do not, need not wait for it
  const { readEvent } = await import("../core/event.ts");
  const reader = new SseReader();
  for await (const piece of streamOf(transport, call, signal)) {
    for (const { data } of reader.push(piece)) {
      const event = readEvent(data);
      if (event !== null) yield event;
    }
  }
}
