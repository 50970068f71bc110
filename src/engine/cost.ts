import { minus, nothingSpent, plus, type Spent } from "./agents/spending.ts";
import type { Claimed } from "./run-context.ts";

/** With less an agent would be ended by its first call; one call it may always make. In USD. */
const minUsd = 0.01;

/** The part of a session's tokens that a start has to tell beyond its own messages to have told the session's. */
const minCarried = 0.25;

/**
 * What an attempt has cost over all starts of its agent. Each start counts from 0. A start that resumes a session may
 * report the session's earlier cost as its own: Claude Code 2.1.332 does so if it was the last session in its folder,
 * 2.1.197 does not.
 */
export class Cost {
  #before = nothingSpent;
  #all = nothingSpent;
  /** of the session that the present start goes on with, before it */
  #session = nothingSpent;
  /** what the present start has told of that as its own; null: it has told nothing yet */
  #carried: Spent | null = null;

  /** session: what the one that the attempt goes on with has cost */
  constructor(session: Claimed["session_spent"] = null) {
    if (session === null) return;
    const { usd, input_tokens, cached_tokens, output_tokens } = session;
    this.#session = {
      usd,
      estimated: false,
      inputTokens: input_tokens,
      cachedTokens: cached_tokens,
      outputTokens: output_tokens,
    };
  }

  /** Another start begins. One that was ended has told what it knew. */
  begin(resumes: boolean): void {
    this.#session = resumes ? plus(this.#session, minus(this.#all, this.#before)) : nothingSpent;
    this.#before = this.#all;
    this.#carried = null;
  }

  /** What the present start has spent so far, as its messages say or its program. Returns what all have. */
  spend(spent: Spent): Spent {
    this.#all = plus(this.#before, minus(spent, this.#carried ?? nothingSpent));
    return this.#all;
  }

  /** The same, as its program says at the end of a turn. */
  tell(told: Spent): Spent {
    this.#carried ??= this.#carriedIn(told);
    return this.spend(told);
  }

  /** What is left of a budget for the next start. */
  leftOf(budgetUsd: number | null): number | null {
    return budgetUsd === null ? null : Math.max(minUsd, budgetUsd - this.#all.usd);
  }

  /**
   * Its messages are known. What it tells beyond them is small, such as a title, or what its session had cost. Of that
   * it does not know what was spent by starts that were killed, and tells a part.
   */
  #carriedIn(told: Spent): Spent {
    const beyond = minus(told, minus(this.#all, this.#before));
    const { usd, inputTokens, cachedTokens, outputTokens } = this.#session;
    if (inputTokens === 0 || beyond.inputTokens < inputTokens * minCarried) return nothingSpent;
    const part = Math.min(1, beyond.inputTokens / inputTokens);
    return {
      usd: Math.min(usd * part, told.usd),
      estimated: false,
      inputTokens: Math.min(inputTokens, beyond.inputTokens),
      cachedTokens: Math.min(cachedTokens, Math.max(0, beyond.cachedTokens)),
      outputTokens: Math.min(outputTokens, Math.max(0, beyond.outputTokens)),
    };
  }
}
