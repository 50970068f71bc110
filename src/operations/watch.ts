import type { Event } from "../core/event.ts";
import { isSeenIn, matcher, type Filter } from "../core/filter.ts";
import type { Task } from "../core/task.ts";
import { eventsSince, lastSeq } from "../store/events.ts";
import type { Context, World } from "./operation.ts";

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

/**
 * Events from a cursor on, the stored ones first, then each as it is committed, until the signal ends it.
 * Events that come while the stored ones are read are held back, and none is given twice.
 */
export async function* watch(world: World, filter: Filter, signal: AbortSignal): AsyncGenerator<Event> {
  const matches = matcher(filter);
  const wanted = (event: Event) => (event.task_id === null ? aboutRun(filter, event) : matches(event));
  const live = queueOf<Event>();
  const untap = world.bus.tap((event) => {
    if (wanted(event)) live.push(event);
  });
  signal.addEventListener("abort", live.close, { once: true });
  try {
    let seq = filter.since ?? (await world.store.read(lastSeq));
    let page: Event[];
    do {
      const since = seq;
      page = await world.store.read((tx) => eventsSince(tx, since, filter, pageSize));
      for (const event of page) {
        seq = event.seq;
        if (wanted(event)) yield event;
      }
    } while (page.length === pageSize && !signal.aborted);
    for await (const event of live.items) if (event.seq > seq) yield event;
  } finally {
    untap();
    signal.removeEventListener("abort", live.close);
  }
}

const pageSize = 500;

/** Events of runs and agents belong to no task; only project and run can be asked of them. */
function aboutRun(filter: Filter, event: Event): boolean {
  const asksForTask = [filter.kind, filter.state, filter.priority, filter.to, filter.name_contains].some(
    (field) => field !== undefined,
  );
  if (asksForTask) return false;
  if (filter.run_id !== undefined && filter.run_id !== event.run_id) return false;
  return isSeenIn(filter.project, event.project);
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

/** Values pushed from outside, read as an async iterable until it is closed. */
function queueOf<T>(): { push(value: T): void; close(): void; items: AsyncIterable<T> } {
  const values: T[] = [];
  let closed = false;
  let wake: (() => void) | null = null;
  const stir = () => {
    wake?.();
    wake = null;
  };
  async function* items(): AsyncGenerator<T> {
    for (;;) {
      while (values.length > 0) yield* values.splice(0);
      if (closed) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    push: (value) => {
      values.push(value);
      stir();
    },
    close: () => {
      closed = true;
      stir();
    },
    items: items(),
  };
}
