import { z } from "zod";
import { CordError } from "../../core/error.ts";
import type { Claimant } from "../../core/lease.ts";
import { textMessage } from "../../core/message.ts";
import { Task } from "../../core/task.ts";
import { askAbout, noteAnswerHeard, questionAskedBefore } from "../../store/lifecycle/conversation.ts";
import { noteAgent } from "../../store/tables/agents.ts";
import { getTask } from "../../store/tables/ids.ts";
import { questionOf } from "../../store/tables/node-row.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { toTask } from "../../store/tables/tasks.ts";
import type { Tx } from "../../store/store.ts";
import { alreadyAnswered, answerFrom, asking, heldOpen } from "../asking.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { board, holder, task } from "./target.ts";

/**
 * Puts a question to whoever sent the task. The task waits for the answer without a lease, and then goes on with who
 * asked, under a new epoch. With wait_seconds the call is held open for the answer.
 */
export const ask = operation({
  summary:
    "Ask whoever sent a task you hold. It waits for the answer, and then is yours again; with wait_seconds so does this call.",
  effect: "write",
  callers: board,
  authority: { act: "ask", find: task },
  tool: { profile: "board", title: "Ask about a task", omit: ["request_id", "project"] },
  lease: "asks",
  input: () =>
    z.object({
      ...holder,
      ...asking(),
    }),
  output: () => z.object({ task: Task, answer: z.string().optional(), note: z.string().optional() }),
  holdsOpen: ({ wait_seconds = 0 }) => wait_seconds * 1000,
  waitsFor: ({ question }) => answerFrom("the sender's", question),
  run: async (context, { agentId, epoch, question, options = [], wait_seconds = 0 }) => {
    const asked = await context.write((tx, { row }) =>
      askIn(tx, context, row, { question, options }, { agentId, epoch }),
    );
    return wait_seconds > 0
      ? answeredWithin(context, asked, wait_seconds * 1000)
      : outcomeNow(context, asked);
  },
});

/** A question that was put: on which task, by whom, and in which of its epochs. */
interface Asked {
  id: string;
  by: string | null;
  epoch: number;
  isOld: boolean;
}

async function askIn(
  tx: Tx,
  context: Context,
  row: TaskRow,
  asked: { question: string; options: string[] },
  claimant: Claimant,
): Promise<Asked> {
  if (row.run_id !== null)
    throw new CordError(
      "conflict",
      "This is a node of a run, whose agent asks with its own tool. Decide it yourself, or give the node back.",
    );
  const before = questionAskedBefore(row, asked, claimant);
  const message = textMessage(context.newId(), "ROLE_AGENT", asked.question);
  const { id, claimed_by, project, epoch } = before
    ? row
    : await askAbout(tx, row, { options: asked.options, message }, claimant, context);
  if (claimed_by !== null) await noteAgent(tx, claimed_by, project, context);
  return { id, by: claimed_by, epoch: before?.epoch ?? epoch, isOld: before !== null };
}

/** The outcome when the task waits no more, or when the time is over. Its asker counts as present for as long. */
async function answeredWithin(context: Context, asked: Asked, waitMs: number): Promise<Outcome> {
  const release = asked.by === null ? () => {} : context.presence.hold(asked.by);
  try {
    return await heldOpen(context.signal, {
      ms: waitMs,
      look: () => outcomeNow(context, asked),
      isOver: ({ task }) => task.state !== "waiting",
      watch: (over) =>
        context.bus.watchTask(asked.id, ({ state }) => {
          if (state !== "waiting") over();
        }),
    });
  } finally {
    release();
  }
}

interface Outcome {
  task: Task;
  answer?: string;
  note?: string;
}

function outcomeNow(context: Context, asked: Asked): Promise<Outcome> {
  return context.store.write((tx) => outcomeOf(tx, context, asked));
}

/** The task as it stands now, and the answer if there is one. One that is given here is not given a second time. */
async function outcomeOf(tx: Tx, context: Context, { id, epoch, isOld }: Asked): Promise<Outcome> {
  const row = await getTask(tx, id);
  const question = questionOf(row);
  const task = toTask(row);
  if (question?.epoch === epoch && question.answer !== undefined) {
    if (!context.signal.aborted && row.epoch === epoch + 1) await noteAnswerHeard(tx, row);
    return { task, answer: question.answer, ...(isOld ? { note: alreadyAnswered } : {}) };
  }
  if (row.state === "waiting" && row.epoch === epoch) return { task, note: noAnswer };
  return { task, note: `There is no answer, and the task waits for none: it is ${row.state}.` };
}

const noAnswer =
  "No answer yet. The task waits for it, and is yours again once there is one: the same question again, with wait_seconds, waits on.";
