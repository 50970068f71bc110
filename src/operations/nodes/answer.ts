import { z } from "zod";
import { answerTo, askOf, noQuestion, readingOf, type Reading } from "../../core/answer.ts";
import { nodeName } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { nameOf } from "../../core/tree.ts";
import { questionOf, type NodeRow } from "../../store/tables/node-row.ts";
import { answerTask } from "../../store/lifecycle/transitions.ts";
import type { Tx } from "../../store/store.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import { nodeNamed, runFor } from "../subject.ts";
import { hidden, inRun, run_id, target } from "./target.ts";

/** Answers an ask. */
export const answer = operation({
  summary: "Answer a question that one of your children put to you.",
  effect: "write",
  callers: inRun,
  authority: { act: "answer", find: nodeNamed },
  tool: { profile: "tree", title: "Answer a question", omit: ["other", ...hidden] },
  input: () =>
    z.object({
      ...target,
      answer: z.string().min(1).max(limits.promptLength),
      other: z.boolean().describe("A person's answer may be none of the question's options").optional(),
    }),
  output: () => z.object({ answered: z.string(), question: z.string(), answer: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx, { run, row }) => {
      const reading = readingOf(context.caller, input.other);
      const { question, said } = await answerAsk(tx, context, row, input.answer, reading);
      return { ...runFor(context, run), answered: nodeName(row.number), question, answer: said };
    }),
});

/** Answers a node's question. Throws `invalid` for what is none of its options where it has to be, and `conflict` for what is no open question. */
export async function answerAsk(
  tx: Tx,
  context: Context,
  row: NodeRow,
  given: string,
  reading: Reading,
): Promise<{ row: NodeRow; question: string; said: string }> {
  const [asked, named] = [questionOf(row), { runId: row.run_id, number: row.number }];
  if (!asked) throw noQuestion(named, row.state);
  const said = answerTo(askOf(named), asked.options, given, reading);
  const done = await answerTask(tx, row, said, nameOf(context.caller), context.now);
  return { row: done, question: asked.question, said };
}
