import { z } from "zod";
import { refusalOf } from "../../core/lifecycle.ts";
import { AgentId, RequestId, TaskId } from "../../core/task.ts";
import { findTask, tasksThereAre } from "../../store/tables/ids.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import type { Tx } from "../../store/store.ts";

export const board = ["human", "tab"] as const;
export const request_id = RequestId.optional();
export const project = z.string().max(4096).optional();

export const holder = {
  id: TaskId,
  agentId: AgentId.optional(),
  epoch: z.number().int().optional(),
  project,
  request_id,
};

/** The task that is to be claimed, extended or completed. Throws `conflict` if there is none, as the board before this one did. */
export async function taskFor(
  tx: Tx,
  action: "claim" | "extend" | "complete",
  id: string,
  project: string | undefined,
): Promise<TaskRow> {
  const row = await findTask(tx, id, project);
  if (row) return row;
  const none = `there is no task ${id}.`;
  throw refusalOf(action, `${none} ${tasksThereAre.message}`, `${none} ${tasksThereAre.toAgents}`);
}
