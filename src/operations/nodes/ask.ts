import { defaults, limits } from "../../core/limits.ts";
import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { askKind, finalStates, nodeName } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { createChild } from "../../store/lifecycle/create.ts";
import { AskTarget, type Question } from "../../core/question.ts";
import type { NodeRow } from "../../store/tables/node-row.ts";
import { askedBefore, noteHeard } from "../../store/tables/questions.ts";
import { wakeIfAsked } from "../../store/lifecycle/settle.ts";
import type { RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import { getTask } from "../../store/tables/ids.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { nameFor } from "./create.ts";
import { request_id } from "./target.ts";
import { ownNode, requireCurrent } from "../subject.ts";

/** Puts a question to a person, or to the parent. With wait_seconds the answer, if it comes in time. */
export const ask = operation({
  summary:
    "Ask a person, or your parent, what you cannot decide. Without wait_seconds: complete, and you run again with the answer.",
  effect: "write",
  callers: ["node"],
  authority: { act: "ask", find: ownNode },
  tool: { profile: "tree", title: "Ask a person or your parent", omit: ["request_id"] },
  input: () =>
    z.object({
      question: z.string().min(1).max(limits.questionLength),
      options: z.array(z.string().min(1).max(limits.optionLength)).max(limits.options).optional(),
      default: z.string().max(2000).describe("Taken if nobody answers in time").optional(),
      target: AskTarget.default("human"),
      wait_seconds: z
        .number()
        .min(0)
        .max(limits.longWaitMs / 1000)
        .optional(),
      request_id,
    }),
  output: () =>
    z.object({
      created: z.string(),
      question: z.string(),
      answer: z.unknown().optional(),
      note: z.string().optional(),
    }),
  holdsOpen: ({ wait_seconds = 0 }) => wait_seconds * 1000,
  waitsFor: ({ question, target }) =>
    `${target === "human" ? "a person's" : "your parent's"} answer to ${quoted(question, shownQuestion)}`,
  run: async (context, input) => {
    const asked = await context.write((tx, { run, row }) => askIn(tx, context, run, row, input));
    const created = { created: nodeName(asked.number), question: input.question };
    const answer = input.wait_seconds
      ? await answerWithin(context, asked.id, input.wait_seconds)
      : await answerOf(context, asked.id);
    if (answer) {
      await context.store.write((tx) => heardBy(tx, context, asked.id));
      const note = "You have asked this before; this is its answer. To ask anew, say what is different now.";
      return { ...created, answer: answer.value, ...(asked.isOld ? { note } : {}) };
    }
    return {
      ...created,
      note: "No answer yet. Call complete() with what you have; you run again with the answer.",
    };
  },
});

/** Of a question in what its asker is told while it waits. */
const shownQuestion = 120;

interface Asked {
  question: string;
  options?: string[] | undefined;
  default?: string | undefined;
  target: Question["target"];
  wait_seconds?: number | undefined;
}

/** The ask of that question: a new one, or the one by which the node has asked the very same before. */
async function askIn(
  tx: Tx,
  context: Context,
  run: RunRow,
  row: NodeRow,
  input: Asked,
): Promise<{ id: string; number: number; isOld: boolean }> {
  if (input.target === "parent" && row.parent_id === null) {
    throw new CordError("conflict", 'You are the root and have no parent. Ask a person: target "human".');
  }
  const question: Question = {
    question: input.question,
    options: input.options ?? [],
    default: input.default ?? null,
    target: input.target,
  };
  const before = await askedBefore(tx, row, question);
  if (before) return { id: before.id, number: before.number, isOld: true };
  const waitMs = Math.round((input.wait_seconds ?? defaults.waitSeconds) * 1000);
  const node = {
    id: context.newId(),
    kind: askKind,
    name: nameFor(input.question),
    question,
    answer_by: input.default === undefined ? null : context.monotonic + waitMs,
    answer_ms: waitMs,
    needs: [],
  };
  const asked = await createChild(tx, run, row, node, context.now);
  if (input.target === "parent" && row.parent_id !== null)
    await wakeIfAsked(tx, await getTask(tx, row.parent_id), asked.seq - 1, context.now);
  return { id: asked.id, number: asked.number, isOld: false };
}

/** Throws `stale_lease` when the attempt that asked has ended meanwhile. */
async function heardBy(tx: Tx, context: Context, askId: string): Promise<void> {
  const { caller } = context;
  await requireCurrent(tx, context);
  if (caller.kind === "node") await noteHeard(tx, await getTask(tx, askId), caller.epoch);
}

/** Waits for the ask to end, or what asked; a default is taken by the daemon's sweep when its time has come. */
async function answerWithin(
  context: Context,
  id: string,
  seconds: number,
): Promise<{ value: unknown } | null> {
  const ended = Promise.withResolvers<void>();
  const asker = context.caller.kind === "node" ? context.caller : null;
  const stopWatching = context.bus.watch({ run_id: asker?.runId }, ({ task_id, state }) => {
    const hasEnded = task_id === id && state !== null && finalStates.includes(state);
    if (hasEnded || (task_id === asker?.taskId && state !== "claimed")) ended.resolve();
  });
  const timer = setTimeout(ended.resolve, seconds * 1000 + sweepSlackMs);
  context.signal.addEventListener("abort", () => ended.resolve(), { once: true });
  try {
    const state = await context.store.read(async (tx) => (await getTask(tx, id)).state);
    // it may have gone while it asked: nothing tells of that any more
    if (!finalStates.includes(state) && !context.signal.aborted) await ended.promise;
    return await answerOf(context, id);
  } finally {
    stopWatching();
    clearTimeout(timer);
  }
}

async function answerOf({ store }: Context, id: string): Promise<{ value: unknown } | null> {
  const row = await store.read((tx) => getTask(tx, id));
  return row.state === "completed" && row.result !== null ? { value: parseJson(row.result) } : null;
}

/** A default that is due is set by a sweep; waiting a little longer than asked lets it come in time. */
const sweepSlackMs = 1500;
