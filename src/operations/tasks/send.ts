import { z } from "zod";
import { addressee } from "../../core/concerns.ts";
import { CordError } from "../../core/error.ts";
import { postedIn } from "../../core/project.ts";
import { AgentId, Name, Task, TaskId, Word } from "../../core/task.ts";
import { announcementKinds, isLost, messageKind, nodeKind } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { ContextId, MessageToHolder, type Message } from "../../core/message.ts";
import { nameOf } from "../../core/tree.ts";
import { getTask } from "../../store/tables/ids.ts";
import { addMessage, requireRoom } from "../../store/tables/messages.ts";
import { insertTask, setColumns, toTask } from "../../store/tables/tasks.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import type { Tx } from "../../store/store.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { board, project, request_id } from "./target.ts";

/** Adds a task. ack, knowledge and decision are publications: they are born completed. */
export const send = operation({
  summary: "Post a task to the board, or an ack, knowledge or decision for the others to see.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: {
    profile: "board",
    title: "Post a task",
    omit: ["prompt", "message", "context_id", "sender", "request_id", "project"],
  },
  tolerates: ["kind", "priority"],
  input: () =>
    z.object({
      name: Name,
      kind: Word.default(nodeKind),
      priority: Word.default("normal"),
      payload: z.unknown().optional(),
      to: AgentId.describe("A handle").optional(),
      needs: z.array(TaskId).max(limits.needs).describe("Tasks that must complete first").optional(),
      prompt: z
        .string()
        .max(limits.promptLength)
        .describe("What is to be done, where the name is too short")
        .optional(),
      message: MessageToHolder.describe("What the task came as, by A2A; kept whole").optional(),
      context_id: ContextId.describe("What its sender calls the conversation that it belongs to").optional(),
      sender: AgentId.describe("Who sends it, where its caller is not the agent itself").optional(),
      project,
      request_id,
    }),
  output: () => Task,
  run: (context, input) =>
    context.write(async (tx) => {
      const row = await sendTask(tx, context, { ...input, by: input.sender });
      return toTask(await keptAs(tx, context, row, input));
    }),
});

/** What only few tasks come with costs the others nothing. */
async function keptAs(
  tx: Tx,
  context: Context,
  row: TaskRow,
  { message, context_id }: { message?: Message | undefined; context_id?: string | undefined },
): Promise<TaskRow> {
  if (message !== undefined) {
    await requireRoom(tx, row.id, message);
    await addMessage(tx, row, { by: nameOf(context.caller), message }, context.now);
  }
  if (context_id === undefined) return row;
  await setColumns(tx, row, { context_id });
  return { ...row, context_id };
}

type Sent = Pick<TaskRow, "name" | "kind" | "priority"> & {
  payload?: unknown;
  prompt?: string | undefined;
  to?: string | undefined;
  needs?: string[] | undefined;
  project?: string | undefined;
  /** who sends it; left out, its caller */
  by?: string | undefined;
};

export async function sendTask(tx: Tx, context: Context, input: Sent): Promise<TaskRow> {
  const isToMany = input.to !== undefined && "tabs" in addressee(input.to, null);
  const published = announcementKinds.includes(input.kind) || (input.kind === messageKind && isToMany);
  const needs = await tasksNamed(tx, input.needs ?? [], input.project);
  const dead = needs.find((need) => isLost(need.state));
  if (dead)
    throw new CordError(
      "conflict",
      `${dead.number} (${dead.name}) ${dead.state === "failed" ? "has failed" : "was cancelled"} and can never be met. Leave it out of needs.`,
    );
  return insertTask(
    tx,
    {
      id: context.newId(),
      name: input.name,
      kind: input.kind,
      priority: input.priority,
      state: published ? "completed" : "pending",
      payload: input.payload === undefined ? null : JSON.stringify(input.payload),
      prompt: input.prompt ?? null,
      recipient: input.to ?? null,
      project: postedIn(input.project),
      needs: needs.map((need) => need.id),
      unmet: needs.filter((need) => need.state !== "completed").length,
    },
    context.now,
    {
      by: input.by ?? nameOf(context.caller),
      ...(needs.length === 0 ? {} : { needs: needs.map((need) => need.number) }),
    },
  );
}

/** Each once, however it is named. */
async function tasksNamed(tx: Tx, ids: readonly string[], seenFrom: string | undefined): Promise<TaskRow[]> {
  const rows = new Map<string, TaskRow>();
  for (const id of ids) {
    const row = await getTask(tx, id, seenFrom);
    rows.set(row.id, row);
  }
  return [...rows.values()];
}
