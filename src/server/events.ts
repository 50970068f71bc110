import { eventText, type Event } from "../core/event.ts";
import { sseText } from "../core/sse.ts";
import type { Following } from "../operations/following.ts";
import type { TabSaying } from "../operations/tabs/control.ts";
import { sseResponse } from "./http/sse.ts";

/**
 * Sends events as server-sent events. Each carries its seq as id, so that a client that reconnects misses nothing and
 * sees nothing twice. `hold` asks for room for one more stream, and returns what is called when it ends on either
 * side.
 */
export function eventStream(events: Following<Event>, request: Request, hold: () => () => void): Response {
  const release = heldOrClosed(events, hold);
  return sseResponse(request, {
    next: inPieces(events),
    onEnd() {
      events.close();
      release();
    },
  });
}

/** Tells a tab's bridge what it is to do. As eventStream, but nothing has an id: what is missed is told anew to whoever comes back. */
export function tabStream(sayings: Following<TabSaying>, request: Request, hold: () => () => void): Response {
  const release = heldOrClosed(sayings, hold);
  return sseResponse(request, {
    next: async () => (await sayings.next())?.map(sayingFrame).join("") ?? null,
    onEnd() {
      sayings.close();
      release();
    },
  });
}

function sayingFrame({ event, data }: TabSaying): string {
  return sseText({ event, data: JSON.stringify(data) });
}

function heldOrClosed(events: Following<unknown>, hold: () => () => void): () => void {
  try {
    return hold();
  } catch (error) {
    events.close();
    throw error;
  }
}

/** Events as text, a few at a time: one may be as large as a body. */
function inPieces(events: Following<Event>): () => Promise<string | null> {
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

/** What of the events is wanted: the watch's filter as query, from `?since=SEQ` or Last-Event-ID on. */
export function wantedBy({ url, headers }: Request): object {
  const query = [...new URL(url).searchParams].filter(([, value]) => value !== "");
  const since = headers.get("last-event-id");
  return { ...Object.fromEntries(query), ...(since === null ? {} : { since }) };
}
