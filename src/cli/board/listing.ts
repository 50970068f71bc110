import { limits } from "../../core/limits.ts";
import { states } from "../../core/words.ts";
import type { Client } from "../../client/client.ts";
import type { Filter } from "../../core/filter.ts";
import { rankOf } from "../../core/rank.ts";
import type { Task } from "../../core/task.ts";
import { taskRows } from "./script-tables.ts";

/** The orders of a list beside that of the daemon: the newest first, or with `ready` as tasks are to be taken. */
export const sorts = ["newest", "oldest", "updated", "priority", "state", "kind", "name"] as const;
type Sort = (typeof sorts)[number];

export interface Wanted {
  filter: Filter;
  limit: number;
  sort: Sort | null;
  /** with payloads and results; a table needs none */
  isWhole: boolean;
}

export interface Listed {
  tasks: Task[];
  /** how many there are, if the list does not hold them all */
  total: { count: number; more: boolean } | null;
  /** the log's end when it was read */
  seq: number;
}

/** As many tasks as are read to be put into another order than the daemon's. */
const maxSorted = 10_000;

/** Reads the list, page by page. One in another order is read whole first: what comes first may have come last. */
export async function listTasks(client: Client, { filter, limit, sort, isWhole }: Wanted): Promise<Listed> {
  const isSorted = sort !== null && !(sort === "newest" && filter.ready !== true);
  const max = isSorted ? Math.max(limit, maxSorted) : limit;
  const tasks: Task[] = [];
  let seq = 0;
  let next: string | undefined;
  do {
    const page: Page = await readPage(client, { filter, isWhole, limit: max - tasks.length, cursor: next });
    if (next === undefined) seq = page.seq ?? 0;
    tasks.push(...page.items);
    next = page.next;
  } while (next !== undefined && tasks.length < max);
  const shown = isSorted ? tasks.toSorted(orders[sort]).slice(0, limit) : tasks;
  const isCut = next !== undefined || shown.length < tasks.length || limit === 0;
  return { tasks: shown, seq, total: isCut ? await client.call("tasks/count", filter) : null };
}

interface Page {
  items: Task[];
  next?: string | undefined;
  seq?: number | undefined;
}

async function readPage(
  client: Client,
  asked: Pick<Wanted, "filter" | "isWhole" | "limit"> & { cursor: string | undefined },
): Promise<Page> {
  const { filter, isWhole, limit, cursor } = asked;
  const shape = isWhole ? { full: true } : { fields: shownFields };
  const page = await client.call("tasks/page", {
    ...filter,
    ...shape,
    cursor,
    limit: Math.min(limit, limits.listed),
  });
  if (!isWhole) return page;
  // what is too long for a page is cut even so
  const whole = ({ id, cut }: Task) =>
    cut === undefined ? null : client.call("tasks/get", { id, messages: 0 });
  const items: Task[] = [];
  for (const item of page.items) items.push((await whole(item)) ?? item);
  return { ...page, items };
}

/** What the tables show. */
const shownFields =
  "id name kind priority state claimed_by project to run_id number ready blocked_by created_at updated_at seq".split(
    " ",
  );

const orders: Readonly<Record<Sort, (left: Task, right: Task) => number>> = {
  newest: (left, right) => byText(right.created_at, left.created_at),
  oldest: (left, right) => byText(left.created_at, right.created_at),
  updated: (left, right) => byText(right.updated_at, left.updated_at),
  priority: (left, right) => rankOf(left.priority) - rankOf(right.priority),
  state: (left, right) => states.indexOf(left.state) - states.indexOf(right.state),
  kind: (left, right) => byText(left.kind, right.kind),
  name: (left, right) => left.name.localeCompare(right.name),
};

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `Showing 50 of 308 (--limit)`, or null for a list that is whole. */
export function cutLine({ tasks, total }: Listed): string | null {
  if (total === null || (total.count <= tasks.length && !total.more)) return null;
  return `Showing ${tasks.length} of ${total.more ? "more than " : ""}${total.count} (--limit)`;
}

/** The list as scripts read it, under ids that a command takes, as short as they may be. */
export async function scriptRows(client: Client, tasks: readonly Task[], projects: boolean): Promise<string> {
  const ids = tasks.map(({ id }) => id);
  const short = new Map<string, string>();
  for (let from = 0; from < ids.length; from += limits.listed) {
    const page = ids.slice(from, from + limits.listed);
    const found = await client.call("tasks/short_ids", { ids: page });
    for (const [at, id] of page.entries()) short.set(id, found[at] ?? id);
  }
  return taskRows(tasks, short, projects);
}
