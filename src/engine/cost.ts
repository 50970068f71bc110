import type { Spent } from "./agents/spending.ts";

const nothing: Spent = { usd: 0, estimated: false, inputTokens: 0, outputTokens: 0 };

/** With less an agent would be ended by its first call; one call it may always make. In USD. */
const leastUsd = 0.01;

/** What an attempt has cost over all the starts of its agent, each of which counts from 0. */
export class Cost {
  #before = nothing;
  #all = nothing;

  /** Another start begins. One that was ended has told what it knew. */
  begin(): void {
    this.#before = this.#all;
  }

  /** What the present start has spent so far. Returns what all have. */
  spend({ usd, estimated, inputTokens, outputTokens }: Spent): Spent {
    const before = this.#before;
    this.#all = {
      usd: before.usd + usd,
      estimated: before.estimated || estimated,
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
    };
    return this.#all;
  }

  /** What is left of a budget for the next start. */
  leftOf(budgetUsd: number | null): number | null {
    return budgetUsd === null ? null : Math.max(leastUsd, budgetUsd - this.#all.usd);
  }
}
