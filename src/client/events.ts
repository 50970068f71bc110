import type { Event } from "../core/event.ts";
import type { Client } from "./client.ts";
import type { Connection } from "./connection/connection.ts";
import { retry, retryPolicies } from "./connection/retry.ts";
import { streamOver } from "./connection/stream.ts";

/**
 * Events from a cursor on, for as long as the signal lets it. A connection that breaks is made anew from the last
 * seq seen, so nothing is missed and nothing comes twice, also across a restart of the daemon. So is one on which not
 * even a sign of life has come for a minute. What a newer daemon tells and this program does not know is left out.
 * Throws what the daemon refuses, and what stands in its place for good. `onBreak`: what is done before the events are asked for
 * again, other than finding the daemon.
 */
export async function* followEvents(
  { connection }: Client,
  query: Record<string, string>,
  since: number,
  signal: AbortSignal,
  onBreak = reconnect(connection, signal),
): AsyncGenerator<Event> {
  let seq = since;
  const call = () =>
    ({ method: "GET", path: `events?${new URLSearchParams({ ...query, since: String(seq) })}` }) as const;
  // commands that may follow events, and do not, need not wait for it
  const { readEvent } = await import("../core/event.ts");
  for await (const { data } of streamOver(connection, { call, signal, onBreak })) {
    const event = readEvent(data);
    if (event === null) continue;
    seq = event.seq;
    yield event;
  }
}

/** What stands in the daemon's place is told once; a daemon that is away, or hangs, is looked for again. */
function reconnect(connection: Connection, signal: AbortSignal): (loss: unknown) => Promise<void> {
  const policy = retryPolicies.watch;
  return (loss) => {
    let why = loss;
    const find = () => connection.find(why);
    return retry(find, { policy, signal, onRetry: () => void (why = null) });
  };
}
