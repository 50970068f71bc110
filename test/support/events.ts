import { eventIn, type DataOf, type Event, type EventType } from "../../src/core/event.ts";

/** What a test says of an event; of the rest it says nothing. */
export type Given<Type extends EventType> = Partial<Omit<Event, "type" | "data">> & {
  data?: Partial<DataOf<Type>>;
};

export function eventOf<Type extends EventType>(type: Type, given: Given<Type>): Event {
  const event = eventIn({ seq: 1, at: "2026-03-01T12:00:00.000Z", node: null, data: {}, ...given, type });
  if (event === null) throw new Error(`this is no event: ${type} ${JSON.stringify(given)}`);
  return event;
}
