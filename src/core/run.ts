import { z } from "zod";
import { finalStates, type State } from "./words.ts";

/** The limits a run was started with. They are kept with it, so that they survive a restart. Money in USD. */
export const RunOptions = z.object({
  budget_usd: z.number().positive().nullable(),
  total_budget_usd: z.number().positive().nullable(),
  jobs: z.number().int().min(1).max(256),
  max_depth: z.number().int().min(1).max(64),
  max_nodes: z.number().int().min(1).max(100_000),
  timeout_seconds: z.number().positive().nullable(),
  model: z.string().max(128).nullable(),
  agent: z.string().max(64),
  permission_mode: z.string().max(64),
  isolate: z.boolean(),
  /** an agent that gives no sign of life for so long is ended and tried again */
  stall_seconds: z.number().positive().default(600),
  /** what one node may create */
  max_children: z.number().int().min(1).max(1000).default(20),
  /** agents may work by the settings of a project that the person has not trusted yet */
  trust: z.boolean().default(false),
  /** of the settings that they may work by; of others the person is asked again */
  trust_digest: z.string().max(64).optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** Where a run stands, in a word for people. */
export const RunStanding = z.enum([
  "running",
  /** for a person, who has been asked something */
  "waiting",
  /** open, and no engine works on it */
  "interrupted",
  /** its engine waits for something outside */
  "parked",
  "complete",
  /** complete, but nodes were lost */
  "partial",
  /** stopped by a budget or limit */
  "limited",
  "failed",
  "cancelled",
]);
export type RunStanding = z.infer<typeof RunStanding>;

/** What a run's standing follows from. `lost`: nodes that failed, or could not come about. */
export interface RunState {
  root: State;
  limitHit: string | null;
  engines: { present: boolean; trouble: string | null };
  asks: number;
  lost: number;
}

export function runStandingOf({ root, limitHit, engines, asks, lost }: RunState): RunStanding {
  if (!finalStates.includes(root)) {
    if (!engines.present) return "interrupted";
    if (engines.trouble !== null) return "parked";
    return asks > 0 ? "waiting" : "running";
  }
  if (isCutShort(root, limitHit)) return "limited";
  if (root !== "completed") return root === "failed" ? "failed" : "cancelled";
  return lost > 0 ? "partial" : "complete";
}

/** The total budget stops launches, so what there is is not all. One agent's budget counts when the run has no result. */
export function isCutShort(root: State, limitHit: string | null): boolean {
  return limitHit === totalBudget || (limitHit !== null && root !== "completed");
}

/** The total budget, in whole US dollars, with which a run that has spent so much can go on for a while. */
export function nextTotalUsd(spentUsd: number): number {
  return Math.ceil(spentUsd + 5);
}

/** The limit that a run has hit when its total budget is used up. */
export const totalBudget = "total budget";
