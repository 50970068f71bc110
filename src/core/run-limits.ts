import type { TotalLimit } from "./budget.ts";
import type { RunOptions } from "./run.ts";
import { totalBudget, totalTokens, type RunLimit } from "./words.ts";

/** What a run has spent: US dollars, and tokens of all kinds. */
export interface RunSpent {
  usd: number;
  tokens: number;
}

/** What follows the end of a run's work: syntheses of what there is, or nothing, since there is nothing to make one of. */
export type WorkEnded = "synthesis" | "nothing";

type Limits = Pick<RunOptions, "budget_usd" | "total_budget_usd" | "total_tokens" | "timeout_seconds">;

/** Why a node cannot be worked on, or is not worked on any more. */
export function usedUp(limit: RunLimit, options: Limits): string {
  switch (limit) {
    case totalBudget:
      return `the run's total budget of $${(options.total_budget_usd ?? 0).toFixed(2)} is used up`;
    case totalTokens:
      return `the run's total of ${grouped(options.total_tokens ?? 0)} tokens is used up`;
    case "budget":
      return "the budget of one agent is used up";
    case "time":
      return "the run's time is up";
    default:
      return limit satisfies never;
  }
}

/** What was spent of a total, as in: it has spent $1.20 of its $2.00. */
export function spentOf(limit: TotalLimit, { usd, tokens }: RunSpent, options: Limits): string {
  return limit === totalBudget
    ? `$${usd.toFixed(2)} of its $${(options.total_budget_usd ?? 0).toFixed(2)}`
    : `${grouped(tokens)} of its ${grouped(options.total_tokens ?? 0)} tokens`;
}

/** What was spent of a total, as a sentence for a person and for agents. */
export function spentText(limit: TotalLimit, spent: RunSpent, options: Limits): string {
  return `The run has spent ${spentOf(limit, spent, options)}.`;
}

/** Why an agent was ended that had a share of the tokens. */
export function beyondTokens(used: number): string {
  return `it used up its share of the run's total tokens (${grouped(used)}). ${giveMore}`;
}

/** Why an agent was ended that had none of its own, when the tokens that work may use were used up. */
export function moreTokens(options: Limits): string {
  return `${usedUp(totalTokens, options)}. ${giveMore}`;
}

const giveMore = "Give the run more with --total-tokens.";

/** The flag of `cord run` with which a run that a limit has cut short can go on for a while. */
export function raised(limit: RunLimit, { usd, tokens }: RunSpent, options: Limits): string {
  switch (limit) {
    case totalBudget:
      return `--total-budget ${rounded(raise * Math.max(usd, options.total_budget_usd ?? 0), 0.01)}`;
    case totalTokens:
      return `--total-tokens ${rounded(raise * Math.max(tokens, options.total_tokens ?? 0), 1)}`;
    case "budget":
      return `--budget ${Math.ceil(2 * (options.budget_usd ?? 1))}`;
    case "time":
      return `--timeout ${asFlag(2 * (options.timeout_seconds ?? 1))}`;
    default:
      return limit satisfies never;
  }
}

/** Enough to come to something, and nothing to be afraid of. */
const raise = 1.5;

/** Up, to two digits, and to no part of the smallest unit that there is. */
function rounded(amount: number, smallest: number): number {
  const step = Math.max(smallest, 10 ** (Math.floor(Math.log10(Math.max(smallest, amount))) - 1));
  // what floating point adds is no step more
  return Number((Math.ceil(amount / step - 1e-9) * step).toFixed(2));
}

/** As --timeout takes it. */
function asFlag(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.ceil(seconds)}s`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
