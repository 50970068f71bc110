import { z } from "zod";
import { limits } from "../core/limits.ts";
import { quoted } from "../core/text.ts";

/** What a question about a task of the board and one of a run's agent have in common. */

/** What is asked, and for how long the call is held open for the answer. */
export function asking() {
  return {
    question: z.string().min(1).max(limits.questionLength),
    options: z.array(z.string().min(1).max(limits.optionLength)).max(limits.options).optional(),
    wait_seconds: z
      .number()
      .min(0)
      .max(limits.longWaitMs / 1000)
      .optional(),
  };
}

/** What a call that is held open waits for. */
export function answerFrom(whose: string, question: string): string {
  return `${whose} answer to ${quoted(question, shownQuestion)}`;
}

const shownQuestion = 120;

export const alreadyAnswered =
  "You have asked this before; this is its answer. To ask anew, say what is different now.";

interface Wait<Found> {
  ms: number;
  look(): Promise<Found>;
  /** whether what was found is waited for no more */
  isOver(found: Found): boolean;
  /** Calls back when it may be over, until the returned function is called. */
  watch(over: () => void): () => void;
}

/**
 * What a look finds now, if that is waited for; else what it finds when the wait is over, its time is, or its caller has gone. It
 * looks at once then: a daemon that ends closes its store next.
 */
export async function heldOpen<Found>(
  signal: AbortSignal,
  { ms, look, isOver, watch }: Wait<Found>,
): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const stopWatching = watch(end);
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end, { once: true });
  try {
    const found = await look();
    // its caller may have gone while it asked: nothing tells of that any more
    if (isOver(found) || signal.aborted) return found;
    await promise;
    return await look();
  } finally {
    stopWatching();
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
