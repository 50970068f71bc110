import { joined, term, whereOf, type Conditions } from "./conditions.ts";
import type { Tx } from "../store.ts";
import { numberOf } from "../tables/one-row.ts";

/** A task that a list holds, and its place in the order of the list. */
export interface Found {
  ordinal: number;
  standing: number;
  key: number;
}

/** Entries of an index that are looked at one by one, from one end on. */
interface Range {
  /** the table, and what the rest is asked of */
  entries: keyof typeof joins;
  /** the column of the index that its entries are read along */
  along: string;
  /** what leads into the index */
  where: Conditions;
  /** what is asked of each entry */
  rest: Conditions;
  /** the column that the list is ordered by; other than `along` only where the whole range is read */
  key: string;
  /** the list's order differs from the entries': each window gives only its best, and all windows are read */
  isWhole: boolean;
  /** the list is; and, unless the whole range is read, the entries are */
  backwards: boolean;
  /** where to start, which is not looked at itself; null: at the end */
  from: number | null;
  /** where to end, which is not looked at either; null: at the other end */
  until: number | null;
  /** how many entries one step looks at, at most; fewer where each costs more */
  window: number;
  /** so many ranges share all keys: as many keys are a window then as it would have entries, and its end need not be looked for */
  sharers?: number | undefined;
}

/** Few entries first: most lists need no more. */
const firstWindow = 256;
const growth = 8;
/** What a step costs is counted in entries that an index answers by itself. */
const cheapWindow = 20_000;
export const windows = { covered: cheapWindow, events: 2500, rows: 4000 } as const;

const joins = {
  tasks: "tasks",
  claimed: "tasks INDEXED BY tasks_by_lease",
  events: "events CROSS JOIN tasks ON tasks.id = events.task_id AND tasks.seq = events.seq",
} as const;

/** Reads a range from one end on, a window of entries at a time. */
export class Scan {
  readonly range: Range;
  isDone = false;
  /** All entries on this side of it have been looked at. */
  cursor: number;
  #window = firstWindow;
  /** of a dense range more than the first window is still to be read */
  #isLong = false;

  constructor(range: Range) {
    this.range = range;
    this.cursor = range.from ?? (this.#isForwards ? -1 : Number.MAX_SAFE_INTEGER);
  }

  /** Looks at the next window, or at all of a small range. At most `wanted` are given; the scan goes on behind the last of them. */
  async advance(tx: Tx, wanted: number, isSmall: boolean): Promise<{ found: Found[]; cost: number }> {
    const { rest, window, isWhole } = this.range;
    if (isSmall || (rest.terms.length === 0 && !isWhole)) {
      this.isDone = true;
      return { found: await this.#read(tx, null, wanted), cost: isSmall ? 0 : wanted };
    }
    const size = Math.min(this.#window, window);
    this.#window = size * growth;
    const wasLong = this.#isLong;
    const edge = wasLong ? this.#farther(size) : await this.#edge(tx, size);
    this.#isLong = this.range.sharers !== undefined && !this.#isForwards;
    const found = await this.#read(tx, edge, wanted);
    const last = found.at(-1);
    if (last !== undefined && found.length === wanted && !isWhole) this.cursor = last.key;
    else if (edge === null) this.isDone = true;
    else this.cursor = edge;
    const cost = size * (cheapWindow / window);
    // each range has only its share of the keys; where no end was looked for, each entry was passed once, not twice
    return { found, cost: wasLong ? cost / (2 * (this.range.sharers ?? 1)) : cost };
  }

  /** Counts what the next window holds, instead of reading it. */
  async count(tx: Tx): Promise<{ found: number; cost: number }> {
    const { window, rest, where, entries } = this.range;
    const size = Math.min(this.#window, window);
    this.#window = size * growth;
    const edge = await this.#edge(tx, size);
    const all = joined([where, this.#between(edge), rest]);
    const sql = `SELECT count(*) AS n FROM ${joins[entries]} ${whereOf(all)}`;
    const found = await numberOf(tx, sql, ...all.values);
    if (edge === null) this.isDone = true;
    else this.cursor = edge;
    return { found, cost: size * (cheapWindow / window) };
  }

  #farther(size: number): number | null {
    return this.cursor > size ? this.cursor - size : null;
  }

  /** The last entry of the next `size`; null when there are fewer. */
  async #edge(tx: Tx, size: number): Promise<number | null> {
    const { entries, along, where } = this.range;
    const all = joined([where, this.#between(null)]);
    const row = await tx.get<{ edge: number }>(
      `SELECT ${along} AS edge FROM ${entries === "claimed" ? joins.claimed : entries} ${whereOf(all)}
       ORDER BY ${along} ${this.#isForwards ? "ASC" : "DESC"} LIMIT 1 OFFSET ?`,
      ...all.values,
      size - 1,
    );
    return row && row.edge;
  }

  #read(tx: Tx, edge: number | null, limit: number): Promise<Found[]> {
    const { entries, key, where, rest } = this.range;
    const all = joined([where, this.#between(edge), rest]);
    return tx.all<Found>(
      `SELECT tasks.ordinal AS ordinal, tasks.standing AS standing, ${key} AS key FROM ${joins[entries]}
       ${whereOf(all)} ORDER BY ${this.#order} LIMIT ?`,
      ...all.values,
      limit,
    );
  }

  /** Behind the cursor and up to the edge. One bound a side: of two the database may take the wider one. */
  #between(edge: number | null): Conditions {
    const { along, until } = this.range;
    const [before, after] = this.#isForwards ? [">", "<"] : ["<", ">"];
    const beyond = term(`${along} ${before} ?`, this.cursor);
    if (edge !== null) return joined([beyond, term(`${along} ${after}= ?`, edge)]);
    return until === null ? beyond : joined([beyond, term(`${along} ${after} ?`, until)]);
  }

  get #order(): string {
    const { along, key, isWhole, backwards } = this.range;
    if (!isWhole) return `${along} ${backwards ? "DESC" : "ASC"}`;
    return backwards ? `${key} DESC` : `tasks.standing, ${key}`;
  }

  get #isForwards(): boolean {
    return this.range.isWhole || !this.range.backwards;
  }
}
