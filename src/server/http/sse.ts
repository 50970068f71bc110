import { arrivalOf } from "./arrival.ts";
import { sseHeartbeat } from "../../core/sse.ts";
import { asStream } from "./streams.ts";

/** Between heartbeats. They keep proxies from cutting a silent connection, and tell each side of the other's end. */
const defaultHeartbeatMs = 15_000;

/** The server ends a connection after this time without a successful write: nothing else is known of its reader. */
const readWithinSeconds = 60;

/** What is sent, and when. */
interface Sent {
  /**
   * The next text; null at the end. It is asked for only once what was sent before has been taken. What rejects breaks the
   * connection, so that nobody takes a part for the whole.
   */
  next(): Promise<string | null>;
  /** what it begins with at once */
  first: string;
  /** what is sent as a sign of life, in a piece of its own */
  heartbeat: () => string;
  /** It is always the same, and the connection itself sends it: that costs much less. */
  isSameAlways: boolean;
  heartbeatMs: number;
  /** Called once, at the end, whichever side brought it about. */
  onEnd(): void;
  headers: Record<string, string>;
}

/** A response of server-sent events. What fails is at its end. */
export function sseResponse(
  request: Request,
  { next, headers = {}, ...sent }: Partial<Sent> & Pick<Sent, "next" | "onEnd">,
): Response {
  return sentInPieces(request, {
    first: sseHeartbeat,
    heartbeat: () => sseHeartbeat,
    isSameAlways: false,
    heartbeatMs: defaultHeartbeatMs,
    ...sent,
    next: () => next().catch(() => null),
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      ...headers,
    },
  });
}

/** A response that is sent as it comes. Nothing of it is kept beyond what its reader has not taken yet. */
export function sentInPieces(
  request: Request,
  { next, onEnd, first, heartbeat, isSameAlways, heartbeatMs, headers }: Sent,
): Response {
  const arrival = arrivalOf(request);
  if (arrival) arrival.writeTimeoutSeconds = readWithinSeconds;
  const isOfConnection = arrival !== null && isSameAlways;
  if (isOfConnection) arrival.sign = { text: heartbeat(), everyMs: heartbeatMs };
  const texts = withHeartbeats(next, heartbeat, isOfConnection ? null : heartbeatMs);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    texts.stop();
    request.signal.removeEventListener("abort", end);
    onEnd();
  };
  request.signal.addEventListener("abort", end);
  // it may have gone while it was let in
  if (request.signal.aborted) end();
  // what is sent once is not kept as long as the stream lasts
  const beginning = [first];
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(beginning.splice(0).join(""))),
      async pull(controller) {
        const text = await texts.take().catch((error: unknown) => {
          end();
          throw error;
        });
        if (text !== null) return controller.enqueue(encoder.encode(text));
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return asStream(stream, headers);
}

/** The texts one by one, and a sign of life to whoever has waited for one for long. */
function withHeartbeats(
  next: Sent["next"],
  heartbeat: () => string,
  heartbeatMs: number | null,
): { take(): Promise<string | null>; stop(): void } {
  let taker: PromiseWithResolvers<string | null> | null = null;
  let isAsked = false;
  /** what has come while nobody took it, as a sign of life was on its way */
  let kept: Promise<string | null> | null = null;
  const give = (text: string | null | Promise<string | null>) => {
    taker?.resolve(text);
    taker = null;
  };
  const come = (text: Promise<string | null>) => {
    isAsked = false;
    if (taker) give(text);
    else kept = text;
  };
  const timer = heartbeatMs === null ? undefined : setInterval(() => give(heartbeat()), heartbeatMs);
  return {
    take() {
      if (kept) {
        const text = kept;
        kept = null;
        return text;
      }
      const { promise } = (taker = Promise.withResolvers<string | null>());
      if (isAsked) return promise;
      isAsked = true;
      const text = next();
      text.then(
        () => come(text),
        () => come(text),
      );
      return promise;
    },
    stop: () => clearInterval(timer),
  };
}

const encoder = new TextEncoder();
