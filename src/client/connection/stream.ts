import { CordError } from "../../core/error.ts";
import { tryParseJson } from "../../core/json.ts";
import { SseReader, type SseEvent } from "../../core/sse.ts";
import { afterAwake } from "../../system/awake-timer.ts";
import type { Connection } from "./connection.ts";
import { orAborted, sleep } from "./deadline.ts";
import { busyRetryMs, isBusy, streamRetryMs } from "./retry.ts";
import { refusalIn } from "./refusal.ts";
import { textOf, type Call } from "./transport.ts";

/** The daemon did not open the stream, and would not if it were asked again. */
export class StreamRefused extends CordError {
  readonly status: number;
  /** what it answered in place of a stream */
  readonly answer: string;

  constructor({ code, message }: Pick<CordError, "code" | "message">, status: number, answer: string) {
    super(code, message);
    this.status = status;
    this.answer = answer;
  }
}

interface Streamed {
  /** what the stream is asked for with, anew after each break */
  call: () => Call;
  signal: AbortSignal;
  /** Called after each break: resolves once the stream can be asked for again. What it throws ends it. */
  onBreak: (loss: unknown) => Promise<void>;
  /** Whether it is asked for again after a break. */
  isWanted?: () => boolean;
}

/**
 * The events of a stream, for as long as the signal lets it, over connections that break or fall silent and daemons that have no
 * room for it now. Throws StreamRefused, and what `onBreak` throws.
 */
export async function* streamOver(
  connection: Connection,
  { call, signal, onBreak, isWanted = () => true }: Streamed,
): AsyncGenerator<SseEvent> {
  while (!signal.aborted) {
    const began = performance.now();
    let loss: unknown = null;
    try {
      yield* eventsOf(connection, call(), signal);
    } catch (error) {
      if (error instanceof StreamRefused && !signal.aborted) throw error;
      loss = error;
    }
    if (signal.aborted || !isWanted()) return;
    try {
      if (isBusy(loss)) await sleep(busyRetryMs, signal);
      else if (performance.now() - began < streamRetryMs) await sleep(streamRetryMs, signal);
      await orAborted(onBreak(loss), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** A daemon gives a sign of life every 15 s on a stream where nothing happens. */
const silentMs = 60_000;

/** The events of one connection. Throws when it breaks, or after a minute without any sign of life. */
async function* eventsOf(connection: Connection, call: Call, signal: AbortSignal): AsyncGenerator<SseEvent> {
  const { url } = connection;
  const end = new AbortController();
  const fellSilent = () =>
    end.abort(new CordError("unavailable", `The daemon at ${url} has been silent for a minute.`));
  const onAbort = () => end.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let stop = afterAwake(silentMs, fellSilent);
  try {
    signal.throwIfAborted();
    const reply = await connection.send(call, end.signal);
    const isOpened = reply.status === 200 && reply.headers.get("content-type")?.startsWith(eventStream);
    if (isOpened !== true) throw notOpened(url, reply.status, await textOf(reply, maxRefusalBytes));
    const reader = new SseReader();
    for await (const piece of reply.chunks()) {
      stop();
      yield* reader.push(piece);
      stop = afterAwake(silentMs, fellSilent);
    }
  } finally {
    stop();
    signal.removeEventListener("abort", onAbort);
  }
}

const eventStream = "text/event-stream";
const maxRefusalBytes = 65_536;

function notOpened(url: string, status: number, text: string): CordError {
  const said = refusalIn(tryParseJson(text), status);
  // of what is its own trouble a daemon may be rid in a moment
  if (status >= 500)
    return new CordError("busy", said?.message ?? `The daemon at ${url} cannot do that now (${status}).`);
  const { code = "not_allowed", message = `The daemon at ${url} answered ${status}.` } = said ?? {};
  return new StreamRefused({ code, message }, status, text);
}
