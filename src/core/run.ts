import { z } from "zod";
import { Parking, UsageWindow } from "./account.ts";
import { fewFields } from "./few-fields.ts";
import { limits, nodeBounds, runBounds } from "./limits.ts";
import { Node } from "./node.ts";
import { State, TreeStatus } from "./task.ts";
import { limitPolicies, planScopes, runLimits, runStandings } from "./words.ts";

function wholeNumber({ min, max }: { min: number; max: number }) {
  return z.number().int().min(min).max(max);
}

const command = z.string().min(1).max(nodeBounds.commandLength);

/** The limits a run was started with. They are kept with it, so that they survive a restart. Money in USD. */
export const RunOptions = z.object({
  budget_usd: z.number().positive().nullable(),
  total_budget_usd: z.number().positive().nullable(),
  jobs: wholeNumber(runBounds.jobs),
  max_depth: wholeNumber(runBounds.maxDepth),
  max_nodes: wholeNumber(runBounds.maxNodes),
  timeout_seconds: z.number().positive().nullable(),
  model: z.string().max(limits.modelLength).nullable(),
  agent: z.string().max(limits.wordLength),
  permission_mode: z.string().max(limits.wordLength),
  isolate: z.boolean(),
  /** an agent without a sign of life for this long is ended and retried */
  stall_seconds: z.number().positive().default(runBounds.stallSeconds.default),
  /** what one node may create */
  max_children: wholeNumber(runBounds.maxChildren).default(runBounds.maxChildren.default),
  /** agents may work by the settings of a project that the person has not trusted yet */
  trust: z.boolean().default(false),
  /** of the settings that they may work by; of others the person is asked again */
  trust_digest: z.string().max(64).optional(),
  /** input and output of all agents together, what was read from the cache included */
  total_tokens: z.number().int().positive().nullable().default(null),
  on_limit: z.enum(limitPolicies).default("wait"),
  /** what a person approves before it is worked on; null: nothing */
  plan: z.enum(planScopes).nullable().default(null),
  /** a shell command that has to exit with 0 before the root's result counts */
  check: command.nullable().default(null),
  /** how long one check may take */
  check_seconds: wholeNumber({ min: 1, max: nodeBounds.checkSeconds.max }).default(
    nodeBounds.checkSeconds.default,
  ),
  /** a shell command that is run when a person should know something */
  notify: command.nullable().default(null),
  /** a shell command that is run before the first agent starts */
  setup: command.nullable().default(null),
  /** models by role (`root`, `work`, `synthesis`) or depth (`2`), if not the run's */
  models: fewFields(
    z.string().max(limits.wordLength),
    z.string().max(limits.modelLength),
    nodeBounds.models,
  ).default({}),
});
export type RunOptions = z.infer<typeof RunOptions>;

export const RunStanding = z.enum(runStandings);
export const RunLimit = z.enum(runLimits);

/** How many open questions a run tells of. */
export const maxAsks = 20;

/** A run as `runs/list` and `runs/get` give it. */
export const Run = z.object({
  id: z.string(),
  goal: z.string(),
  status: TreeStatus,
  standing: RunStanding,
  asks: z.array(z.number()).max(maxAsks).describe("Open questions to a person"),
  engines: z.array(z.string()).describe("Who works on it, by name"),
  trouble: z.string().nullable().describe("What its engine says holds it up"),
  windows: z.array(UsageWindow).describe("What is left of its account, as it was last heard"),
  parked: Parking.nullable().describe("Why it waits for its account's limit, and until when"),
  done: z.number().describe("Nodes that are complete"),
  lost: z.number().describe("Nodes that failed, or that nobody stopped and that could not come about"),
  agents: z.number().describe("Attempts that run"),
  worked_ms: z.number().describe("How long at least one agent has run"),
  project: z.string().nullable(),
  cwd: z.string().nullable(),
  nodes: z.number(),
  usd: z.number(),
  tokens: z.number().describe("Input and output of all its agents, what was read from the cache included"),
  estimated: z.boolean().describe("Some of usd was counted by cord, from tokens and a price list"),
  uncounted: z.number().describe("Attempts that are over and of which nobody knows what they cost"),
  limit_hit: RunLimit.nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  options: RunOptions,
});
export type Run = z.infer<typeof Run>;

/** A run with all its nodes in the order of their numbers, and the seq from which its events go on. */
export const RunSnapshot = z.object({ run: Run, nodes: z.array(Node), seq: z.number() });
export type RunSnapshot = z.infer<typeof RunSnapshot>;

/** What the root of a run came to, whole. */
export const RunResult = z.object({ state: State, result: z.unknown(), reason: z.string().nullable() });
export type RunResult = z.infer<typeof RunResult>;
