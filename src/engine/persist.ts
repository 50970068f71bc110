import { orAborted } from "../client/connection/deadline.ts";
import { CordError, isDiskTrouble } from "../core/error.ts";

/** Whether a call that failed so may be taken later: the daemon is away or busy, or its disk is in trouble. */
export function mayPass(error: unknown): boolean {
  return isDiskTrouble(error) || (error instanceof CordError && passing.has(error.code));
}

const passing: ReadonlySet<string> = new Set(["unavailable", "busy", "timeout"]);

interface Persistence {
  /** ends it, with the last trouble */
  signal: AbortSignal;
  /** is told of each trouble that it waits out */
  onTrouble(error: unknown): void;
  pausesMs?: Pauses;
}

/** The first pause, the longest, which each doubles up to, and all of them together. */
export interface Pauses {
  first: number;
  longest: number;
  inAll: number;
}

/** Disk trouble is mended by a person, who may be at lunch; nothing is lost by waiting for that. */
const usualPauses: Pauses = { first: 250, longest: 5000, inAll: 3_600_000 };

/** Does it again and again for as long as what it throws may pass. Throws what does not, and what has not passed in all that time. */
export async function persist<T>(
  work: () => Promise<T>,
  { signal, onTrouble, pausesMs = usualPauses }: Persistence,
): Promise<T> {
  let waited = 0;
  for (let pause = pausesMs.first; ; pause = Math.min(pause * 2, pausesMs.longest)) {
    const began = performance.now();
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !mayPass(error) || waited >= pausesMs.inAll) throw error;
      onTrouble(error);
    }
    // this process may have been stopped meanwhile, which is nobody's fault
    waited += Math.min(performance.now() - began, longestTryMs) + pause;
    await orAborted(Bun.sleep(pause), signal);
  }
}

/** No call takes longer. */
const longestTryMs = 30_000;
