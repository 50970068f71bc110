import type { Event } from "../core/event.ts";
import type { Client } from "./client.ts";
import type { Connection } from "./connection/connection.ts";
import { retry, retryPolicies } from "./connection/retry.ts";
import { streamOver } from "./connection/stream.ts";

/**
 * Events from a cursor on, until the signal ends. A broken connection is replaced, from the last seq seen, so nothing
 * is missed or repeated, even across a restart of the daemon. A connection without any sign of life for a minute
 * counts as broken. Events of a type that this program does not know are left out. Throws what the daemon refuses,
 * and an error that will not pass. `onBreak` runs before each reconnection, in place of finding the daemon.
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
