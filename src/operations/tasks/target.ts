import { z } from "zod";
import { refusalOf } from "../../core/lifecycle.ts";
import { uncapitalized } from "../../core/wording.ts";
import { limits } from "../../core/limits.ts";
import { AgentId, RequestId, TaskId } from "../../core/task.ts";
import { findTask, getTask, missingTask } from "../../store/tables/ids.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import type { Tx } from "../../store/store.ts";
import type { Asking, Authority } from "../authority.ts";

export const board = ["human", "tab"] as const;
export const request_id = RequestId.optional();
export const project = z.string().max(limits.pathLength).optional();

export const holder = {
  id: TaskId,
  agentId: AgentId.optional(),
  epoch: z.number().int().optional(),
  project,
  request_id,
};

/** How a task is named, and in which project its number counts. */
interface Named {
  id: string;
  project?: string | undefined;
}

/** Throws `not_found` if there is none. */
export async function task(tx: Tx, _: Asking, { id, project }: Named): Promise<{ row: TaskRow }> {
  return { row: await getTask(tx, id, project) };
}

/** Null if there is none. */
export async function taskIfAny(tx: Tx, _: Asking, { id, project }: Named): Promise<{ row: TaskRow | null }> {
  return { row: await findTask(tx, id, project) };
}

/** To claim, extend or complete a task. Throws `conflict` if there is none, as the board before this one did. */
export function taking(act: "claim" | "extend" | "complete"): Authority<Named, { row: TaskRow }> {
  return {
    act,
    async find(tx, _, { id, project }) {
      const row = await findTask(tx, id, project);
      if (row) return { row };
      const { message, toAgents } = await missingTask(tx, id, project);
      throw refusalOf(act, uncapitalized(message), uncapitalized(toAgents));
    },
  };
}
