import { Filter } from "../core/filter.ts";
import type { Event } from "../core/event.ts";
import { CordError } from "../core/error.ts";
import type { World } from "../operations/operation.ts";
import { watch } from "../operations/watch.ts";

/** A comment this often keeps proxies from cutting an idle connection. */
const keepAliveMs = 15_000;

/**
 * Server-sent events from a cursor on: `?since=SEQ` or Last-Event-ID, and the watch's filter as query.
 * `hold` is asked whether one more may be open, and what it gives is called at its end, by either side. Each carries its seq as id, so that a client that comes back misses nothing and sees nothing twice.
 */
export function eventStream(world: World, request: Request, hold: () => () => void): Response {
  const filter = filterOf(request);
  const onEnd = hold();
  const gone = new AbortController();
  gone.signal.addEventListener("abort", onEnd, { once: true });
  request.signal.addEventListener("abort", () => gone.abort(), { once: true });
  const events = watch(world, filter, gone.signal);
  const timer: { beat?: NodeJS.Timeout } = {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(": cord\n\n"));
        timer.beat = setInterval(() => controller.enqueue(encoder.encode(": still here\n\n")), keepAliveMs);
      },
      async pull(controller) {
        const next = await events.next();
        if (next.done) {
          clearInterval(timer.beat);
          onEnd();
          controller.close();
        } else controller.enqueue(encoder.encode(frame(next.value)));
      },
      cancel() {
        clearInterval(timer.beat);
        gone.abort();
      },
    },
    { highWaterMark: 16 },
  );
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}

const encoder = new TextEncoder();

function frame(event: Event): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function filterOf(request: Request): Filter {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const since = request.headers.get("last-event-id") ?? query["since"];
  const parsed = Filter.safeParse({
    ...query,
    ...(since === undefined ? {} : { since: Number(since) }),
    ...(query["ignore_ids"] === undefined ? {} : { ignore_ids: query["ignore_ids"].split(",") }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CordError(
      "invalid",
      `/events: ${issue?.path.join(".") ?? "the query"}: ${issue?.message ?? "does not fit"}.`,
    );
  }
  return parsed.data;
}
