import { z } from "zod";
import { Task, TaskId } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { nameOf } from "../../core/tree.ts";
import { isShortName, missingTask } from "../../store/tables/ids.ts";
import { toTask } from "../../store/tables/tasks.ts";
import { failTask } from "../../store/lifecycle/transitions.ts";
import { cancelTask } from "../../store/lifecycle/settle.ts";
import { operation } from "../operation.ts";
import { board, holder, project, request_id, task, taskIfAny } from "./target.ts";

const Ok = z.object({ ok: z.literal(true) });

/** Ends a claimed task as failed. What needs it is cancelled. */
export const fail = operation({
  summary: "End a task you hold as failed, with the reason.",
  effect: "write",
  callers: board,
  authority: { act: "fail", find: task },
  tool: { profile: "board", title: "Fail a task", omit: ["request_id", "project"] },
  lease: "ends",
  input: () => z.object({ ...holder, reason: z.string().max(limits.reasonLength).optional() }),
  output: () => Task,
  run: (context, { reason = "no reason was given", agentId, epoch }) =>
    context.write(async (tx, { row }) =>
      toTask(await failTask(tx, row, reason, { agentId, epoch }, context)),
    ),
});

/**
 * Cancels a task that has not ended, with its open descendants and everything that needs it. A whole id that never
 * existed is accepted; a number or a beginning of an id that matches no task is `not_found`.
 */
export const cancel = operation({
  summary: "Cancel a task that has not ended.",
  effect: "destructive",
  callers: board,
  authority: { act: "stop", find: taskIfAny },
  tool: { profile: "board", title: "Cancel a task", omit: ["request_id", "project"] },
  lease: "ends",
  input: () =>
    z.object({
      id: TaskId,
      reason: z.string().max(limits.reasonLength).optional(),
      project,
      request_id,
    }),
  output: () => Ok,
  run: (context, { id, project, reason = "cancelled" }) =>
    context.write(async (tx, { row }) => {
      if (row) await cancelTask(tx, row, reason, nameOf(context.caller), context.now);
      else if (isShortName(id)) throw await missingTask(tx, id, project);
      else context.note(`There is no task ${id}, so nothing was cancelled.`);
      return { ok: true as const };
    }),
});
