import { isPaid } from "./agents.ts";
import type { RunOptions } from "./run.ts";
import type { Phase } from "./words.ts";

/** The part of the total budget that work leaves for syntheses: without them all that was spent is lost. */
const synthesisReserve = 0.1;
/**
 * The part of the total budget that only the root's synthesis may use: without it there is no result, whatever the
 * others achieved.
 */
const lastReserve = 0.05;
/**
 * A launch with less than this part of its default budget is not worth its start. A synthesis needs almost nothing,
 * because agents overspend by a call.
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

/** shared: it is less than the default budget of one agent, because the run has no more for each. */
export type Grant =
  | { grant: "launch"; budgetUsd: number | null; shared: boolean }
  | { grant: "wait" | "never"; totalUsd: number };

/**
 * What the next launch may spend. The ready nodes of its phase share what is left. An agent is stopped by the first
 * call that exceeds its budget, so the total is exceeded by at most one call of each agent. Work never uses the
 * reserve. A synthesis may use what is left of the reserve even if work has overspent, and the root's synthesis even
 * if the other syntheses have. `wait`: not now, but running agents may leave something over. `never`: nothing is left
 * for this phase.
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
