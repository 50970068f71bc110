import { z } from "zod";
import { CheckRun } from "./check.ts";
import { ResultSchema, ReturnType } from "./result.ts";
import { Phase, TreeStatus } from "./task.ts";

/** A result that another node handed in, or why there is none. */
export const Handed = z.object({
  number: z.number(),
  goal: z.string(),
  status: TreeStatus,
  result: z.unknown(),
  reason: z.string().nullable(),
});
export type Handed = z.infer<typeof Handed>;

/** All that an agent's prompt is made of. */
export const Brief = z.object({
  runId: z.string(),
  number: z.number(),
  phase: Phase,
  round: z.number(),
  goal: z.string(),
  prompt: z.string().nullable(),
  returns: ReturnType,
  schema: ResultSchema.nullable(),
  /** of a node that has one item of a list, from 1; goal: with {item} in it, where that is still its goal */
  item: z.object({ index: z.number(), text: z.string(), goal: z.string().nullable() }).nullable(),
  /** how its children run, where that is said */
  shape: z.enum(["serial", "any"]).nullable(),
  /** the goals from the root down to the parent */
  chain: z.array(z.object({ number: z.number(), goal: z.string() })),
  needs: z.array(Handed),
  children: z.array(Handed),
  /** asks that wait for this node's answer; from: the node that asks */
  questions: z.array(
    z.object({ number: z.number(), from: z.number(), question: z.string(), options: z.array(z.string()) }),
  ),
  /** what it said when it handed out the work, before its synthesis; null if nothing */
  said: z.string().nullable(),
  /** what a person said who rejected its plan, for the plan that it makes now; null: nobody did */
  remark: z.string().nullable(),
  /** what an earlier attempt left behind, said in one line; null on the first */
  earlier: z.string().nullable(),
  /** how the last check of a result of it went, which did not let that count; null: none did so */
  refusal: CheckRun.pick({ command: true, code: true, why: true, output: true }).nullable(),
  mayCreate: z.object({
    depth: z.boolean(),
    nodesLeft: z.number(),
    childrenLeft: z.number(),
    roundsLeft: z.number(),
  }),
  /** the shell command that has to pass before its result counts; null: none */
  check: z.string().nullable(),
  /** in USD; null: no bound */
  budgetUsd: z.number().nullable(),
});
export type Brief = z.infer<typeof Brief>;
