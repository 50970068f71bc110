import { lapsingMs } from "../../core/lease.ts";
import type { Moment } from "../../core/moment.ts";
import type { Store, Tx } from "../store.ts";
import { appendTaskEvent } from "../tables/events.ts";
import type { TaskRow } from "../tables/task-row.ts";

const notedAtOnce = 500;

/**
 * Says, once for each lease, that it is about to end: of tasks of the board, whose holders may have forgotten them. An engine renews its
 * nodes by itself. Whether it was said is known by the events, also after a crash.
 */
export async function noteLapsing(store: Store, when: Moment): Promise<void> {
  if ((await store.read((tx) => lapsing(tx, when, 1))).length === 0) return;
  await store.write(async (tx) => {
    for (const row of await lapsing(tx, when, notedAtOnce))
      await appendTaskEvent(tx, row, when.now, { type: "task.lapsing", data: { by: row.claimed_by } });
  });
}

/** A lease that was lengthened begins anew, so what was said before it began counts no more. */
function lapsing(tx: Tx, { monotonic }: Moment, limit: number): Promise<TaskRow[]> {
  return tx.all<TaskRow>(
    `SELECT * FROM tasks WHERE state = 'claimed' AND lease_due > ? AND lease_due <= ? AND run_id IS NULL
       AND lease_due - min(?, lease_ms / 4) <= ?
       AND NOT EXISTS (SELECT 1 FROM events WHERE events.task_id = tasks.id AND events.type = 'task.lapsing'
         AND events.at >= tasks.lease_until - tasks.lease_ms)
     ORDER BY lease_due LIMIT ?`,
    monotonic,
    monotonic + lapsingMs,
    lapsingMs,
    monotonic,
    limit,
  );
}
