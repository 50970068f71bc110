import { z } from "zod";
import { Task, TaskId } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { nameOf } from "../../core/tree.ts";
import { findTask, getTask, isShortName, noTask } from "../../store/tables/ids.ts";
import { isNode } from "../../store/tables/node-row.ts";
import { toTask } from "../../store/tables/tasks.ts";
import { cancelTask, failTask } from "../../store/lifecycle/transitions.ts";
import { operation } from "../operation.ts";
import { authorizeFor } from "../subject.ts";
import { board, holder, project, request_id } from "./target.ts";

const Ok = z.object({ ok: z.literal(true) });

/** Ends a claimed task as failed. What needs it is cancelled. */
export const fail = operation({
  summary: "End a task you hold as failed, with the reason.",
  effect: "write",
  callers: board,
  tool: { profile: "board", omit: ["request_id", "project"] },
  lease: "ends",
  input: z.object({ ...holder, reason: z.string().max(limits.reasonLength).optional() }),
  output: Task,
  run: (context, { id, project, reason, ...claimant }) =>
    context.write(async (tx) =>
      toTask(
        await failTask(
          tx,
          await getTask(tx, id, project),
          reason ?? "no reason was given",
          claimant,
          context,
        ),
      ),
    ),
});

/**
 * Cancels a task that has not ended, with its open descendants and what needs it. A whole id that there never was is no
 * task afterwards either; a number or a beginning that is no task's is a slip, and `not_found`.
 */
export const cancel = operation({
  summary: "Cancel a task that has not ended.",
  effect: "destructive",
  callers: board,
  tool: { profile: "board", omit: ["request_id", "project"] },
  lease: "ends",
  input: z.object({
    id: TaskId,
    reason: z.string().max(limits.reasonLength).optional(),
    project,
    request_id,
  }),
  output: Ok,
  run: (context, { id, reason, project }) =>
    context.write(async (tx) => {
      const row = await findTask(tx, id, project);
      if (!row && isShortName(id)) throw noTask(id);
      if (!row) context.note(`There is no task ${id}, so nothing was cancelled.`);
      else {
        if (isNode(row)) authorizeFor(context, "stop", row);
        await cancelTask(tx, row, reason ?? "cancelled", nameOf(context.caller), context.now);
      }
      return { ok: true as const };
    }),
});
