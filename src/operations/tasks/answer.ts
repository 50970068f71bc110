import { z } from "zod";
import { answerTo, readingOf, type Reading } from "../../core/answer.ts";
import { limits } from "../../core/limits.ts";
import { MessageToHolder, textMessage, textOf, type Message } from "../../core/message.ts";
import { freshness } from "../../core/presence.ts";
import { Task, TaskId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { CordError } from "../../core/error.ts";
import { answerQuestion, openQuestionOf, tellOf } from "../../store/lifecycle/conversation.ts";
import { nodeRefusal } from "../../core/node-refusal.ts";
import { lastSeen } from "../../store/tables/agents.ts";
import { addMessage } from "../../store/tables/messages.ts";
import { isNode, type NodeRow } from "../../store/tables/node-row.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { toTask } from "../../store/tables/tasks.ts";
import type { Tx } from "../../store/store.ts";
import { answerAsk } from "../nodes/answer.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { board, project, request_id, task } from "./target.ts";

const target = { id: TaskId, project, request_id };

/** Answers the open question of a task of the board, or a node's. `conflict` for one that has none. */
export const answer = operation({
  summary: "Answer the open question of a task that waits for it.",
  effect: "write",
  callers: board,
  authority: { act: "answer", find: task },
  tool: { profile: "board", title: "Answer a question", omit: ["message", "other", "request_id", "project"] },
  input: () =>
    z.object({
      ...target,
      answer: z.string().min(1).max(limits.promptLength),
      message: MessageToHolder.describe("The answer as A2A's message, kept whole").optional(),
      other: z.boolean().describe("A person's answer may be none of the question's options").optional(),
    }),
  output: () => Task,
  run: (context, { answer, message, other }) =>
    context.write(async (tx, { row }) => {
      const said: Said = { text: answer, message, reading: readingOf(context.caller, other) };
      return toTask(await answered(tx, context, row, said));
    }),
});

/**
 * Says something to whoever works on a task: the answer to its open question if there is one, else what its holder, or its
 * next one, should know. Of a node only a running agent can be told anything. `conflict` once it has ended.
 */
export const tell = operation({
  summary: "Say something to whoever works on a task, or will; with a question open it is the answer.",
  effect: "write",
  callers: board,
  authority: { act: "tell", find: task },
  input: () =>
    z.object({
      ...target,
      text: z.string().min(1).max(limits.promptLength).optional(),
      message: MessageToHolder.optional(),
    }),
  output: () => Task,
  run: async (context, { text, message }) => {
    const said = text ?? (message && textOf(message));
    if (said === undefined) throw new CordError("invalid", "Give a text, or a message.");
    return context.write(async (tx, { row }) => {
      if (openQuestionOf(row) !== null)
        return toTask(await answered(tx, context, row, { text: said, message, reading: "lenient" }));
      if (isNode(row) && row.state !== "claimed")
        throw nodeRefusal({ runId: row.run_id, number: row.number }, row.state, "tell");
      const told = message ?? userMessage(context, said);
      return toTask(await tellOf(tx, row, told, nameOf(context.caller), context.now));
    });
  },
});

interface Said {
  text: string;
  /** as it came, if it came as a message */
  message: Message | undefined;
  reading: Reading;
}

/** What is kept as its message is the option that it chose, unless it came as a message. */
async function answered(tx: Tx, context: Context, row: TaskRow, said: Said): Promise<TaskRow> {
  if (isNode(row)) return answeredNode(tx, context, row, said);
  const options = openQuestionOf(row)?.options ?? [];
  const command = `cord answer ${row.number}`;
  const text = answerTo({ name: `task ${row.number}`, command }, options, said.text, said.reading);
  const isAskerGone = row.claimed_by === null || (await hasGone(tx, context, row.claimed_by));
  const by = nameOf(context.caller);
  const message = said.message ?? userMessage(context, text);
  return answerQuestion(tx, row, { answer: text, message, by, isAskerGone }, context);
}

async function answeredNode(
  tx: Tx,
  context: Context,
  row: NodeRow,
  { text, message, reading }: Said,
): Promise<NodeRow> {
  const { row: done, said } = await answerAsk(tx, context, row, text, reading);
  const kept = message ?? userMessage(context, said);
  await addMessage(tx, done, { by: nameOf(context.caller), message: kept }, context.now);
  return done;
}

/** Neither seen for a while, nor with a call or a session open. */
async function hasGone(tx: Tx, { presence, monotonic }: Context, agent: string): Promise<boolean> {
  if (presence.isOpen(agent)) return false;
  const seen = await lastSeen(tx, agent);
  return seen === null || freshness(monotonic - seen) === "stale";
}

function userMessage(context: Context, text: string): Message {
  return textMessage(context.newId(), "ROLE_USER", text);
}
