import { tabBounds } from "./limits.ts";

/** An edit of another agent's, so long ago. */
export interface OtherEdit {
  by: string;
  agoMs: number;
  /** the two have not been told of each other yet */
  isNews: boolean;
}

const maxFiles = 10_000;
/** who edited one file lately */
const maxEditors = 16;

/**
 * Who edited which file in the last two minutes, by the clock that never steps. Only in memory: what a restart of the daemon
 * forgets is soon over anyway.
 */
export class RecentEdits {
  /** by the file; in it when each agent edited last, and which two were told of each other, and when. The latest last. */
  readonly #files = new Map<string, { editors: Map<string, number>; told: Map<string, number> }>();

  /** An agent edits a file; null: nobody knows who. Gives who else did within the time. */
  note(file: string, agent: string | null, monotonic: number): OtherEdit[] {
    const since = monotonic - tabBounds.editedTogetherMs;
    const known = this.#files.get(file) ?? { editors: new Map<string, number>(), told: new Map() };
    const others = [...known.editors]
      .filter(([by, at]) => by !== agent && at >= since)
      .map(([by, at]) => {
        const pair = [by, agent ?? ""].toSorted().join("\n");
        const isNews = agent !== null && (known.told.get(pair) ?? Number.NEGATIVE_INFINITY) < since;
        if (isNews) put(known.told, pair, monotonic, maxEditors * maxEditors);
        return { by, agoMs: monotonic - at, isNews };
      });
    if (agent === null) return others;
    put(known.editors, agent, monotonic, maxEditors);
    put(this.#files, file, known, maxFiles);
    return others;
  }
}

/** What agents were told lately, so that an edit after the other does not say the same again. */
export class RecentlyTold {
  readonly #told = new Map<string, number>();

  /** Whether it was not told in the last two minutes; it counts as told from now on. */
  isNews(what: string, monotonic: number): boolean {
    const before = this.#told.get(what);
    if (before !== undefined && monotonic - before < tabBounds.editedTogetherMs) return false;
    put(this.#told, what, monotonic, maxFiles);
    return true;
  }
}

/** As the newest of these; the oldest is dropped where there are too many. */
function put<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
