import type { Event } from "../../core/event.ts";
import { matcher, type Sought } from "../../core/filter.ts";
import { rankOf } from "../../core/rank.ts";
import type { Task } from "../../core/task.ts";
import type { Listing } from "../../store/lists/listing.ts";
import type { Context } from "../context.ts";

/**
 * What a look finds now, else the first task that matches within waitMs. If none does, or the caller goes away, the
 * empty look. It subscribes before it looks, so nothing in between is missed. onArrival is called within the commit of what may match,
 * onMiss once none of that does any more.
 */
export async function nextMatch<Look extends { ordinals: readonly unknown[] }>(
  context: Context,
  { filter, order }: Pick<Listing, "filter" | "order">,
  look: () => Promise<Look>,
  { waitMs, onArrival, onMiss }: Waiting,
): Promise<Look | { task: Task }> {
  const arrivals = subscribe(context, filter, { waitMs, onArrival });
  try {
    const looked = await look();
    if (looked.ordinals.length > 0) return looked;
    for (let event = await arrivals.next(); event; event = await arrivals.next()) {
      const others = order === "ready" ? arrivals.rest() : [];
      for (const each of others.length === 0 ? [event] : [event, ...others].toSorted(byTurn)) {
        const task = await context.taskOf(each);
        // a task that stands as the event left it matches as the event did
        if (task && (task.seq === each.seq || matcher(filter)(asOf(each, task)))) return { task };
      }
      if (arrivals.isEmpty()) onMiss?.();
    }
    return looked;
  } finally {
    arrivals.stop();
  }
}

interface Waiting {
  waitMs: number;
  onArrival?: (() => void) | undefined;
  onMiss?: (() => void) | undefined;
}

/** Of tasks that became ready together the best comes first, as in a look; an id begins with its time. */
function byTurn(left: Event, right: Event): number {
  const ranks = rankOf(left.priority ?? "") - rankOf(right.priority ?? "");
  return ranks || ((left.task_id ?? "") < (right.task_id ?? "") ? -1 : 1);
}

/**
 * The event as it would look for the task now: the task may have moved on, or not have changed at all, as when an
 * attempt reports.
 */
function asOf(event: Event, { seq, name, state, priority, claimed_by: agent, ready }: Task): Event {
  return { ...event, seq, name, state, priority, agent, ready: ready ?? null };
}

/** What comes for one waiter. There may be ten thousand, each for an hour: this is all that one keeps. */
function subscribe(
  { bus, signal }: Context,
  filter: Sought,
  { waitMs, onArrival }: Waiting,
): { next(): Promise<Event | null>; rest(): Event[]; isEmpty(): boolean; stop(): void } {
  let waiting: Event[] | null = null;
  let wake: ((event: Event | null) => void) | null = null;
  let isOver = signal.aborted;
  const unwatch = bus.watch(filter, (event) => {
    onArrival?.();
    if (wake) wake(event);
    else (waiting ??= []).push(event);
    wake = null;
  });
  const end = () => {
    isOver = true;
    wake?.(null);
    wake = null;
  };
  const timer = setTimeout(end, waitMs);
  signal.addEventListener("abort", end, { once: true });
  return {
    next: () => {
      const event = waiting?.shift();
      if (event || isOver) return Promise.resolve(event ?? null);
      return new Promise((resolve) => (wake = resolve));
    },
    rest: () => waiting?.splice(0) ?? [],
    isEmpty: () => (waiting?.length ?? 0) === 0,
    stop: () => {
      unwatch();
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    },
  };
}
