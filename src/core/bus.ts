import { addTo, removeFrom } from "./by-key.ts";
import { isBesideTasks, type Event } from "./event.ts";
import { keysFor, keysOf, matcher, type Sought } from "./filter.ts";

/** Tells watchers of events after their commit. A filter is found by (kind, state), and matched once per event. */
export interface Bus {
  publish(events: readonly Event[]): void;
  /** Calls back for each task event that the filter lets through, until the returned function is called. */
  watch(filter: Sought, onEvent: (event: Event) => void): () => void;
  /**
   * Calls back for each event of one task; an event of another costs nothing. A passive one counts as no watcher: it only notes, and
   * keeps no daemon up.
   */
  watchTask(id: string, onEvent: (event: Event) => void, isPassive?: boolean): () => void;
  /** Calls back for every event. */
  tap(onEvent: (event: Event) => void): () => void;
  watchers(): number;
}

interface Watcher {
  matches: (event: Event) => boolean;
  onEvent: (event: Event) => void;
}

export function createBus(): Bus {
  const byKey = new Map<string, Set<Watcher>>();
  const byTask = new Map<string, Set<(event: Event) => void>>();
  const taps = new Set<(event: Event) => void>();
  let count = 0;

  function tell(event: Event): void {
    for (const onEvent of taps) onEvent(event);
    if (event.task_id === null) return;
    if (byTask.size > 0) for (const onEvent of byTask.get(event.task_id) ?? []) onEvent(event);
    if (count === 0 || isBesideTasks(event)) return;
    for (const key of keysFor(event)) {
      for (const watcher of byKey.get(key) ?? []) if (watcher.matches(event)) watcher.onEvent(event);
    }
  }

  return {
    publish: (events) => events.forEach(tell),
    watch(filter, onEvent) {
      const watcher = { matches: matcher(filter), onEvent };
      const keys = keysOf(filter);
      for (const key of keys) addTo(byKey, key, watcher);
      count += 1;
      return () => {
        let found = false;
        for (const key of keys) found = removeFrom(byKey, key, watcher) || found;
        if (found) count -= 1;
      };
    },
    watchTask(id, onEvent, isPassive = false) {
      // each call is a watcher of its own, also with the same function
      const watcher = (event: Event) => onEvent(event);
      const counted = isPassive ? 0 : 1;
      addTo(byTask, id, watcher);
      count += counted;
      return () => {
        if (removeFrom(byTask, id, watcher)) count -= counted;
      };
    },
    tap(onEvent) {
      taps.add(onEvent);
      return () => void taps.delete(onEvent);
    },
    watchers: () => count + taps.size,
  };
}
