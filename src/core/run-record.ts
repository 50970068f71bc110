import { z } from "zod";
import { CheckRun } from "./check.ts";
import { AttemptExit } from "./node.ts";
import { NodeOptions } from "./node-options.ts";
import { ReturnType } from "./result.ts";
import { Phase } from "./task.ts";
import { attemptStates } from "./words.ts";
import { beginningOf } from "./text.ts";

/** What is kept of a run's nodes, for a report: whole but for texts that are very long. Times are RFC 3339, money USD. */

/** The beginning of a text, and how long all of it is, in characters. */
const Excerpt = z.object({ text: z.string(), length: z.number().int() });
type Excerpt = z.infer<typeof Excerpt>;

/** A result; `json`: it was no text, and is written as JSON. */
const ResultExcerpt = Excerpt.extend({ json: z.boolean() });
export type ResultExcerpt = z.infer<typeof ResultExcerpt>;

export const AttemptRecord = z.object({
  attempt: z.number().int(),
  phase: Phase.nullable(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  state: z.enum(attemptStates),
  exit: AttemptExit.nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  usd: z.number(),
  estimated: z.boolean(),
  counted: z.boolean().describe("Something is known of its cost"),
  input_tokens: z.number(),
  cached_tokens: z.number(),
  output_tokens: z.number(),
  session: z.string().nullable(),
  dir: z.string().nullable().describe("Where its transcript lies, on its engine's machine"),
  reason: z.string().nullable(),
  said: ResultExcerpt.nullable().describe("What it said when it handed out work"),
  late_result: ResultExcerpt.nullable().describe("A result that came too late to count"),
  checks: z.array(CheckRun),
});
export type AttemptRecord = z.infer<typeof AttemptRecord>;

export const NodeRecord = z.object({
  number: z.number().int(),
  item: Excerpt.extend({ index: z.number().int() })
    .nullable()
    .describe("What it works on, of its parent's list"),
  prompt: Excerpt.nullable(),
  returns: ReturnType,
  model: z.string().nullable(),
  options: NodeOptions.extend({ for_each: z.number().int().optional() }),
  result: ResultExcerpt.nullable(),
  attempts: z.array(AttemptRecord),
  attempts_left_out: z.number().int().describe("Its earliest attempts, where there are very many"),
});
export type NodeRecord = z.infer<typeof NodeRecord>;

export function excerptOf(text: string, max: number): Excerpt {
  return { text: beginningOf(text, max), length: text.length };
}

export function resultExcerpt(result: unknown, max: number): ResultExcerpt {
  const json = typeof result !== "string";
  return { ...excerptOf(json ? (JSON.stringify(result, null, 2) ?? "null") : result, max), json };
}
