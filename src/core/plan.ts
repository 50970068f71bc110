import { z } from "zod";
import { limits, planBounds } from "./limits.ts";
import { NodeOptions } from "./node-options.ts";
import { ReturnType } from "./result.ts";

/** A node of a plan that waits for a person. */
export const PlannedNode = z.object({
  node_id: z.string(),
  parent: z.string(),
  goal: z.string(),
  prompt: z.string().nullable(),
  needs: z.array(z.string()),
  returns: ReturnType,
  model: z.string().nullable().describe("The one that will be asked for; null: the agent's own default"),
  agent: z.string(),
  options: NodeOptions.extend({ for_each: z.string().optional() }),
});
export type PlannedNode = z.infer<typeof PlannedNode>;

/** A node of a plan as a person wants it. */
export const EditedNode = z.object({
  node_id: z
    .string()
    .min(1)
    .max(planBounds.labelLength + 1)
    .describe("#4 of one that is there, and any other name of a new one"),
  parent: z
    .string()
    .max(planBounds.labelLength + 1)
    .describe("Of another before it, or the node that planned"),
  goal: z.string().min(1).max(limits.goalLength),
  prompt: z.string().max(limits.promptLength).nullable().optional().describe("Left out: as it is"),
  needs: z
    .array(z.string().max(planBounds.labelLength + 1))
    .max(limits.needs)
    .default([]),
  returns: ReturnType.default("text"),
  model: z.string().max(limits.modelLength).nullable().default(null),
  agent: z.string().max(limits.wordLength).nullable().default(null),
  for_each: z
    .string()
    .max(planBounds.labelLength + 1)
    .optional(),
  options: NodeOptions.omit({ for_each: true }).default({}),
});
export type EditedNode = z.infer<typeof EditedNode>;

/** What a plan may cost, by what nodes of the same models cost before. Its nodes may create others, which are not counted. */
export const Estimate = z.object({
  usd: z.number().describe("Of those nodes for which it is known"),
  unknown: z.number().describe("For so many nodes it is not"),
  from: z.number().describe("So many nodes were looked at"),
});
export type Estimate = z.infer<typeof Estimate>;

/** What a node has planned, for the person who approves it. */
export const Plan = z.object({
  node_id: z.string().describe("The node that planned it"),
  goal: z.string(),
  serial: z.boolean().describe("Its nodes run one after the other"),
  shown: z.boolean().describe("The person was shown it"),
  nodes: z.array(PlannedNode),
  estimate: Estimate.nullable().describe("null: its agent costs nothing"),
});
export type Plan = z.infer<typeof Plan>;
