import type { Sought } from "../../core/filter.ts";
import { endAt, isOfWaiting, standingsOf, type AskedStanding } from "../../core/standing.ts";
import type { Task } from "../../core/task.ts";
import { Asked, eventConditions, joined, term, type Conditions } from "./conditions.ts";
import type { Listing, Order, PageCursor, Query } from "./listing.ts";
import { areFew, fewEntries, partsOf, type Part } from "./parts.ts";
import { Scan, windows, type Found } from "./scans.ts";
import { blockersOf } from "../tables/ids.ts";
import type { Tx } from "../store.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { toTask } from "../tables/tasks.ts";

/** Scans whose finds stand in one order. */
export type Group = readonly Scan[];

/**
 * How many index entries one job of the store may look at: a millisecond or two of work. A first look gets less,
 * because many may come at once.
 */
const budgets = { first: 4000, further: 20_000 } as const;

/**
 * Finds the tasks that match a filter, along indexes and in steps. Each step is a short job of the store, so that the
 * worst filter over the longest log delays no write. Nearly every list takes one step.
 */
export class Search {
  readonly #listing: Pick<Listing, "order" | "limit">;
  readonly #find: (tx: Tx) => Promise<Group[]>;
  /** In their order, once a step has said that all is found. */
  readonly found: Found[] = [];
  #groups: Group[] | null = null;
  /** there are so few tasks that nothing takes long */
  #isSmall = false;
  #pending: Found[] = [];

  /** `find` says where to look. */
  constructor(listing: Pick<Listing, "order" | "limit">, find: (tx: Tx) => Promise<Group[]>) {
    this.#listing = listing;
    this.#find = find;
  }

  /** For what a filter lets through. */
  static of(listing: Listing): Search {
    return new Search(listing, (tx) => groupsOf(tx, listing));
  }

