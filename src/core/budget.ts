import { isPaid } from "./agents.ts";
import type { RunOptions } from "./run.ts";
import type { Phase } from "./words.ts";

/** The part of the total budget that work leaves for syntheses: without them all that was spent is lost. */
const synthesisReserve = 0.1;
/** The part that nothing but the root's synthesis may use: without that there is no result, however many others there were. */
const lastReserve = 0.05;
/**
 * A launch with less than this part of its usual budget is not worth its start. A synthesis is, with almost nothing, since agents
 * overspend by a call.
 */
const minPart = { work: 0.1, synthesis: 0.01, last: 0.01 };

/** What a launch is for; last: the root's synthesis. */
export type Part = Phase | "last";

/** What a run has spent, and what its running agents may still spend. In USD. */
export interface Spending {
  spentUsd: number;
  reservedUsd: number;
  /** of both: the part of syntheses */
  synthesisUsd: number;
  /** of that: the root's */
  lastUsd: number;
  running: number;
}

/** shared: it is less than one agent's usual budget, since the run has no more for each. */
export type Grant =
  | { grant: "launch"; budgetUsd: number | null; shared: boolean }
  | { grant: "wait" | "never"; totalUsd: number };

/**
 * What the next launch may spend, where so many nodes of its phase are ready to be launched: they share what is left. An agent is
 * stopped by the first call that brings it over its budget, so the total holds to within one call of each. Work leaves the reserve
 * alone; a synthesis has what is left of it also when work has overspent, and the root's also when the others have. `wait`: not now, but running agents may leave something
 * over. `never`: the total budget is used up for this phase.
 */
export function grantFor(options: RunOptions, part: Part, spending: Spending, ready = 1): Grant {
  const { budget_usd: budget, total_budget_usd: total } = options;
  if (total === null || !isPaid(options.agent)) return { grant: "launch", budgetUsd: budget, shared: false };
  const defaultUsd = budget ?? total;
  const minUsd = Math.min(defaultUsd, total) * minPart[part];
  const available = availableTo(part, total, spending);
  if (available < minUsd) return { grant: spending.running > 0 ? "wait" : "never", totalUsd: total };
  const launched = Math.max(1, Math.min(ready, Math.floor(available / minUsd)));
  const share = available / launched;
  return { grant: "launch", budgetUsd: Math.min(defaultUsd, share), shared: share < defaultUsd };
}

function availableTo(part: Part, total: number, spending: Spending): number {
  const { spentUsd, reservedUsd, synthesisUsd, lastUsd } = spending;
  const left = total - spentUsd - reservedUsd;
  const last = Math.max(0, total * lastReserve - lastUsd);
  const unused = total * synthesisReserve - synthesisUsd;
  const all = Math.max(last, unused);
  if (part === "work") return left - all;
  if (part === "last") return Math.max(left, all);
  const others = total * (synthesisReserve - lastReserve) - (synthesisUsd - lastUsd);
  return Math.max(left - last, Math.min(unused, others));
}
