import type { StreamResponse } from "@a2a-js/sdk";
import { shown } from "./shown.ts";

/** A stream that is read as it comes: what it told so far, and its end. */
export interface Followed {
  lines: readonly string[];
  /** the same, as they came */
  updates: readonly StreamResponse[];
  /** of the task, once it was named */
  taskId(): Promise<string>;
  /** Resolves once it has told this. Rejects when it ends without. */
  tells(line: string): Promise<void>;
  /** Resolves with all that it told when the server ends it, and rejects with what broke it. */
  ended: Promise<readonly string[]>;
}

export function follow(stream: AsyncIterable<StreamResponse>): Followed {
  const lines: string[] = [];
  const updates: StreamResponse[] = [];
  const waiters = new Set<() => void>();
  const told = Promise.withResolvers<string>();
  told.promise.catch(() => {});
  let isOver = false;
  const read = async () => {
    try {
      for await (const update of stream) {
        if (update.payload?.$case === "task") told.resolve(update.payload.value.id);
        updates.push(update);
        lines.push(shown(update));
        waiters.forEach((look) => look());
      }
    } finally {
      isOver = true;
      told.reject(new Error("The stream named no task."));
      waiters.forEach((look) => look());
    }
    return lines;
  };
  const ended = read();
  ended.catch(() => {});
  return {
    lines,
    updates,
    ended,
    taskId: () => told.promise,
    tells: (line) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (lines.includes(line)) resolve();
          else if (isOver) reject(new Error(`It never told "${line}", but:\n${lines.join("\n")}`));
          else return;
          waiters.delete(look);
        };
        waiters.add(look);
        look();
      }),
  };
}