  /** Goes on for a while. True when all has been found. */
  async step(tx: Tx): Promise<boolean> {
    let budget: number = this.#groups === null ? budgets.first : budgets.further;
    const groups = (this.#groups ??= await this.#begin(tx));
    while (budget > 0) {
      const [group] = groups;
      const wanted = this.#listing.limit - this.found.length;
      if (group === undefined || wanted <= 0) return true;
      const scan = group.find(({ isDone, range }) => !isDone && range.isWhole) ?? this.#behind(group, wanted);
      if (scan) {
        const { found, cost } = await scan.advance(tx, wanted, this.#isSmall);
        this.#pending.push(...found);
        if (this.#pending.length > maxPending) this.#keepBest(wanted);
        budget -= cost;
      } else {
        this.#keepBest(wanted);
        this.found.push(...this.#pending.splice(0));
        groups.shift();
      }
    }
    return false;
  }

  async #begin(tx: Tx): Promise<Group[]> {
    const newest = await tx.get<{ ordinal: number | null }>("SELECT max(ordinal) AS ordinal FROM tasks");
    this.#isSmall = (newest?.ordinal ?? 0) <= fewEntries;
    return this.#find(tx);
  }

  /** The scan that is furthest behind; undefined when everything left comes too late for the list. */
  #behind(group: Group, wanted: number): Scan | undefined {
    let behind: Scan | undefined;
    for (const scan of group)
      if (!scan.isDone && (!behind || this.#isBefore(scan.cursor, behind.cursor))) behind = scan;
    if (!behind) return undefined;
    const { cursor } = behind;
    const settled = this.#pending.filter(({ key }) => !this.#isBefore(cursor, key)).length;
    return settled >= wanted ? undefined : behind;
  }

  #keepBest(wanted: number): void {
    this.#pending = this.#pending.toSorted((left, right) => this.#compare(left, right)).slice(0, wanted);
  }

  #isBefore(left: number, right: number): boolean {
    return this.#listing.order === "ready" ? left < right : left > right;
  }

  #compare(left: Found, right: Found): number {
    if (this.#listing.order !== "ready") return right.key - left.key;
    return left.standing - right.standing || left.key - right.key;
  }
}

const maxPending = 10_000;

async function groupsOf(tx: Tx, listing: Listing): Promise<Group[]> {
  const { filter, order, after } = listing;
  const query = { ...listing, asked: new Asked(filter) };
  if (typeof filter.run_id === "string") return [[runScan(query, filter.run_id)]];
  const standings = standingsOf(filter);
  const claimed = standings.filter((some) => isClaimedOnly(filter, some));
  const others = claimed.length === 0 ? standings : standings.filter((some) => !claimed.includes(some));
  const parts = await partsOf(tx, query, others);
  if (order === "changed" && !(await areFew(tx, parts, fewEntries))) return [[changesScan(query)]];
  if (order !== "ready") {
    const scans = parts.map((part) => partScan(query, part));
    return [claimed.length > 0 ? [claimedScan(query, joined([])), ...scans] : scans];
  }
  const groups: Group[] = [];
  for (const { standing } of standings) {
    if (after !== undefined && standing < after.standing) continue;
    const scans = parts.filter((part) => part.standing === standing).map((part) => partScan(query, part));
    const isClaimed = claimed.some((some) => some.standing === standing);
    groups.push(isClaimed ? [claimedScan(query, term("tasks.standing = ?", standing))] : scans);
  }
  return groups;
}

/** Whether a filter lets through only claimed tasks among the open ones at a standing. */
function isClaimedOnly(filter: Sought, { standing, states }: AskedStanding): boolean {
  if (endAt(standing) !== undefined || isOfWaiting(standing)) return false;
  return filter.claimed_by !== undefined || (states?.length === 1 && states[0] === "claimed");
}

function partScan({ order, after }: Query, { standing, where, rest, isCovered, sharers }: Part): Scan {
  const isSorted = order !== "changed";
  return new Scan({
    entries: "tasks",
    along: "tasks.ordinal",
    key: isSorted ? "tasks.ordinal" : "tasks.seq",
    where,
    rest: order === "changed" && after ? joined([rest, behind(order, after)]) : rest,
    isWhole: !isSorted,
    backwards: order !== "ready",
    from: isSorted && after && (order === "newest" || after.standing === standing) ? after.key : null,
    until: null,
    window: isCovered && isSorted ? windows.covered : windows.rows,
    sharers,
  });
}

/** What is claimed has an index of its own, in which it lies by the ends of its leases. */
function claimedScan({ asked, order, after }: Query, further: Conditions): Scan {
  const isCovered = asked.without(["state", "project", "claimed_by"]).terms.length === 0;
  return new Scan({
    entries: "claimed",
    along: "tasks.lease_due",
    key: order === "changed" ? "tasks.seq" : "tasks.ordinal",
    where: joined([term("tasks.state = 'claimed'"), term("tasks.run_id IS NULL"), further]),
    rest: joined([asked.without([]), after ? behind(order, after) : null]),
    isWhole: true,
    backwards: order !== "ready",
    from: null,
    until: null,
    window: isCovered ? windows.covered : windows.rows,
  });
}

/** What comes after a cursor in an order in which nothing lies. */
function behind(order: Order, { standing, key }: PageCursor): Conditions {
  if (order === "changed") return term("tasks.seq < ?", key);
  if (order === "newest") return term("tasks.ordinal < ?", key);
  return term("(tasks.standing, tasks.ordinal) > (?, ?)", standing, key);
}

function runScan({ asked, order, after }: Query, runId: string): Scan {
  const isSorted = order !== "changed";
  return new Scan({
    entries: "tasks",
    along: "tasks.number",
    key: isSorted ? "tasks.number" : "tasks.seq",
    where: term("tasks.run_id = ?", runId),
    rest: joined([asked.without([]), after && order === "changed" ? behind(order, after) : null]),
    isWhole: !isSorted,
    backwards: order !== "ready",
    from: after && isSorted ? after.key : null,
    until: null,
    window: windows.rows,
  });
}

/** In the order of events: a task's seq names its latest event, so no index of seq has to change with a task. */
function changesScan({ asked, filter, after }: Query): Scan {
  return new Scan({
    entries: "events",
    along: "events.seq",
    key: "events.seq",
    where: joined([]),
    rest: joined([eventConditions(filter), term("tasks.run_id IS NULL"), asked.without(["since"])]),
    isWhole: false,
    backwards: true,
    from: after?.key ?? null,
    until: filter.since ?? null,
    window: windows.events,
  });
}

/** What a list's tasks take, in bytes of their texts, in the order of the ordinals. */
export async function sizesAt(tx: Tx, ordinals: readonly number[]): Promise<number[]> {
  const rows = await tx.all<{ ordinal: number; bytes: number }>(
    `SELECT ordinal, ${texts.map((text) => `coalesce(octet_length(${text}), 0)`).join(" + ")} AS bytes
     FROM tasks WHERE ordinal IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ordinals),
  );
  const sizes = new Map(rows.map(({ ordinal, bytes }) => [ordinal, bytes]));
  return ordinals.map((ordinal) => sizes.get(ordinal) ?? 0);
}

const texts = ["payload", "result", "prompt", "reason", "name", "needs"];

/** The tasks as they stand now, in the order of the ordinals. */
export async function tasksAt(tx: Tx, ordinals: readonly number[]): Promise<Task[]> {
  const rows = await tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE ordinal IN (SELECT value FROM json_each(?))",
    JSON.stringify(ordinals),
  );
  const byOrdinal = new Map(rows.map((row) => [row.ordinal, row]));
  const tasks: Task[] = [];
  for (const ordinal of ordinals) {
    const row = byOrdinal.get(ordinal);
    if (row) tasks.push(await toWholeTask(tx, row));
  }
  return tasks;
}

/** The row as users see it, with what it waits for. */
export async function toWholeTask(tx: Tx, row: TaskRow): Promise<Task> {
  const task = toTask(row);
  if (task.ready === false) task.blocked_by = await blockersOf(tx, row.id);
  return task;
}
