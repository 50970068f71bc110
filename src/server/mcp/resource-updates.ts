import type { Bus } from "../../core/bus.ts";
import type { Event, EventType } from "../../core/event.ts";
import type { ResourceList } from "./resource-uri.ts";

/** What a resource shows, by which the events that change it are known. project: null is all of them. */
export type Shown = { kind: "task" | "run"; id: string } | { kind: ResourceList; project: string | null };

interface Rules {
  /** the least time between two calls to one watcher */
  restMs: number;
  /** Runs something later. */
  schedule(run: () => void, delayMs: number): void;
}

const defaults: Rules = {
  restMs: 1000,
  schedule: (run, delayMs) => void setTimeout(run, delayMs).unref(),
};

/** Of one resource, for all who watch it. */
interface Watched {
  watchers: Set<{ onUpdated: () => void }>;
  /** it has changed since its watchers were last told */
  isDue: boolean;
  /** they are being told, or were so within the least time */
  isResting: boolean;
}

/**
 * Tells watchers of resources when these have changed, at most once a second; the last change is always told. What an event
 * costs does not depend on how many watch: the resources it changes are found by key, and told of later, in pieces.
 */
export class ResourceUpdates {
  readonly #bus: Bus;
  readonly #rules: Rules;
  readonly #watched = new Map<string, Watched>();
  #untap: (() => void) | null = null;

  constructor(bus: Bus, rules: Rules = defaults) {
    this.#bus = bus;
    this.#rules = rules;
  }

  /** Calls back after changes, until the returned function is called. */
  watch(shown: Shown, onUpdated: () => void): () => void {
    const key = keyOf(shown);
    const watched = this.#watched.get(key) ?? { watchers: new Set(), isDue: false, isResting: false };
    const watcher = { onUpdated };
    watched.watchers.add(watcher);
    this.#watched.set(key, watched);
    this.#untap ??= this.#bus.tap((event) => this.#mark(event));
    return () => {
      watched.watchers.delete(watcher);
      this.#forgetUnwatched(key, watched);
    };
  }

  get size(): number {
    return this.#watched.size;
  }

  #mark(event: Event): void {
    for (const key of keysOf(event)) this.#due(key, this.#watched.get(key));
    if (event.project !== null) return;
    // what belongs to no project is seen in all of them
    for (const list of listsOf(event))
      for (const [key, watched] of this.#watched) if (key.startsWith(`${list}\n`)) this.#due(key, watched);
  }

  #due(key: string, watched: Watched | undefined): void {
    if (!watched || watched.isDue) return;
    watched.isDue = true;
    if (!watched.isResting) this.#tell(key, watched);
  }

  #tell(key: string, watched: Watched): void {
    watched.isResting = true;
    this.#rules.schedule(() => {
      watched.isDue = false;
      this.#tellFrom(watched.watchers.values(), () =>
        this.#rules.schedule(() => {
          watched.isResting = false;
          if (watched.isDue) this.#tell(key, watched);
          else this.#forgetUnwatched(key, watched);
        }, this.#rules.restMs),
      );
    }, 0);
  }

  /** A piece of them at a time, so that no request waits for a thousand. */
  #tellFrom(watchers: Iterator<{ onUpdated: () => void }>, onTold: () => void): void {
    for (let told = 0; told < pieceSize; told += 1) {
      const next = watchers.next();
      if (next.done) return onTold();
      next.value.onUpdated();
    }
    this.#rules.schedule(() => this.#tellFrom(watchers, onTold), 0);
  }

  /** What rests is kept: whoever watches it again meanwhile is told no sooner for that. */
  #forgetUnwatched(key: string, watched: Watched): void {
    if (watched.watchers.size > 0 || watched.isResting) return;
    if (this.#watched.get(key) === watched) this.#watched.delete(key);
    if (this.#watched.size > 0) return;
    this.#untap?.();
    this.#untap = null;
  }
}

const pieceSize = 50;

/** Those of a daemon, whose events its bus tells of: all its clients share one look at each event. */
export function updatesOf(bus: Bus): ResourceUpdates {
  const known = byBus.get(bus) ?? new ResourceUpdates(bus);
  byBus.set(bus, known);
  return known;
}

const byBus = new WeakMap<Bus, ResourceUpdates>();

function keyOf(shown: Shown): string {
  if ("id" in shown) return `${shown.kind} ${shown.id}`;
  return shown.project === null ? shown.kind : `${shown.kind}\n${shown.project}`;
}

/** The keys of what an event changes, but for the lists of all projects if it belongs to none. */
function keysOf(event: Event): string[] {
  const { task_id, run_id, project } = event;
  const keys = task_id === null ? [] : [`task ${task_id}`];
  if (run_id !== null) keys.push(`run ${run_id}`);
  for (const list of listsOf(event)) {
    keys.push(list);
    if (project !== null) keys.push(`${list}\n${project}`);
  }
  return keys;
}

/** The lists in which what an event is about is found. Nodes are in their run, and not on the board. */
function listsOf({ type, task_id, run_id }: Event): ResourceList[] {
  const lists: ResourceList[] = [];
  if (run_id !== null) lists.push("runs");
  else if (task_id !== null) lists.push("tasks");
  if (changesAgents.has(type)) lists.push("agents");
  return lists;
}

/** An agent is listed with the task that it holds. */
const changesAgents: ReadonlySet<EventType> = new Set<EventType>([
  "agent.seen",
  "task.claimed",
  "task.released",
  "task.expired",
  "task.waiting",
  "task.asked",
  "task.answered",
  "task.paused",
  "task.completed",
  "task.failed",
  "task.cancelled",
]);
