import { arrivalOf } from "./arrival.ts";
import { sseHeartbeat } from "../../core/sse.ts";
import { asStream } from "./streams.ts";

/** Between heartbeats. They keep proxies from cutting a silent connection, and tell each side of the other's end. */
const defaultHeartbeatMs = 15_000;

/** The server ends a connection after this time without a successful write: nothing else is known of its reader. */
const readWithinSeconds = 60;

/** What is sent, and when. */
interface Sent {
  /** The next text; null at the end. It is asked for only once what was sent before has been taken. */
  next(): Promise<string | null>;
  /** what it begins with at once, if it is more than a sign of life */
  first?: string;
  /** what is sent as a sign of life, if it is more than one */
  heartbeat?: () => string;
  heartbeatMs?: number;
  /** Called once, at the end, whichever side brought it about. */
  onEnd(): void;
  headers?: Record<string, string>;
}

/** A response of server-sent events. Nothing of it is kept beyond what its reader has not taken yet. */
export function sseResponse(
  request: Request,
  {
    next,
    onEnd,
    first = sseHeartbeat,
    heartbeat = () => sseHeartbeat,
    heartbeatMs = defaultHeartbeatMs,
    headers = {},
  }: Sent,
): Response {
  const arrival = arrivalOf(request);
  if (arrival) arrival.writeTimeoutSeconds = readWithinSeconds;
  const texts = withHeartbeats(next, heartbeat, heartbeatMs);
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
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(first)),
      async pull(controller) {
        const text = await texts.take();
        if (text !== null) return controller.enqueue(encoder.encode(text));
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return asStream(stream, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    ...headers,
  });
}

/** The texts one by one, and a sign of life to whoever has waited for one for long. What fails is at its end. */
function withHeartbeats(
  next: Sent["next"],
  heartbeat: () => string,
  heartbeatMs: number,
): { take(): Promise<string | null>; stop(): void } {
  let give: ((text: string | null) => void) | null = null;
  let isAsked = false;
  let kept: { text: string | null } | null = null;
  const timer = setInterval(() => give?.(heartbeat()), heartbeatMs);
  const come = (text: string | null) => {
    isAsked = false;
    if (give) give(text);
    else kept = { text };
  };
  return {
    take() {
      if (kept) {
        const { text } = kept;
        kept = null;
        return Promise.resolve(text);
      }
      return new Promise((resolve) => {
        give = (text) => {
          give = null;
          resolve(text);
        };
        if (isAsked) return;
        isAsked = true;
        next().then(come, () => come(null));
      });
    },
    stop: () => clearInterval(timer),
  };
}

const encoder = new TextEncoder();
