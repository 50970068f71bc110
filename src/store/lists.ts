import { wordsOf, type Sought } from "../core/filter.ts";
import { isOfOnePriority, standingsOf } from "../core/standing.ts";
import type { Task } from "../core/task.ts";
import { fold } from "../core/text.ts";
import {
  conditionsOf,
  eventConditions,
  joined,
  term,
  whereOf,
  type Conditions,
  type Field,
} from "./conditions.ts";
import { Scan, windows, type Found } from "./scans.ts";
import { blockersOf } from "./ids.ts";
import type { Tx } from "./store.ts";
import type { TaskRow } from "./task-row.ts";
import { toTask } from "./tasks.ts";

/** newest: the last made first. ready: as tasks are to be taken, the best priority first, then the oldest. changed: the latest change first. */
export type Order = "newest" | "ready" | "changed";

/** What is looked for. `after` is where an earlier page ended. */
export interface Listing {
  filter: Sought;
  order: Order;
  limit: number;
  after?: Place | undefined;
}

/** A task's place in an order. */
export type Place = Pick<Found, "standing" | "key">;

/** Scans whose finds stand in one order. isWhole: that order is known only when each has been read to its end. */
interface Group {
  scans: readonly Scan[];
  isWhole: boolean;
}

/** What one job of the store may look at, in entries that an index answers by itself: a millisecond or two, and less in a first look, of which many may come at once. */
const budgets = { first: 4000, further: 20_000 } as const;

/**
 * Finds the tasks that a filter lets through, along indexes and in steps, each of which is a short job for the store:
 * so that the worst filter over the longest log delays nobody's write. Nearly every list is one step.
 */
export class Search {
  readonly listing: Listing;
  /** In their order, once a step has said that all is found. */
  readonly found: Found[] = [];
  #groups: Group[] | null = null;
  #pending: Found[] = [];

  constructor(listing: Listing) {
    this.listing = listing;
  }

