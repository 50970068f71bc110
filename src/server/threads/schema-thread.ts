import { z } from "zod";
import { schemaMisfit, schemaProblem } from "../../core/result-schema.ts";
import { ResultSchema, ReturnType } from "../../core/result.ts";

/** What the thread is asked, as JSON text: a value that travels as text arrives as it was stored. */
export const Question = z.object({
  type: ReturnType,
  schema: ResultSchema,
  /** absent: whether the schema can be used at all */
  value: z.unknown().optional(),
});
export type Question = z.infer<typeof Question>;

/** What it says: `ready` once, then to each question what is wrong, or null. */
export const Said = z.object({ ready: z.boolean().optional(), wrong: z.string().nullable().optional() });
export type Said = z.infer<typeof Said>;

/** Answers questions on schemas one by one, until it is ended from outside, in the middle of one if need be. */
export function runSchemaThread(): Promise<never> {
  addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    say({ wrong: answerTo(Question.parse(JSON.parse(String(data)))) });
  });
  say({ ready: true });
  return new Promise(() => {});
}

function answerTo({ type, schema, value }: Question): string | null {
  if (value === undefined) return schemaProblem(schema);
  try {
    return schemaMisfit(type, schema, value);
  } catch (error) {
    // such as a schema that refers to itself without end: it exhausts the stack
    return `The schema cannot be applied to this result: ${String(error).slice(0, 200)}. Ask your parent for another.`;
  }
}

function say(said: Said): void {
  postMessage(said);
}
