import { addTo, removeFrom } from "../../core/by-key.ts";
import { actorOf } from "../../core/concerns.ts";
import type { Event, EventType } from "../../core/event.ts";
import { keysFor, keysOf, matcher } from "../../core/filter.ts";
import { messageKind } from "../../core/words.ts";
import { soughtBy } from "../../core/watch.ts";
import { filterOf, type WatchRow } from "../../store/tables/watches.ts";

/** A watch that is ready to be matched. */
interface Watch {
  row: WatchRow;
  keys: readonly string[];
  matches(event: Event): boolean;
}

/** All watches there are, found by (kind, state) as a waiter of the bus is: what nobody watches for costs nothing. */
export class WatchList {
  readonly #byId = new Map<string, Watch>();
  readonly #byKey = new Map<string, Set<Watch>>();
  readonly #byAgent = new Map<string, Set<Watch>>();
  /** undefined: to be looked for, as something has changed. It is asked for with each event. */
  #nextEnd: number | null | undefined;

  /** Takes these in place of all that were there. */
  replace(rows: readonly WatchRow[]): void {
    this.#byId.clear();
    this.#byKey.clear();
    this.#byAgent.clear();
    this.#nextEnd = undefined;
    for (const row of rows) this.#add(row);
  }

  /** Takes these in place of those of one agent. */
  replaceOf(agent: string, rows: readonly WatchRow[]): void {
    for (const watch of this.#byAgent.get(agent) ?? []) this.#remove(watch);
    for (const row of rows) this.#add(row);
  }

  /** The watches that an event matches. Nobody watches for what they do themselves. */
  matching(event: Event): WatchRow[] {
    if (this.#byId.size === 0 || event.task_id === null || !moves.has(event.type)) return [];
    const actor = actorOf(event);
    return keysFor(event)
      .flatMap((key) => [...(this.#byKey.get(key) ?? [])])
      .filter(({ row, matches }) => row.seq < event.seq && row.agent !== actor && matches(event))
      .map(({ row }) => row);
  }

  /** The earliest time at which one ends by itself, by the wall clock; null: none does. */
  get nextEnd(): number | null {
    if (this.#nextEnd !== undefined) return this.#nextEnd;
    const ends = [...this.#byId.values()].flatMap(({ row }) => row.until_at ?? []);
    return (this.#nextEnd = ends.length === 0 ? null : Math.min(...ends));
  }

  endedBy(now: number): WatchRow[] {
    return [...this.#byId.values()].flatMap(({ row }) =>
      row.until_at !== null && row.until_at <= now ? [row] : [],
    );
  }

  #remove(watch: Watch): void {
    this.#nextEnd = undefined;
    this.#byId.delete(watch.row.id);
    for (const key of watch.keys) removeFrom(this.#byKey, key, watch);
    removeFrom(this.#byAgent, watch.row.agent, watch);
  }

  #add(row: WatchRow): void {
    const known = this.#byId.get(row.id);
    if (known) this.#remove(known);
    const filter = filterOf(row);
    if (filter === null) return;
    const { ids, isWork, ...sought } = soughtBy(filter, row.project);
    const [isSought, wanted] = [matcher(sought), ids && new Set(ids)];
    const matches = (event: Event) =>
      isSought(event) &&
      (wanted?.has(event.task_id ?? "") ?? true) &&
      !(isWork && event.kind === messageKind);
    const watch = { row, keys: keysOf(sought), matches };
    this.#byId.set(row.id, watch);
    this.#nextEnd = undefined;
    for (const key of watch.keys) addTo(this.#byKey, key, watch);
    addTo(this.#byAgent, row.agent, watch);
  }
}

/** What brings a task to another state, or makes it ready: a task that stays where it is matches no watch again. */
const moves: ReadonlySet<EventType> = new Set<EventType>([
  "task.created",
  "task.claimed",
  "task.released",
  "task.expired",
  "task.waiting",
  "task.ready",
  "task.paused",
  "task.resumed",
  "task.retried",
  "task.asked",
  "task.answered",
  "task.completed",
  "task.failed",
  "task.cancelled",
]);
