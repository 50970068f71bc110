import { defaults } from "../../core/limits.ts";
import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { askKind, finalStates, nodeName } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { createChild } from "../../store/lifecycle/create.ts";
import { AskTarget, type Question } from "../../core/question.ts";
import type { NodeRow } from "../../store/tables/node-row.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { askedBefore, noteHeard } from "../../store/tables/questions.ts";
import { wakeIfAsked } from "../../store/lifecycle/settle.ts";
import type { RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import { getTask } from "../../store/tables/ids.ts";
import { alreadyAnswered, answerFrom, asking, heldOpen } from "../asking.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { nameFor } from "./planned.ts";
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
  input: () => {
    const { wait_seconds, ...asked } = asking();
    return z.object({
      ...asked,
      default: z.string().max(2000).describe("Taken if nobody answers in time").optional(),
      target: AskTarget.default("human"),
      wait_seconds,
      request_id,
    });
  },
  output: () =>
    z.object({
      created: z.string(),
      question: z.string(),
      answer: z.unknown().optional(),
      note: z.string().optional(),
    }),
  holdsOpen: ({ wait_seconds = 0 }) => wait_seconds * 1000,
  waitsFor: ({ question, target }) =>
    answerFrom(target === "human" ? "a person's" : "your parent's", question),
  run: async (context, input) => {
    const asked = await context.write((tx, { run, row }) => askIn(tx, context, run, row, input));
    const created = { created: nodeName(asked.number), question: input.question };
    const answer = input.wait_seconds
      ? await answerWithin(context, asked.id, input.wait_seconds)
      : answerIn(await context.store.read((tx) => getTask(tx, asked.id)));
    if (answer) {
      await context.store.write((tx) => heardBy(tx, context, asked.id));
      return { ...created, answer: answer.value, ...(asked.isOld ? { note: alreadyAnswered } : {}) };
    }
    return {
      ...created,
      note: "No answer yet. Call complete() with what you have; you run again with the answer.",
    };
  },
});

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
  const asker = context.caller.kind === "node" ? context.caller : null;
  const row = await heldOpen(context.signal, {
    ms: seconds * 1000 + sweepSlackMs,
    look: () => context.store.read((tx) => getTask(tx, id)),
    isOver: ({ state }) => finalStates.includes(state),
    watch: (over) =>
      context.bus.watch({ run_id: asker?.runId }, ({ task_id, state }) => {
        const hasEnded = task_id === id && state !== null && finalStates.includes(state);
        if (hasEnded || (task_id === asker?.taskId && state !== "claimed")) over();
      }),
  });
  return answerIn(row);
}

function answerIn(row: TaskRow): { value: unknown } | null {
  return row.state === "completed" && row.result !== null ? { value: parseJson(row.result) } : null;
}

/** A default that is due is set by a sweep; waiting a little longer than asked lets it come in time. */
const sweepSlackMs = 1500;
