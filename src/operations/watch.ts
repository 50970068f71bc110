import type { Event } from "../core/event.ts";
import { matcher, type Filter } from "../core/filter.ts";
import type { Task } from "../core/task.ts";
import type { Context } from "./operation.ts";

/**
 * What a look finds now, or else the first task that comes to match within waitMs; `[]` when none does or the caller goes.
 * It subscribes before it looks, so nothing that lands between the two is missed.
 */
export async function nextMatch(
  context: Context,
  filter: Filter,
  look: () => Promise<Task[]>,
  waitMs: number,
): Promise<Task[]> {
  const arrivals = subscribe(context, filter, waitMs);
  try {
    const found = await look();
    if (found.length > 0) return found;
    for (let event = await arrivals.next(); event; event = await arrivals.next()) {
      const task = await context.taskOf(event);
      if (task && matcher(filter)(asOf(event, task))) return [task];
    }
    return [];
  } finally {
    arrivals.stop();
  }
}

/** The event as it would read of the task now: it may have moved on, or not have changed at all, as when an attempt reports. */
function asOf(event: Event, { seq, name, state, priority, claimed_by: agent }: Task): Event {
  return { ...event, seq, name, state, priority, agent };
}

/** What comes for one waiter. There may be ten thousand, each for an hour: this is all that one keeps. */
function subscribe(
  { bus, signal }: Context,
  filter: Filter,
  waitMs: number,
): { next(): Promise<Event | null>; stop(): void } {
  let waiting: Event[] | null = null;
  let wake: ((event: Event | null) => void) | null = null;
  let isOver = signal.aborted;
  const unwatch = bus.watch(filter, (event) => {
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
    stop: () => {
      unwatch();
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    },
  };
}
