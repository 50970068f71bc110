import { z } from "zod";
import { Event } from "../../core/event.ts";
import { Task, TaskId } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { historyOf } from "../../store/tables/events.ts";
import { toWholeTask } from "../../store/lists/search.ts";
import { operation } from "../operation.ts";
import { board, project, task, taskIfAny } from "./target.ts";

/** The task, or null if there is none. */
export const get = operation({
  summary: "Read one task.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: taskIfAny },
  tool: { profile: "board", title: "Read a task", omit: ["project"] },
  input: z.object({ id: TaskId, project }),
  output: Task.nullable(),
  run: (context) => context.read(async (tx, { row }) => row && toWholeTask(tx, row)),
});

/** What happened to a task, oldest first: its newest events. */
export const history = operation({
  summary: "Read what happened to a task.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: task },
  input: z.object({ id: TaskId, project, limit: z.number().int().min(1).max(limits.listed).default(100) }),
  output: z.array(Event),
  run: (context, { limit }) => context.read((tx, { row }) => historyOf(tx, row.id, limit)),
});
