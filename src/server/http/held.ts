import { idleSeconds, type Arrival } from "./arrival.ts";

/** Who counts what is under way. What it gives is called at the end. */
export interface Traffic {
  begin(): () => void;
  /** for a request that is held open: a wait, or a stream. Throws a 503 when there are too many */
  hold(): () => void;
}

/**
 * Runs what holds a request open, if there is room for one more. The connection has no idle timeout until the answer;
 * after it, one that is not read or not reused is closed.
 */
export async function held<Given>(
  traffic: Traffic,
  arrival: Arrival | null,
  work: () => Promise<Given>,
): Promise<Given> {
  const release = traffic.hold();
  if (arrival) arrival.writeTimeoutSeconds = 0;
  try {
    return await work();
  } finally {
    if (arrival) arrival.writeTimeoutSeconds = idleSeconds;
    release();
  }
}
