import { z } from "zod";
import { Event } from "../../core/event.ts";
import { TaskId, WholeTask } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { wasArchived } from "../../store/tables/archives.ts";
import { findArchived } from "../../store/tables/ids.ts";
import { historyOf } from "../../store/tables/events.ts";
import { openQuestionOf } from "../../store/lifecycle/conversation.ts";
import { toWholeTask } from "../../store/lists/search.ts";
import type { Tx } from "../../store/store.ts";
import { artifactsOf, countMessages, messagesOf } from "../../store/tables/messages.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import type { Asking } from "../authority.ts";
import { operation } from "../operation.ts";
import { requireCurrent } from "../subject.ts";
import { forAgent } from "./for-agent.ts";
import { board, project, task, taskIfAny } from "./target.ts";

/**
 * The task, or null if there never was one: with its newest messages, its artifacts and its open question. A tab is given as much as its
 * agent can read.
 */
export const get = operation({
  summary: "Read a task, with its messages. An id may be a number or a beginning, everywhere.",
  effect: "read",
  callers: [...board, "node"],
  authority: { act: "read", find: seen },
  tool: { profile: "board", title: "Read a task", omit: ["project", "messages", "messages_before"] },
  input: () =>
    z.object({
      id: TaskId,
      project,
      messages: z.number().int().min(0).max(limits.messages).describe("How many of the newest").optional(),
      messages_before: z.number().int().min(0).describe("Only those before this seq").optional(),
    }),
  output: () => WholeTask.nullable(),
  run: async (context, { messages, messages_before }) => {
    const isTab = context.caller.kind === "tab";
    const limit = messages ?? (isTab ? messagesInTab : limits.messages);
    const task = await context.read(async (tx, { row }) => row && wholeTask(tx, row, limit, messages_before));
    return isTab && task ? forAgent(task, (sentence) => context.note(sentence)) : task;
  },
});

/** A node reads what is in its run, while its attempt lasts. Throws `not_found` for what was archived, and says where it is. */
async function seen(tx: Tx, asking: Asking, named: { id: string; project?: string | undefined }) {
  await requireCurrent(tx, asking);
  const found = await taskIfAny(tx, asking, named);
  // of nodes none is ever archived
  const archived =
    found.row || asking.caller.kind === "node" ? null : await findArchived(tx, named.id, named.project);
  if (archived !== null) throw wasArchived(archived);
  return found;
}

const messagesInTab = 50;

/** The task with so many of its newest messages, of those before a seq, its artifacts and its open question. */
export async function wholeTask(tx: Tx, row: TaskRow, limit: number, before?: number): Promise<WholeTask> {
  const task: WholeTask = await toWholeTask(tx, row);
  const question = openQuestionOf(row);
  const messages = await messagesOf(tx, row.id, limit, { before });
  const [oldest] = messages;
  const more = oldest === undefined ? 0 : await countMessages(tx, row.id, oldest.seq);
  const artifacts = await artifactsOf(tx, row.id);
  if (question !== null) task.question = { question: question.question, options: question.options };
  if (messages.length > 0) task.messages = messages;
  if (more > 0) task.more_messages = more;
  if (artifacts.length > 0) task.artifacts = artifacts;
  return task;
}

/** What happened to a task, oldest first: its newest events. */
export const history = operation({
  summary: "Read what happened to a task.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: task },
  input: () =>
    z.object({ id: TaskId, project, limit: z.number().int().min(1).max(limits.listed).default(100) }),
  output: () => z.array(Event),
  run: (context, { limit }) => context.read((tx, { row }) => historyOf(tx, row.id, limit)),
});
