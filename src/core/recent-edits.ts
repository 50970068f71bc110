import { tabBounds } from "./limits.ts";

/** Who edits: a tab by its id, whatever its handle becomes, else an agent by its name. */
export interface Editor {
  key: string;
  name: string;
}

/** An edit of another's, so long ago. */
export interface OtherEdit extends Editor {
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
  /** by the file; in it when each edited last, by their keys, and which two were told of each other, and when. The latest last. */
  readonly #files = new Map<string, Edits>();

  /** Somebody edits a file; null: nobody knows who. Gives who else did within the time. */
  note(file: string, editor: Editor | null, monotonic: number): OtherEdit[] {
    const since = monotonic - tabBounds.editedTogetherMs;
    const known = this.#files.get(file) ?? { editors: new Map(), told: new Map() };
    const others = [...known.editors]
      .filter(([key, { at }]) => key !== editor?.key && at >= since)
      .map(([key, { name, at }]) => {
        const pair = [key, editor?.key ?? ""].toSorted().join("\n");
        const isNews = editor !== null && (known.told.get(pair) ?? Number.NEGATIVE_INFINITY) < since;
        if (isNews) put(known.told, pair, monotonic, maxEditors * maxEditors);
        return { key, name, agoMs: monotonic - at, isNews };
      });
    if (editor === null) return others;
    put(known.editors, editor.key, { name: editor.name, at: monotonic }, maxEditors);
    put(this.#files, file, known, maxFiles);
    return others;
  }
}

interface Edits {
  editors: Map<string, { name: string; at: number }>;
  told: Map<string, number>;
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
