import { Filter } from "../core/filter.ts";
import { eventText, type Event } from "../core/event.ts";
import { sseText } from "../core/sse.ts";
import { readInput } from "../core/parameter.ts";
import type { World } from "../operations/operation.ts";
import { streamEvents, type EventStream } from "../operations/stream.ts";
import { sseResponse } from "./http/sse.ts";

/**
 * Server-sent events from a cursor on: `?since=SEQ` or Last-Event-ID, and the watch's filter as query. Each carries its
 * seq as id, so that a client that comes back misses nothing and sees nothing twice. `hold` is asked whether one
 * more may be open, and what it gives is called at its end, by either side.
 */
export function eventStream(world: World, request: Request, hold: () => () => void): Response {
  const filter = filterOf(request);
  const release = hold();
  const events = streamEvents(world, filter);
  return sseResponse(request, {
    next: inPieces(events),
    onEnd() {
      events.close();
      release();
    },
  });
}

/** Events as text, a few at a time: one may be as large as a body. */
function inPieces(events: EventStream): () => Promise<string | null> {
  let left: readonly Event[] = [];
  return async () => {
    const come = left.length > 0 ? left : await events.next();
    if (come === null) return null;
    let [text, taken] = ["", 0];
    for (const event of come) {
      if (text.length >= pieceLength) break;
      text += frame(event);
      taken += 1;
    }
    left = come.slice(taken);
    return text;
  };
}

const pieceLength = 65_536;

function frame(event: Event): string {
  return sseText({ id: String(event.seq), event: event.type, data: eventText(event) });
}

function filterOf(request: Request): Filter {
  const query = [...new URL(request.url).searchParams].filter(([, value]) => value !== "");
  const since = request.headers.get("last-event-id");
  return readInput(Filter, { ...Object.fromEntries(query), ...(since === null ? {} : { since }) });
}
