import { z } from "zod";
import { State } from "./task.ts";

/** Everything that can happen. The name's first half is what it happened to. */
export const EventType = z.enum([
  "task.created",
  "task.claimed",
  "task.released",
  "task.expired",
  "task.waiting",
  "task.ready",
  "task.paused",
  "task.resumed",
  "task.modified",
  "task.retried",
  "task.completed",
  "task.failed",
  "task.cancelled",
  "task.refused",
  "task.handed_in",
  "task.told",
  "attempt.started",
  "attempt.progress",
  "attempt.ended",
  "agent.seen",
  "run.created",
  "run.ended",
  "run.reopened",
]);
export type EventType = z.infer<typeof EventType>;

/**
 * One thing that happened, numbered by seq, written in the same transaction as the change.
 * The task's fields are those right after it; data holds what is particular to the type
 * (by: who did it; unfenced: the caller sent no identity; result and reason stand on the task).
 */
export const Event = z.object({
  seq: z.number().int(),
  at: z.string(),
  type: EventType,
  project: z.string().nullable(),
  task_id: z.string().nullable(),
  run_id: z.string().nullable(),
  number: z.number().int().nullable(),
  name: z.string().nullable(),
  kind: z.string().nullable(),
  priority: z.string().nullable(),
  state: State.nullable(),
  to: z.string().nullable(),
  agent: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type Event = z.infer<typeof Event>;
