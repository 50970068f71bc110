import { z } from "zod";
import { answerTo, noQuestion } from "../../core/answer.ts";
import { nodeName } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { nameOf } from "../../core/tree.ts";
import { questionOf } from "../../store/tables/node-row.ts";
import { answerTask } from "../../store/lifecycle/transitions.ts";
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
  input: z.object({
    ...target,
    answer: z.string().min(1).max(limits.promptLength),
    other: z.boolean().describe("A person's answer may be none of the question's options").optional(),
  }),
  output: z.object({ answered: z.string(), question: z.string(), answer: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx, { run, row }) => {
      const [question, named] = [questionOf(row), { runId: run.id, number: row.number }];
      if (!question) throw noQuestion(named, row.state);
      const isFree = input.other === true || context.caller.kind === "node";
      const said = isFree ? input.answer : answerTo(named, question.options, input.answer);
      await answerTask(tx, row, said, nameOf(context.caller), context.now);
      return {
        ...runFor(context, run),
        answered: nodeName(named.number),
        question: question.question,
        answer: said,
      };
    }),
});
