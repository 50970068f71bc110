import type { Event } from "../core/event.ts";
import { parseJson } from "../core/json.ts";
import type { Client } from "./client.ts";

/**
 * Events from a cursor on, for as long as the signal lets it. A connection that breaks is made anew from the last
 * seq seen, so nothing is missed and nothing comes twice, also across a restart of the daemon.
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
    try {
      for await (const event of readStream(client, { ...query, since: String(seq) }, signal)) {
        seq = event.seq;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!revive) throw error;
    }
    if (!signal.aborted) await revive?.();
  }
}

async function* readStream(
  client: Client,
  query: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  /** Bun gives a fetch up after five minutes; this one may last for days. */
  const init: RequestInit & { timeout: false } = {
    timeout: false,
    headers: { authorization: `Bearer ${client.token}` },
    signal,
  };
  const response = await fetch(`${client.url}events?${new URLSearchParams(query)}`, init);
  if (!response.ok || !response.body) throw new Error(`/events answered ${response.status}`);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    const frames = rest.split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = frame.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield parseJson<Event>(data.slice("data: ".length));
    }
  }
}