  /** Goes on for a while. True when all has been found. */
  async step(tx: Tx): Promise<boolean> {
    let budget: number = this.#groups === null ? budgets.first : budgets.further;
    const groups = (this.#groups ??= await groupsOf(tx, this.listing));
    while (budget > 0) {
      const [group] = groups;
      const wanted = this.listing.limit - this.found.length;
      if (group === undefined || wanted <= 0) return true;
      const scan = this.#behind(group, wanted);
      if (scan) {
        const { found, cost } = await scan.advance(tx, group.isWhole ? Number.MAX_SAFE_INTEGER : wanted);
        this.#pending.push(...found);
        if (group.isWhole && this.#pending.length > mostPending) this.#keepBest(wanted);
        budget -= cost;
      } else {
        this.#keepBest(wanted);
        this.found.push(...this.#pending.splice(0));
        groups.shift();
      }
    }
    return false;
  }

  /** The scan that is furthest behind; undefined when all that is still to be found comes too late for the list. */
  #behind({ scans, isWhole }: Group, wanted: number): Scan | undefined {
    let behind: Scan | undefined;
    for (const scan of scans)
      if (!scan.isDone && (!behind || this.#isBefore(scan.cursor, behind.cursor))) behind = scan;
    if (!behind || isWhole) return behind;
    const { cursor } = behind;
    const settled = this.#pending.filter(({ key }) => !this.#isBefore(cursor, key)).length;
    return settled >= wanted ? undefined : behind;
  }

  #keepBest(wanted: number): void {
    this.#pending = this.#pending.toSorted((left, right) => this.#compare(left, right)).slice(0, wanted);
  }

  #isBefore(left: number, right: number): boolean {
    return this.listing.order === "ready" ? left < right : left > right;
  }

  #compare(left: Found, right: Found): number {
    if (this.listing.order !== "ready") return right.key - left.key;
    return left.standing - right.standing || left.key - right.key;
  }
}

const mostPending = 10_000;

/** Up to so many entries are looked at one by one, also where there is another way. */
const fewEntries = 2000;

async function groupsOf(tx: Tx, listing: Listing): Promise<Group[]> {
  const { filter, order } = listing;
  const isWhole = order === "changed";
  if (typeof filter.run_id === "string") return [{ scans: [runScan(listing, filter.run_id)], isWhole }];
  const parts = await partsOf(tx, filter);
  if (isWhole && !(await areFew(tx, parts, fewEntries)))
    return [{ scans: [changesScan(listing)], isWhole: false }];
  if (filter.name_contains && !isWhole && !(await areFew(tx, parts, fewEntries)))
    return [{ scans: [namesScan(listing, filter.name_contains)], isWhole: order === "ready" }];
  if (order !== "ready") return [{ scans: parts.map((part) => partScan(listing, part)), isWhole }];
  const { after } = listing;
  const ahead = parts.filter(({ standing }) => after === undefined || standing >= after.standing);
  return [...Map.groupBy(ahead, ({ standing }) => standing).values()].map((some) => ({
    scans: some.map((part) => partScan(listing, part)),
    isWhole: false,
  }));
}

/** A stretch of an index: all of one standing, and of one kind, project or recipient. */
interface Part {
  standing: number;
  where: Conditions;
  rest: Conditions;
  isCovered: boolean;
}

/** More parts than this are not merged: what makes them so many is asked of each entry instead. */
const mostParts = 100;
const probedEntries = 500;

/** The indexes give what is of one kind, project or recipient and of one standing; a filter of several is that many parts. */
async function partsOf(tx: Tx, filter: Sought): Promise<Part[]> {
  const standings = standingsOf(filter);
  const { project, to } = filter;
  const parts = (field: keyof typeof covered, leads: readonly Conditions[]) =>
    leads.flatMap((lead) => standings.map((standing) => partOf(filter, standing, field, lead)));
  if (to !== undefined) return parts("to", [term("tasks.recipient = ?", to)]);
  if (filter.claimed_by !== undefined) return parts("standing", [joined([])]);
  const byProject =
    project === undefined
      ? null
      : parts("project", [term("tasks.project = ?", project), term("tasks.project IS NULL")]);
  const kinds = [...new Set(wordsOf(filter.kind))];
  if (kinds.length === 0 || kinds.length * standings.length > mostParts)
    return byProject ?? parts("standing", [joined([])]);
  const byKind = parts(
    "kind",
    kinds.map((kind) => term("tasks.kind = ?", kind)),
  );
  const isBetter = byProject !== null && !(await areFew(tx, byKind, probedEntries));
  return isBetter && (await areFew(tx, byProject, probedEntries)) ? byProject : byKind;
}

/** The fields that the index which a field leads into has beside it. */
const covered = {
  to: [],
  kind: ["project", "priority"],
  project: ["kind", "priority"],
  standing: ["priority", "claimed_by"],
} as const satisfies Partial<Record<Field, readonly Field[]>>;

function partOf(filter: Sought, standing: number, field: keyof typeof covered, lead: Conditions): Part {
  const answered: Field[] = ["standing", field];
  if (isOfOnePriority(standing)) answered.push("priority");
  const beside: readonly Field[] = covered[field];
  const where = joined([term("tasks.run_id IS NULL"), lead, term("tasks.standing = ?", standing)]);
  const rest = conditionsOf(filter, answered);
  // who has claimed a task is asked of the index first, and few are left
  if (filter.claimed_by !== undefined && field === "standing")
    return { standing, where, rest, isCovered: true };
  return {
    standing,
    where,
    rest,
    isCovered: conditionsOf(filter, [...answered, ...beside]).terms.length === 0,
  };
}

/** Whether the parts have no more entries than this; no more of them are counted. */
async function areFew(tx: Tx, parts: readonly Part[], most: number): Promise<boolean> {
  let sum = 0;
  for (const { where } of parts) {
    const counted = await tx.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM tasks ${whereOf(where)} LIMIT ?) AS some`,
      ...where.values,
      most + 1,
    );
    sum += counted?.n ?? 0;
    if (sum > most) return false;
  }
  return true;
}

function partScan({ order, after }: Listing, { standing, where, rest, isCovered }: Part): Scan {
  const isSorted = order !== "changed";
  return new Scan({
    entries: "tasks",
    along: "tasks.ordinal",
    key: isSorted ? "tasks.ordinal" : "tasks.seq",
    where,
    rest: isSorted ? rest : joined([rest, after ? term("tasks.seq < ?", after.key) : null]),
    backwards: order !== "ready",
    from: isSorted && after && (order === "newest" || after.standing === standing) ? after.key : null,
    until: null,
    window: isCovered && isSorted ? windows.covered : windows.rows,
  });
}

function runScan({ filter, order, after }: Listing, runId: string): Scan {
  const isSorted = order !== "changed";
  return new Scan({
    entries: "tasks",
    along: "tasks.number",
    key: isSorted ? "tasks.number" : "tasks.seq",
    where: term("tasks.run_id = ?", runId),
    rest: joined([conditionsOf(filter, []), after && !isSorted ? term("tasks.seq < ?", after.key) : null]),
    backwards: order !== "ready",
    from: after && isSorted ? after.key : null,
    until: null,
    window: windows.rows,
  });
}

/** By the events, of which a task's seq names the latest: so no change of a task has to keep an index of seq. */
function changesScan({ filter, after }: Listing): Scan {
  return new Scan({
    entries: "events",
    along: "events.seq",
    key: "events.seq",
    where: joined([]),
    rest: joined([eventConditions(filter), term("tasks.run_id IS NULL"), conditionsOf(filter, ["since"])]),
    backwards: true,
    from: after?.key ?? null,
    until: filter.since ?? null,
    window: windows.events,
  });
}

function namesScan({ filter, order, after }: Listing, text: string): Scan {
  const isSorted = order !== "ready";
  const further =
    after && !isSorted ? term("(tasks.standing, tasks.ordinal) > (?, ?)", after.standing, after.key) : null;
  return new Scan({
    entries: "names",
    along: "names.ordinal",
    key: "names.ordinal",
    where: joined([]),
    rest: joined([
      term("instr(names.folded, ?) > 0", fold(text)),
      term("tasks.run_id IS NULL"),
      conditionsOf(filter, ["name_contains"]),
      further,
    ]),
    backwards: isSorted,
    from: after && isSorted ? after.key : null,
    until: null,
    window: windows.covered,
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
