import type { Event } from "../core/event.ts";
import { Filter, isSeenIn, matcher } from "../core/filter.ts";
import { removedTo } from "../store/lifecycle/archiving.ts";
import { eventsOfTask, eventsSince, lastSeq, ofNoTask } from "../store/tables/events.ts";
import { time } from "../store/tables/time.ts";
import type { Services } from "./context.ts";
import type { Following } from "./following.ts";
import { stream } from "./stream.ts";

/** Events from a cursor on, the stored ones first, then each as it is committed; none is given twice. */
export const follow = stream({
  summary: "Follow what happens, from a cursor on.",
  callers: ["human", "tab"],
  input: Filter,
  open: followEvents,
});

const pageSize = 100;
/** A stream with this many unread events is ended: its reader comes back with its cursor and gets stored ones. */
const maxWaiting = 10_000;

function followEvents(services: Services, filter: Filter): Following<Event> {
  const wanted = wantedBy(filter);
  let waiting: Event[] = [];
  let wake: (() => void) | null = null;
  let seq = filter.since ?? null;
  let hasStored = true;
  let isOver = false;
  let isNoted = false;
  const stir = () => {
    wake?.();
    wake = null;
  };
  const untap = services.bus.tap((event) => {
    if (!wanted(event)) return;
    if (waiting.push(event) > maxWaiting) close();
    else stir();
  });

  function close(): void {
    isOver = true;
    waiting = [];
    untap();
    stir();
  }

  /** What its reader cannot be given any more, said once. */
  async function firstNote(): Promise<Event[]> {
    isNoted = true;
    // of a run nothing is archived
    if (filter.since === undefined || typeof filter.run_id === "string") return [];
    const upTo = await services.store.read(removedTo);
    return filter.since < upTo ? [archivedNote(filter.since, upTo, services.clock())] : [];
  }

  async function nextStored(): Promise<Event[]> {
    const since = (seq ??= await services.store.read(lastSeq));
    waiting = []; // all of it is committed, and so is found by the read
    const stretch = await services.store.read((tx) => eventsSince(tx, since, filter, pageSize));
    hasStored = !stretch.isLast;
    seq = Math.max(since, stretch.until);
    return stretch.events.filter(wanted);
  }

  function nextWaiting(): Event[] {
    const since = seq ?? 0;
    const events = waiting.splice(0, pageSize).filter((event) => event.seq > since);
    seq = events.at(-1)?.seq ?? since;
    return events;
  }

  return {
    close,
    async next() {
      while (!isOver) {
        const note = isNoted ? [] : await firstNote();
        const events = note.length > 0 ? note : hasStored ? await nextStored() : nextWaiting();
        if (events.length > 0) return isOver ? null : events;
        if (!hasStored && waiting.length === 0 && !isOver)
          await new Promise<void>((resolve) => (wake = resolve));
      }
      return null;
    },
  };
}

/** A reader that names this seq again is told it again, and passes over none of what follows. */
function archivedNote(seq: number, upTo: number, now: number): Event {
  return {
    seq,
    at: time(now),
    ...ofNoTask,
    project: null,
    name: null,
    type: "history.archived",
    data: { up_to: upTo },
  };
}

/** What happens to one task. */
export interface TaskFollowing extends Following<Event> {
  /** Gives nothing up to this seq: its reader knows of that already. */
  passOver(seq: number): void;
}

/**
 * Events of one task in their order, as they are committed: from now on, or from a seq on. A reader that falls behind is given
 * them from the log, so it misses none, and nothing grows. Who may see the task is for the caller to ask.
 */
export function followTask({ store, bus }: Services, taskId: string, since?: number): TaskFollowing {
  let seq = since ?? 0;
  let isBehind = since !== undefined;
  let waiting: Event[] = [];
  let isOver = false;
  let wake: (() => void) | null = null;
  const stir = () => {
    wake?.();
    wake = null;
  };
  const unwatch = bus.watchTask(taskId, (event) => {
    if (!isBehind && waiting.push(event) > maxWaitingOfTask) {
      isBehind = true;
      waiting = [];
    }
    stir();
  });

  async function nextStored(): Promise<Event[]> {
    isBehind = false;
    waiting = []; // all of it is committed, and so is found by the read
    const stretch = await store.read((tx) => eventsOfTask(tx, taskId, seq, pageSize));
    if (!stretch.isLast) isBehind = true;
    seq = Math.max(seq, stretch.until);
    return stretch.events;
  }

  function nextWaiting(): Event[] {
    const events = waiting.filter((event) => event.seq > seq);
    waiting = [];
    seq = events.at(-1)?.seq ?? seq;
    return events;
  }

  return {
    passOver: (known) => void (seq = Math.max(seq, known)),
    close() {
      isOver = true;
      waiting = [];
      unwatch();
      stir();
    },
    async next() {
      while (!isOver) {
        const events = isBehind ? await nextStored() : nextWaiting();
        if (events.length > 0) return isOver ? null : events;
        if (!isBehind && waiting.length === 0 && !isOver)
          await new Promise<void>((resolve) => (wake = resolve));
      }
      return null;
    },
  };
}

const maxWaitingOfTask = 64;

function wantedBy(filter: Filter): (event: Event) => boolean {
  const matches = matcher(filter);
  return (event) => (event.task_id === null ? aboutRun(filter, event) : matches(event));
}

/** Events of runs and agents belong to no task; only project and run can be asked of them. */
function aboutRun(filter: Filter, event: Event): boolean {
  const asksForTask = [filter.kind, filter.state, filter.priority, filter.to, filter.name_contains].some(
    (field) => field !== undefined,
  );
  if (asksForTask) return false;
  if (filter.run_id !== undefined && filter.run_id !== event.run_id) return false;
  return isSeenIn(filter.project, event.project);
}
