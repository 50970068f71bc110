import { sseText } from "../../core/sse.ts";
import type { Traffic } from "../http/held.ts";
import { sentInPieces, sseResponse } from "../http/sse.ts";
import { within } from "../within.ts";

/** Between signs of life. The Python SDK's default client gives up a request after 5 s of silence. */
export const signEveryMs = 2800;

/** How a binding answers a call. */
export interface Binding {
  contentType: string;
  /** of every answer, also of a stream */
  headers: Record<string, string>;
  refused(error: unknown): Whole;
  /** what ends a stream that has begun, as an event */
  lastEvent(error: unknown): string;
  /** A failure is told by its status: when it comes after a sign of life, the connection is broken instead. */
  failsByStatus: boolean;
}

interface Whole {
  text: string;
  status: number;
  headers: Record<string, string>;
}

/** A refusal as the whole answer. */
export function refusedBy(binding: Binding, error: unknown): Response {
  return responseOf(binding, binding.refused(error));
}

function responseOf({ contentType, headers }: Binding, { text, status, headers: own }: Whole): Response {
  return new Response(text, { status, headers: { ...headers, ...own, "content-type": contentType } });
}

/** Answers a call that ends by itself. */
export async function answerOnce(binding: Binding, work: () => Promise<unknown>): Promise<Response> {
  return responseOf(binding, await wholeOf(binding, work));
}

/**
 * Answers a call that may wait for long. What is refused is refused well before the first sign of life, which is a space:
 * it may stand before any JSON.
 */
export async function answerAlive(
  request: Request,
  { hold }: Traffic,
  binding: Binding,
  work: () => Promise<unknown>,
  everyMs = signEveryMs,
): Promise<Response> {
  const release = hold();
  const answer = wholeOf(binding, work);
  const soon = await within(everyMs, answer);
  if (soon !== null) {
    release();
    return responseOf(binding, soon);
  }
  let isSent = false;
  return sentInPieces(request, {
    first: " ",
    heartbeat: () => " ",
    isSameAlways: true,
    heartbeatMs: everyMs,
    next: async () => {
      if (isSent) return null;
      isSent = true;
      const { text, status } = await answer;
      if (binding.failsByStatus && status >= 400)
        throw new Error("an A2A call failed after its answer had begun");
      return text;
    },
    onEnd: release,
    headers: { ...binding.headers, "content-type": binding.contentType },
  });
}

/** Answers with a stream. What fails before its first event is a plain answer. */
export async function answerStream(
  request: Request,
  { hold }: Traffic,
  binding: Binding,
  events: AsyncGenerator<unknown, void, undefined>,
  everyMs = signEveryMs,
): Promise<Response> {
  const release = hold();
  const end = () => {
    release();
    void events.return().catch(() => {});
  };
  const first = await events.next().catch((error: unknown) => ({ error }));
  if ("error" in first) {
    end();
    return refusedBy(binding, first.error);
  }
  let isOver = first.done === true;
  return sseResponse(request, {
    first: first.done === true ? sign : sseText({ data: JSON.stringify(first.value) }),
    heartbeat: () => sign,
    isSameAlways: true,
    heartbeatMs: everyMs,
    next: async () => {
      if (isOver) return null;
      try {
        const { done, value } = await events.next();
        if (done !== true) return sseText({ data: JSON.stringify(value) });
        isOver = true;
        return null;
      } catch (error) {
        isOver = true;
        return binding.lastEvent(error);
      }
    },
    onEnd: end,
    headers: binding.headers,
  });
}

/** A comment of server-sent events. */
const sign = ":\n\n";

/** What a call gives is JSON. */
async function wholeOf(binding: Binding, work: () => Promise<unknown>): Promise<Whole> {
  try {
    return { text: JSON.stringify(await work()), status: 200, headers: {} };
  } catch (error) {
    return binding.refused(error);
  }
}
