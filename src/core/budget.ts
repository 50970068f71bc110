import { isPaid } from "./agents.ts";
import type { RunOptions } from "./run.ts";
import { totalBudget, totalTokens, type Phase } from "./words.ts";

/** The part of a total that work leaves for syntheses: without them all that was spent is lost. */
const synthesisReserve = 0.1;
/**
 * The part of a total that only the root's synthesis may use: without it there is no result, whatever the others
 * achieved.
 */
const lastReserve = 0.05;
/**
 * A launch with less than this part of one agent's default is not worth its start. A synthesis needs almost nothing,
 * because agents overspend by a call.
 */
const minPart = {
  usd: { work: 0.1, synthesis: 0.01, last: 0.01 },
  tokens: { work: 0.02, synthesis: 0.01, last: 0.01 },
};

/**
 * The part of the tokens that are left which one synthesis may use, but for the root's: the others work on meanwhile. It
 * never is less than its part of the reserve.
 */
const synthesisShare = 0.25;

/** What a launch is for; last: the root's synthesis. */
export type Part = Phase | "last";

/** What a run has used of one measure, and what its running agents may still use. */
interface Used {
  spent: number;
  reserved: number;
  /** of both: the part of syntheses */
  synthesis: number;
  /** of that: the root's */
  last: number;
}

/** usd: US dollars. tokens: input and output, what was read from the cache included. */
export interface Spending {
  usd: Used;
  tokens: Used;
  running: number;
}

/** The limits of a whole run that stop launches. */
export type TotalLimit = typeof totalBudget | typeof totalTokens;

/** shared: it is less than the default budget of one agent, because the run has no more for each. */
export type Grant =
  | { grant: "launch"; budgetUsd: number | null; budgetTokens: number | null; shared: boolean }
  | { grant: "wait" | "never"; limit: TotalLimit };

/**
 * What the next launch may spend. The ready nodes of its phase share what is left. An agent is stopped by the first
 * call that exceeds its budget, so the total is exceeded by at most one call of each agent. Work never uses the
 * reserve. A synthesis may use what is left of the reserve even if work has overspent, and the root's synthesis even
 * if the other syntheses have. `wait`: not now, but running agents may leave something over. `never`: nothing is left
 * for this phase. Of the tokens agents at work have no share of their own: they all use what there is, until work has
 * to stop. What a synthesis may still use of them holds back no work: it seldom does, and work that has stopped is lost.
 */
export function grantFor(options: RunOptions, part: Part, spending: Spending, ready = 1): Grant {
  const { budget_usd: one, total_budget_usd: total, total_tokens } = options;
  if (!isPaid(options.agent)) return { grant: "launch", budgetUsd: one, budgetTokens: null, shared: false };
  const refused = (limit: TotalLimit): Grant => ({ grant: spending.running > 0 ? "wait" : "never", limit });
  const used = part === "work" ? unreserved(spending.tokens) : spending.tokens;
  const one_tokens = part === "synthesis" ? synthesisTokens(total_tokens, used) : null;
  const tokens = shareOf({ total: total_tokens, one: one_tokens, min: minPart.tokens }, part, used, ready);
  if (tokens === null) return refused(totalTokens);
  const usd = shareOf({ total, one, min: minPart.usd }, part, spending.usd, ready);
  if (usd === null) return refused(totalBudget);
  const budgetTokens = part === "work" || tokens.amount === null ? null : Math.floor(tokens.amount);
  return { grant: "launch", budgetUsd: usd.amount, budgetTokens, shared: usd.shared };
}

/** Whether what is left of the tokens is the syntheses' alone, so that work has to stop. */
export function isWorkOver(options: RunOptions, { tokens }: Spending): boolean {
  const { total_tokens: total, agent } = options;
  return total !== null && isPaid(agent) && availableTo("work", total, unreserved(tokens)) <= 0;
}

function synthesisTokens(total: number | null, used: Used): number | null {
  if (total === null) return null;
  const reserved = total * (synthesisReserve - lastReserve);
  return Math.max(reserved, availableTo("synthesis", total, used) * synthesisShare);
}

/** Without what is held back of the tokens: only syntheses hold back any. */
function unreserved({ spent, reserved, synthesis, last }: Used): Used {
  return { spent, reserved: 0, synthesis: Math.max(0, synthesis - reserved), last };
}

/** total: of the run, one: of an agent by default; null: no limit */
interface Limits {
  total: number | null;
  one: number | null;
  min: Readonly<Record<Part, number>>;
}

/** Null: what is left is not worth a launch. */
function shareOf(
  { total, one, min }: Limits,
  part: Part,
  used: Used,
  ready: number,
): { amount: number | null; shared: boolean } | null {
  if (total === null) return { amount: one, shared: false };
  const byDefault = one ?? total;
  const minimum = Math.min(byDefault, total) * min[part];
  const available = availableTo(part, total, used);
  if (available < minimum) return null;
  const launched = Math.max(1, Math.min(ready, Math.floor(available / minimum)));
  const share = available / launched;
  return { amount: Math.min(byDefault, share), shared: share < byDefault };
}

function availableTo(part: Part, total: number, used: Used): number {
  const left = total - used.spent - used.reserved;
  const last = Math.max(0, total * lastReserve - used.last);
  const unused = total * synthesisReserve - used.synthesis;
  const all = Math.max(last, unused);
  if (part === "work") return left - all;
  if (part === "last") return Math.max(left, all);
  const others = total * (synthesisReserve - lastReserve) - (used.synthesis - used.last);
  return Math.max(left - last, Math.min(unused, others));
}
