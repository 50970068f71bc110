import { z } from "zod";
import { askTargets } from "./words.ts";

export const AskTarget = z.enum(askTargets);

/** How a question was asked. */
export const asked = {
  options: z.array(z.string()),
  default: z.string().nullable().describe("The answer if nobody gives one in time"),
  target: AskTarget,
};

/** What whoever reads a task has to know of its open question. */
export const OpenQuestion = z.object({ question: z.string(), options: z.array(z.string()) });
export type OpenQuestion = z.infer<typeof OpenQuestion>;

/** A question as it is kept with its node, and as the events tell of it. */
export const Question = z.object({ question: z.string(), ...asked });
export type Question = z.infer<typeof Question>;
