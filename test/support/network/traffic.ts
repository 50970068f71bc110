import type { Traffic } from "../../../src/server/http/held.ts";

/** Counts the requests that are held open. */
export function countedTraffic(): Traffic & { held(): number } {
  let held = 0;
  return {
    begin: () => () => {},
    hold() {
      held += 1;
      return () => void (held -= 1);
    },
    held: () => held,
  };
}
