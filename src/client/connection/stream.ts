import { CordError } from "../../core/error.ts";
import { afterAwake } from "../../system/awake-timer.ts";
import { textOf, type Call, type Transport } from "./transport.ts";

/** The daemon did not open the stream, and would not if it were asked again. */
export class StreamRefused extends CordError {}

/** A daemon gives a sign of life every 15 s on a stream where nothing happens. */
const silentMs = 60_000;

/**
 * The pieces of a stream, for as long as the signal lets it. Throws StreamRefused, `busy` when the daemon
 * has no room for it now, ConnectionLost when it breaks, and
 * `unavailable` when not even a sign of life has come for a minute.
 */
export async function* streamOf(
  transport: Transport,
  call: Call,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const end = new AbortController();
  const fellSilent = () =>
    end.abort(new CordError("unavailable", `The daemon at ${transport.url} has been silent for a minute.`));
  const onAbort = () => end.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let stop = afterAwake(silentMs, fellSilent);
  try {
    signal.throwIfAborted();
    const reply = await transport.send(call, end.signal);
    if (reply.status !== 200)
      throw await refusalIn(transport.url, reply.status, textOf(reply, mostRefusalBytes));
    for await (const piece of reply.chunks()) {
      stop();
      yield piece;
      stop = afterAwake(silentMs, fellSilent);
    }
  } finally {
    stop();
    signal.removeEventListener("abort", onAbort);
  }
}

const mostRefusalBytes = 65_536;

async function refusalIn(url: string, status: number, text: Promise<string>): Promise<CordError> {
  const said = /"error":\s*"((?:[^"\\]|\\.)*)"/.exec(await text)?.[1];
  // of what is its own trouble a daemon may be rid in a moment
  if (status >= 500)
    return new CordError("busy", said ?? `The daemon at ${url} cannot do that now (${status}).`);
  return new StreamRefused("not_allowed", said ?? `The daemon at ${url} answered ${status}.`);
}
