import type { Task } from "../../core/task.ts";
import { beginningOf } from "../../core/text.ts";

/** Lists are read whole by agents, for which each word costs: a longer text is given by its beginning there. */
const cutAt = 500;

const texts = ["payload", "result", "prompt", "reason"] as const;

/**
 * A task with its long texts cut. Of a cut value the beginning is given as text, also of JSON, and `cut` gives its
 * whole length in characters; tasks/get gives it whole.
 */
export function cutShort(task: Task): Task {
  const short: Task = { ...task };
  const cut: Record<string, number> = {};
  for (const field of texts) {
    const value = task[field];
    if (value === undefined || value === null) continue;
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    if (text.length <= cutAt) continue;
    short[field] = `${beginningOf(text, cutAt)}…`;
    cut[field] = text.length;
  }
  return Object.keys(cut).length === 0 ? task : { ...short, cut };
}

/** Of a task only what is asked for. */
export function only(task: Task, fields: readonly string[] | undefined): Task {
  if (fields === undefined) return task;
  const part: Task = { ...task };
  for (const field of Object.keys(part)) if (!fields.includes(field)) Reflect.deleteProperty(part, field);
  return part;
}

/** In bytes of JSON. */
export function sizeOf(task: Task): number {
  return Buffer.byteLength(JSON.stringify(task));
}
