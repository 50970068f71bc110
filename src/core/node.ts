import { z } from "zod";
import { CheckRun } from "./check.ts";
import { fewFields } from "./few-fields.ts";
import { limits } from "./limits.ts";
import { proposalWords } from "./proposal.ts";
import { NodeShape } from "./node-options.ts";
import { asked } from "./question.ts";
import { ReturnType } from "./result.ts";
import { Phase, TreeStatus } from "./task.ts";
import { attemptExits, attemptStates, isLost, nodeTypes } from "./words.ts";

/**
 * The one shape of a node, for the daemon and everyone who reads it. Times are RFC 3339, durations milliseconds,
 * money USD.
 */

const NodeType = z.enum(nodeTypes);
const AttemptState = z.enum(attemptStates);
export const AttemptExit = z.enum(attemptExits);

/** What every reader is told of a node. */
const told = {
  type: NodeType,
  goal: z.string(),
  status: TreeStatus,
};

/** A node as far as the views draw it and events keep it up to date. */
export const DrawnNode = z.object({
  number: z.number(),
  parent: z.number().nullable(),
  ...told,
  phase: Phase,
  needs: z.array(z.number()).describe("The numbers of the nodes whose results it needs"),
  shape: NodeShape.nullable().describe("How its children come about and run, where that is said"),
  worked_ms: z.number().describe("How long its attempts that are over have run"),
  running_since: z.string().nullable().describe("When the attempt that runs was started"),
  tries: z
    .number()
    .describe(
      "How often it was tried in its present phase; one that was interrupted goes on, and is no other",
    ),
  usd: z.number(),
  attempt_usd: z.number().describe("Of usd, what its last attempt has cost"),
  estimated: z.boolean().describe("Some of usd was counted by cord, from tokens and a price list"),
  uncounted: z.number().describe("Attempts that are over and of which nobody knows what they cost"),
  activity: z.string().nullable().describe("What its agent does now"),
  notice: z.string().nullable().describe("What holds its agent up"),
  result: z.string().nullable().describe("The beginning of its result, as text"),
  reason: z
    .string()
    .nullable()
    .describe("Why it failed or was cancelled; while it is open, why its last try came to nothing"),
  question: z.object({ text: z.string(), ...asked }).nullable(),
  proposal: z
    .enum(proposalWords)
    .nullable()
    .describe(
      "open: it waits for a person to approve the plan that it is part of; removed: it was taken out of one",
    ),
});
export type DrawnNode = z.infer<typeof DrawnNode>;

type Placed = Pick<DrawnNode, "parent" | "status" | "shape">;

/** Whether a node that was lost, or one above it, ran for a result that another child was the first to give: it is not tried again. */
export function isMoot(node: Placed, byNumber: ReadonlyMap<number, Placed>): boolean {
  let one = node;
  for (let steps = 0; steps <= byNumber.size; steps += 1) {
    const above = one.parent === null ? undefined : byNumber.get(one.parent);
    if (above === undefined) return false;
    if (isLost(one.status) && above.shape?.resolve === "any" && above.status === "complete") return true;
    one = above;
  }
  return false;
}

/** How often each tool was denied. */
export const Denied = fewFields(
  z.string().max(limits.agentLength),
  z.number().int().min(1),
  limits.deniedTools,
);
export type Denied = z.infer<typeof Denied>;

/** A node as `runs/get` gives it: no prompt, and only the beginning of its result. */
export const Node = z.object({
  id: z.string(),
  ...DrawnNode.shape,
  epoch: z.number(),
  holder: z.string().nullable(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  input_tokens: z.number(),
  cached_tokens: z.number().describe("Of the input, what was read from the cache"),
  output_tokens: z.number(),
  denials: z.number(),
  denied: Denied.describe("Which tools its agents were not allowed to use, and how often"),
  agent: z.string().nullable().describe("The program of its last attempt"),
  attempts: z.number(),
  dir: z.string().nullable(),
  session: z.string().nullable(),
});
export type Node = z.infer<typeof Node>;

/** A node as agents read it: `#3`, and only what it has. */
const read = {
  id: z.string(),
  ...told,
  check: z.string().optional(),
  prompt: z.string().optional(),
  returns: ReturnType.optional(),
  needs: z.array(z.string()).optional(),
  shape: z.string().describe("How its children come about and run").optional(),
  result: z.unknown().optional(),
  reason: z.string().optional(),
  question: z.string().optional(),
  options: z.array(z.string()).optional(),
  proposed: z.boolean().optional(),
};

/** The run as agents read it, from its root on. */
export interface TreeNode extends z.infer<z.ZodObject<typeof read>> {
  children?: TreeNode[] | undefined;
  /** of a tree too large for its reader: the children that it does not show, which have no children here */
  children_left_out?: string[] | undefined;
}
export const TreeNode: z.ZodType<TreeNode> = z.lazy(() =>
  z.object({
    ...read,
    children: z.array(TreeNode).optional(),
    children_left_out: z.array(z.string()).optional(),
  }),
);

/** One node, whole, with its attempts. */
export const WholeNode = z.object({
  ...read,
  item: z
    .object({ index: z.number().int(), text: z.string() })
    .describe("What it works on, of its parent's list")
    .optional(),
  means: z.string().describe("What its attempts may and must").optional(),
  parent: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  attempts: z.array(
    z.object({
      attempt: z.number(),
      phase: Phase.nullable(),
      state: AttemptState,
      usd: z.number(),
      estimated: z.boolean().describe("Some of usd was counted by cord, from tokens and a price list"),
      counted: z.boolean().describe("Something is known of its cost"),
      session: z.string().nullable(),
      reason: z.string().nullable(),
      said: z.unknown(),
      late_result: z.unknown(),
      checks: z.array(CheckRun),
    }),
  ),
});
export type WholeNode = z.infer<typeof WholeNode>;
