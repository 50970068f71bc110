import type { Sought } from "../../core/filter.ts";
import type { Task } from "../../core/task.ts";
import { lastSeq } from "../../store/tables/events.ts";
import type { Listing, PageCursor } from "../../store/lists/listing.ts";
import { Search, sizesAt, tasksAt } from "../../store/lists/search.ts";
import type { Store, Tx } from "../../store/store.ts";

/** What a look has found. The tasks are read with it, in one transaction, unless they are too long for that. */
export interface Look {
  /** the log's end when it began */
  seq: number;
  ordinals: readonly number[];
  cursors: readonly PageCursor[];
  sizes: readonly number[];
  tasks: readonly Task[] | null;
}

/** As much of tasks' texts as is held in memory at once for one list. */
const pieceBytes = 120_000;

/** Looks for what a filter lets through, once. */
export async function lookFor(store: Store, listing: Listing): Promise<Look> {
  const looks = looksOf(store);
  const search = Search.of(looks.shortened(listing));
  let seq: number | undefined;
  const step = async (tx: Tx) => {
    seq ??= await lastSeq(tx);
    if (looks.isEmptyAt(listing, seq)) return nothing(seq);
    return (await search.step(tx)) ? found(tx, search, seq) : null;
  };
  const look = await inSteps(store, step);
  if (look.ordinals.length === 0) looks.note(listing, look.seq);
  return look;
}

/** How many tasks a filter lets through; no more than `max` are counted. */
export async function countFor(store: Store, filter: Sought, max: number): Promise<number> {
  const search = Search.of({ filter, order: "newest", limit: max });
  return inSteps(store, async (tx) => ((await search.step(tx)) ? search.found.length : null));
}

/** Does a step, each a short job of the store, until it has an answer. The first comes at once, the others in turn. */
export async function inSteps<T>(store: Store, step: (tx: Tx) => Promise<T | null>): Promise<T> {
  let answer = await store.read(step);
  while (answer === null) answer = await looksOf(store).inTurn(() => store.read(step));
  return answer;
}

async function found(tx: Tx, search: Search, seq: number): Promise<Look> {
  if (search.found.length === 0) return nothing(seq);
  const ordinals = search.found.map(({ ordinal }) => ordinal);
  const sizes = await sizesAt(tx, ordinals);
  const isShort = sizes.reduce((sum, size) => sum + size, 0) <= pieceBytes;
  return { seq, ordinals, sizes, cursors: search.found, tasks: isShort ? await tasksAt(tx, ordinals) : null };
}

function nothing(seq: number): Look {
  return { seq, ordinals: [], sizes: [], cursors: [], tasks: [] };
}

/** The tasks of a look in their order, read in pieces that memory has room for, each as they stand then. */
export async function* pieces(store: Store, look: Look): AsyncGenerator<readonly Task[]> {
  if (look.tasks) return yield look.tasks;
  for (let from = 0; from < look.ordinals.length;) {
    let to = from;
    for (let bytes = 0; to < look.ordinals.length && (to === from || bytes <= pieceBytes); to += 1)
      bytes += look.sizes[to] ?? 0;
    const ordinals = look.ordinals.slice(from, to);
    yield await store.read((tx) => tasksAt(tx, ordinals));
    from = to;
  }
}

/** What is known of the looks at one store. */
class Looks {
  readonly #ends = new Map<string, { since: number; until: number }>();
  #last: Promise<unknown> = Promise.resolve();

  /** Long looks go step by step in turn, so that at most one step at a time stands before a write. */
  inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step, step);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** A second look from an old cursor starts where the first has ended, if that one found nothing. */
  shortened(listing: Listing): Listing {
    const { since } = listing.filter;
    if (since === undefined) return listing;
    const end = this.#ends.get(keyOf(listing));
    if (!end || since < end.since || since >= end.until) return listing;
    return { ...listing, filter: { ...listing.filter, since: end.until } };
  }

  /**
   * Whether a look found nothing at an event log that has not grown since. Of a thousand waiters for the same thing
   * only the first has to look.
   */
  isEmptyAt(listing: Listing, seq: number): boolean {
    return isWhole(listing) && this.#ends.get(keyOf(listing))?.until === seq;
  }

  /**
   * Nothing was found: everything that matches now changed after `until`, because any change that makes a task match
   * has a seq.
   */
  note(listing: Listing, until: number): void {
    if (!isWhole(listing)) return;
    const { since = 0 } = listing.filter;
    const key = keyOf(listing);
    const before = this.#ends.get(key);
    const reaches = before !== undefined && since >= before.since && since <= before.until;
    this.#ends.delete(key);
    this.#ends.set(key, { since: reaches ? before.since : since, until });
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > keptEnds && oldest !== undefined) this.#ends.delete(oldest);
  }
}

/** Whether what is found tells of all that the filter lets through, which is short enough to be remembered. */
function isWhole({ filter, after, limit }: Listing): boolean {
  return after === undefined && limit > 0 && (filter.since !== undefined || filter.ignore_ids === undefined);
}

const keptEnds = 1000;

/** A filter without its cursor, short enough to be kept. */
function keyOf({ filter, order }: Listing): string {
  const { since, ...others } = filter;
  return Bun.hash(JSON.stringify([order, since !== undefined, others])).toString();
}

const known = new WeakMap<Store, Looks>();

function looksOf(store: Store): Looks {
  const found = known.get(store);
  if (found) return found;
  const made = new Looks();
  known.set(store, made);
  return made;
}
