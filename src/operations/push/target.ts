import { z } from "zod";
import { TaskId } from "../../core/task.ts";
import { project, task } from "../tasks/target.ts";

/** Secrets of others pass here: whoever has the daemon's token may set and see them, and nobody else. */
export const callers = ["human"] as const;

/** To read of a task what happens to it. */
export const authority = { act: "read", find: task } as const;

/** The task. Whether the id of a configuration fits is asked where there is a sentence for it. */
export const which = { id: TaskId, project };
export const config_id = z.string();
