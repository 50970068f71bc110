import type { Sought } from "../../../src/core/filter.ts";
import type { Order } from "../../../src/store/lists/listing.ts";
import { Search, tasksAt } from "../../../src/store/lists/search.ts";
import type { Task } from "../../../src/core/task.ts";
import type { Tx } from "../../../src/store/store.ts";

/** What a search finds, to its end, and in how many steps. */
export async function searched(
  tx: Tx,
  filter: Sought,
  limit: number,
  order: Order = "newest",
): Promise<{ tasks: Task[]; steps: number }> {
  const search = Search.of({ filter, order, limit });
  let steps = 1;
  while (!(await search.step(tx))) steps += 1;
  return {
    tasks: await tasksAt(
      tx,
      search.found.map(({ ordinal }) => ordinal),
    ),
    steps,
  };
}

export async function listTasks(tx: Tx, filter: Sought, limit: number, order?: Order): Promise<Task[]> {
  return (await searched(tx, filter, limit, order)).tasks;
}
