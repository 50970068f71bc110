import { CordError } from "../../core/error.ts";

interface AdmissionOptions {
  /** how many descriptors the process may have */
  limit: number;
  /** how many it has now */
  used: () => number;
  /** ends the connections on which nothing is under way */
  closeIdle: () => void;
  complain: (sentence: string) => void;
}

/**
 * How many requests may be held open. Each takes a descriptor, and without one nobody can connect. So a reserve is
 * kept for calls that are answered at once; waits and streams never use it.
 */
export interface Admission {
  /** Counts a request that is held open, until the returned function is called. Throws `busy` where there is no room. */
  hold(): () => void;
  /** how many are held */
  held(): number;
  stop(): void;
}

export function admissionFor({ limit, used, closeIdle, complain }: AdmissionOptions): Admission {
  const reserve = Math.min(Math.max(Math.floor(limit / 4), minReserve), maxReserve);
  const max = Math.max(limit - reserve - used(), minHeld);
  let held = 0;
  let saidAt = Number.NEGATIVE_INFINITY;

  function sayOnceAMinute(): void {
    if (performance.now() - saidAt < 60_000) return;
    saidAt = performance.now();
    complain(
      `${held} waits and streams are open, as many as the limit of ${limit} descriptors leaves room for. Further ones are refused until some end. Raise the limit (ulimit -n) and start the daemon anew.`,
    );
  }

  let lookAt = 0;
  const timer = setInterval(() => {
    if (performance.now() < lookAt) return;
    const left = limit - reserve / 2 - used();
    if (left < 0) closeIdle();
    // to count them takes long where there are many: not before they can have run out
    lookAt = performance.now() + left / maxNewPerMs;
  }, lookEveryMs).unref();
  return {
    hold() {
      if (held >= max) {
        sayOnceAMinute();
        throw new CordError(
          "busy",
          "This daemon has as many waits and streams open as its limit of descriptors leaves room for. Try again in a few seconds, or raise the limit (ulimit -n) and start the daemon anew.",
        );
      }
      held += 1;
      let isOver = false;
      return () => {
        if (!isOver) held -= 1;
        isOver = true;
      };
    },
    held: () => held,
    stop: () => clearInterval(timer),
  };
}

const minReserve = 64;
const maxReserve = 1024;
const minHeld = 8;
const lookEveryMs = 500;
/** faster than this nobody connects */
const maxNewPerMs = 20;
