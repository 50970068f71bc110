import { sseText } from "../../core/sse.ts";
import type { Traffic } from "../http/held.ts";
import { sentInPieces, sseResponse } from "../http/sse.ts";

/** Between signs of life. The Python SDK's default client gives up a request after 5 s of silence. */
const signEveryMs = 2500;

/** A whole answer, as it is sent at once. */
export interface Whole {
  text: string;
  status: number;
  headers: Record<string, string>;
}

/** How a binding writes what a call gives. None of them throws. */
export interface Binding<Given> {
  whole(given: Given): Whole;
  refused(error: unknown): Whole;
  /** one event of a stream */
  event(given: Given): string;
  /** what ends a stream that has begun; null: its end says all */
  lastEvent(error: unknown): string;
  /** A failure is told by its status: when it comes after a sign of life, the connection is broken instead. */
  failsByStatus: boolean;
  headers: Record<string, string>;
}

export function responseOf({ text, status, headers }: Whole): Response {
  return new Response(text, { status, headers });
}

/** Answers a call that ends by itself. */
export async function answerOnce<Given>(
  binding: Binding<Given>,
  work: () => Promise<Given>,
): Promise<Response> {
  return responseOf(await wholeOf(binding, work));
}

/**
 * Answers a call that may wait for long. What is refused is refused well before the first sign of life, which is a space:
 * it may stand before any JSON.
 */
export async function answerAlive<Given>(
  request: Request,
  { hold }: Traffic,
  binding: Binding<Given>,
  work: () => Promise<Given>,
): Promise<Response> {
  const release = hold();
  const answer = wholeOf(binding, work);
  const soon = await within(signEveryMs, answer);
  if (soon !== null) {
    release();
    return responseOf(soon);
  }
  let isSent = false;
  return sentInPieces(request, {
    first: " ",
    heartbeat: () => " ",
    heartbeatMs: signEveryMs,
    next: async () => {
      if (isSent) return null;
      isSent = true;
      const { text, status } = await answer;
      if (binding.failsByStatus && status >= 400)
        throw new Error("an A2A call failed after its answer had begun");
      return text;
    },
    onEnd: release,
    headers: binding.headers,
  });
}

/** Answers with a stream. What fails before its first event is a plain answer. */
export async function answerStream<Given>(
  request: Request,
  { hold }: Traffic,
  binding: Binding<Given>,
  events: AsyncGenerator<Given, void, undefined>,
): Promise<Response> {
  const release = hold();
  const end = () => {
    release();
    void events.return().catch(() => {});
  };
  const first = await events.next().catch((error: unknown) => ({ error }));
  if ("error" in first) {
    end();
    return responseOf(binding.refused(first.error));
  }
  let isOver = first.done === true;
  return sseResponse(request, {
    first: first.done === true ? sign : sseText({ data: binding.event(first.value) }),
    heartbeat: () => sign,
    heartbeatMs: signEveryMs,
    next: async () => {
      if (isOver) return null;
      try {
        const { done, value } = await events.next();
        if (done !== true) return sseText({ data: binding.event(value) });
        isOver = true;
        return null;
      } catch (error) {
        isOver = true;
        return binding.lastEvent(error);
      }
    },
    onEnd: end,
  });
}

/** A comment of server-sent events. */
const sign = ":\n\n";

async function wholeOf<Given>(binding: Binding<Given>, work: () => Promise<Given>): Promise<Whole> {
  try {
    return binding.whole(await work());
  } catch (error) {
    return binding.refused(error);
  }
}

/** What comes in time; null if nothing does. */
async function within<Given>(milliseconds: number, coming: Promise<Given>): Promise<Given | null> {
  const waited = Promise.withResolvers<null>();
  const timer = setTimeout(waited.resolve, milliseconds, null);
  try {
    return await Promise.race([coming, waited.promise]);
  } finally {
    clearTimeout(timer);
  }
}
