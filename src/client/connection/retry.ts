import { CordError, isDiskTrouble } from "../../core/error.ts";
import { sleep } from "./deadline.ts";

/**
 * The policies for failures that may pass: how often to retry, for how long, and which failures to wait out. No other
 * file decides this.
 */
export interface RetryPolicy {
  /** The pause before another try, in milliseconds. It doubles from min to max. */
  retryMs: { min: number; max: number };
  /** How long all tries and pauses may take together, in milliseconds; then the last error is thrown. */
  timeoutMs: number;
  /** Whether it may pass while one waits. What does not is thrown at once. */
  mayPass: (error: unknown) => boolean;
}

const second = { min: 1000, max: 1000 };
const growing = { min: 250, max: 5000 };

export const retryPolicies = {
  /** An address at which no daemon has ever answered may be wrong, which is said at once. */
  neverReached: { retryMs: second, timeoutMs: Infinity, mayPass: isBusy },
  /** `cord wait`: its own timeout ends it. */
  wait: { retryMs: second, timeoutMs: Infinity, mayPass: isAway },
  /**
   * For commands that watch (`cord top`, `logs -f`, `tree`, `tasks --watch`): the watcher sees what happened
   * meanwhile, or is told that the daemon does not come back.
   */
  watch: { retryMs: second, timeoutMs: 60_000, mayPass: isAwayOrDiskTrouble },
  /** An engine looks for its daemon. Agents that cannot hand anything in spend money. */
  engine: { retryMs: growing, timeoutMs: 600_000, mayPass: isAwayOrDiskTrouble },
  /**
   * For an engine's reports to its daemon. Only a person can clear a full disk, and that may take a lunch break;
   * waiting loses nothing.
   */
  settle: { retryMs: growing, timeoutMs: 3_600_000, mayPass: isAwayOrDiskTrouble },
} satisfies Record<string, RetryPolicy>;

/**
 * How often a request is repeated when its daemon went away before answering. Before each try the daemon is found or
 * started.
 */
export const maxLosses = 20;

/** How long to wait, in milliseconds, before a daemon without room for one more wait or stream is asked again. */
export const busyRetryMs = 3000;

/** A stream that ends sooner than this is asked for again after a pause of the same length, in milliseconds. */
export const streamRetryMs = 100;

interface Retried {
  policy: RetryPolicy;
  /** Ends it, with the reason of the signal or the last failure. */
  signal: AbortSignal;
  /** Is told of each failure that is waited out. */
  onRetry?: (error: unknown) => void;
}

/** Does it until it succeeds. Throws what cannot pass, and what has not passed in the time of the policy. */
export async function retry<T>(
  work: () => Promise<T>,
  { policy, signal, onRetry = () => {} }: Retried,
): Promise<T> {
  const { min, max } = policy.retryMs;
  let spentMs = 0;
  for (let growingMs = min; ; growingMs = Math.min(growingMs * 2, max)) {
    const began = performance.now();
    let pauseMs = growingMs;
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !policy.mayPass(error) || spentMs >= policy.timeoutMs) throw error;
      if (isBusy(error)) pauseMs = Math.max(pauseMs, busyRetryMs);
      onRetry(error);
    }
    // this process may have been stopped meanwhile, which is nobody's fault
    spentMs += Math.min(performance.now() - began, maxTryMs) + pauseMs;
    await sleep(pauseMs, signal);
  }
}

/** No call takes longer, but for those that wait. */
const maxTryMs = 30_000;

/** The daemon has no room for it now. */
export function isBusy(error: unknown): boolean {
  return error instanceof CordError && error.code === "busy";
}

/** The daemon could not be asked, or has no room: it may come back, or another may. */
function isAway(error: unknown): boolean {
  return error instanceof CordError && away.has(error.code);
}

const away: ReadonlySet<string> = new Set(["unavailable", "busy", "timeout"]);

export function isAwayOrDiskTrouble(error: unknown): boolean {
  return isAway(error) || isDiskTrouble(error);
}
