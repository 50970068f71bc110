import { createParser } from "eventsource-parser";
import { CordError } from "./error.ts";
import { limits } from "./limits.ts";

/** Server-sent events, as they are written and read. Source: HTML standard, "Server-sent events". */

export interface SseEvent {
  data: string;
  /** its type; without it, it is a message */
  event?: string | undefined;
  /** what a client that comes back names as the last it has seen */
  id?: string | undefined;
  /** after how many milliseconds a client whose stream broke comes back */
  retryMs?: number;
}

/** An event as text. Its type and id are of one line. */
export function sseText({ data, event, id, retryMs }: SseEvent): string {
  const fields = [
    id === undefined ? "" : `id: ${id}\n`,
    event === undefined ? "" : `event: ${event}\n`,
    retryMs === undefined ? "" : `retry: ${retryMs}\n`,
  ];
  return `${fields.join("")}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
}

/** A comment: it keeps a stream alive on which nothing happens, and no reader is told of it. */
export const sseHeartbeat = ": cord\n\n";

/** Reads the events of one stream, in whatever pieces it comes. */
export class SseReader {
  readonly #decoder = new TextDecoder();
  readonly #come: SseEvent[] = [];
  #isTooLong = false;
  readonly #parser = createParser({
    maxBufferSize: limits.eventCharacters,
    onEvent: (event) => this.#come.push(event),
    onError: ({ type }) => (this.#isTooLong ||= type === "max-buffer-size-exceeded"),
  });

  /** The events that are whole with this piece. Throws `too_large` for an event without an end: the stream is of no use then. */
  push(piece: Uint8Array): SseEvent[] {
    this.#parser.feed(this.#decoder.decode(piece, { stream: true }));
    if (this.#isTooLong) throw new CordError("too_large", "An event of this stream is too long to be read.");
    return this.#come.splice(0);
  }
}
