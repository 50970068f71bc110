import { limits } from "../../core/limits.ts";
import { waitMsIn } from "../../core/waiting.ts";
import { afterAwake } from "../../system/awake-timer.ts";

/**
 * Runs work under a signal that ends after a number of milliseconds awake, or with the given signal; on timeout it
 * throws what `late` makes. Bun's AbortSignal.timeout would keep its timer after the work is done.
 */
export async function within<T>(
  ms: number,
  given: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const stop = afterAwake(ms, () => end.abort(late()));
  const onAbort = () => end.abort(given?.reason);
  given?.addEventListener("abort", onAbort, { once: true });
  try {
    given?.throwIfAborted();
    return await work(end.signal);
  } finally {
    stop();
    given?.removeEventListener("abort", onAbort);
  }
}

/** What comes, or the signal's reason when that is first; what comes then is handed to `late`. */
export async function orAborted<T>(
  coming: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => {},
): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    coming.then(late, () => {});
    aborted.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([coming, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Resolves after a number of milliseconds. Throws the signal's reason if the signal ends first. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const slept = Promise.withResolvers<void>();
  const timer = setTimeout(slept.resolve, ms);
  try {
    await orAborted(slept.promise, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What a call may take that waits for nothing. A call that waits gets its own wait, and graceMs. */
export const callMs = 30_000;
export const graceMs = 5000;

/** How long a call may take, by its own parameters. */
export function timeoutFor(params: unknown): number {
  const waitMs = waitMsIn(params);
  return waitMs === 0 ? callMs : Math.min(waitMs, limits.longWaitMs) + graceMs;
}
