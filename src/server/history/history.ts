import { CordError, isDiskTrouble, messageOf } from "../../core/error.ts";
import { counted, withoutFullStop } from "../../core/wording.ts";
import type { Store } from "../../store/store.ts";
import { noteDay } from "../../store/tables/archives.ts";
import type { DaemonClock } from "../clock.ts";
import { rollUp, type RolledUp } from "./roll-up.ts";

/** What a daemon is told of its archive. */
export interface ArchiveSettings {
  /** where the archive is */
  folder: string;
  /** what is older goes into the archive; null: nothing does */
  keptMs: number | null;
  /** why a person's setting could not be read: then nothing goes */
  trouble: string | null;
  /** when it first looks whether something is old, and how often; left out, after 90 s and each hour */
  timing?: { firstMs: number; everyMs: number };
}

interface HistoryOptions extends ArchiveSettings {
  store: Store;
  clock: Pick<DaemonClock, "wall" | "isStanding">;
  /** up to where the vault is drawn; null where there is none */
  drawnTo(): number | null;
  complain(sentence: string): void;
}

const defaultTiming = { firstMs: 90_000, everyMs: 3_600_000 };

/** Keeps the history small: looks once an hour whether there is something to roll up, and does. See store/lifecycle/archiving.ts. */
export class History {
  readonly #options: HistoryOptions;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #trouble: string | null;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#trouble = options.trouble;
    if (options.trouble !== null) options.complain(options.trouble);
    const { firstMs, everyMs } = options.timing ?? defaultTiming;
    this.#lookIn(firstMs, everyMs);
  }

  /** What a person should know: why nothing is archived that should be. */
  trouble(): string | null {
    return this.#trouble;
  }

  /** Resolves when no step is under way any more. What is left is done the next time. */
  async stop(): Promise<void> {
    this.#end.abort();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#working;
  }

  #lookIn(ms: number, everyMs: number): void {
    this.#timer = setTimeout(() => {
      this.#working = this.#look().finally(() => {
        if (!this.#end.signal.aborted) this.#lookIn(everyMs, everyMs);
      });
    }, ms);
    this.#timer.unref();
  }

  /** Never rejects. What fails is tried again at the next look. */
  async #look(): Promise<void> {
    const { store, clock, complain } = this.#options;
    if (clock.isStanding) return;
    try {
      const now = clock.wall();
      await store.write((tx) => noteDay(tx, now));
      const done = await this.#roll(now);
      if (done === null) return;
      this.#trouble = null;
      if (done.files > 0) complain(rolledInWords(done, this.#options.folder));
    } catch (error) {
      // of the disk's troubles the store tells by itself
      if (this.#end.signal.aborted || (isDiskTrouble(error) && store.lost() !== null)) return;
      this.#trouble = troubleIn(error, this.#options.folder);
      complain(this.#trouble);
    }
  }

  async #roll(now: number): Promise<RolledUp | null> {
    const { store, folder, keptMs, drawnTo } = this.#options;
    if (keptMs === null) return null;
    const { signal } = this.#end;
    const pause = (ms: number) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) reject(new CordError("interrupted", "The daemon ends."));
        else setTimeout(resolve, ms);
      });
    return rollUp({ store, folder, keptMs, now, clock: () => performance.now(), drawnTo: drawnTo(), pause });
  }
}

function rolledInWords({ tasks, events, files, longestMs }: RolledUp, folder: string): string {
  const what = `${counted(tasks, "ended task")} with their events, and ${counted(events, "other event")}`;
  return `history: ${what}, went into ${counted(files, "new file")} in ${folder}; the longest step took ${Math.ceil(longestMs)} ms.`;
}

function troubleIn(error: unknown, folder: string): string {
  const why = withoutFullStop(messageOf(error));
  return `The history could not be archived into ${folder}: ${why}. Nothing was lost, and it is tried again within the hour. Free some space or mend the folder; or write keep = "forever" under [history] in your config.toml, and restart the daemon.`;
}
