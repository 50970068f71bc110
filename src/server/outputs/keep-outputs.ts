import { messageOf } from "../../core/error.ts";
import { attemptFolderName } from "../../core/output-files.ts";
import { historySettings } from "../../system/history-settings.ts";
import { wallClock } from "../../system/wall-clock.ts";
import type { Store } from "../../store/store.ts";
import { settledTime } from "../../store/tables/archives.ts";
import { lostAttempts } from "../../store/tables/lost-attempts.ts";
import { whetherOver } from "../../store/tables/runs.ts";
import { tidyOutputs, type KnownRun, type Tidying } from "./tidy.ts";

/** Many a daemon does not live for an hour; one that is asked something has to answer first. */
const firstAfterMs = 75_000;
const everyMs = 3_600_000;
/** Some ten seconds of one core. */
const maxCompressedBytes = 512 * 1024 ** 2;

/**
 * Tidies the output of the database's runs once an hour, until the returned function is called. Settings that cannot be read are
 * complained of, and nothing is removed by guesses.
 */
export function keepOutputs(store: Store, folder: string, complain: (sentence: string) => void): () => void {
  const end = new AbortController();
  const measured: Tidying["measured"] = new Map();
  let isAtWork = false;
  const tidy = async () => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await tidyOutputs({
        folder,
        runs: (ids) => knownRuns(store, ids),
        settings: historySettings(),
        now: wallClock(),
        settled: await store.read(settledTime),
        measured,
        maxCompressedBytes,
        signal: end.signal,
      });
    } catch (error) {
      if (!end.signal.aborted) complain(`the output of runs in ${folder} is not tidied: ${messageOf(error)}`);
    } finally {
      isAtWork = false;
    }
  };
  const soon = setTimeout(() => void tidy(), firstAfterMs).unref();
  const often = setInterval(() => void tidy(), everyMs).unref();
  return () => {
    clearTimeout(soon);
    clearInterval(often);
    end.abort();
  };
}

/** Those of the ids that are runs, in the order in which they are asked for. */
export async function knownRuns(store: Store, ids: readonly string[]): Promise<KnownRun[]> {
  return store.read(async (tx) => {
    const known: KnownRun[] = [];
    for (const { id, ended_at, present } of await whetherOver(tx, ids)) {
      const isOver = ended_at !== null && present === 0;
      const lost = isOver ? await lostAttempts(tx, id) : [];
      const needed = new Set(lost.map(({ number, epoch }) => attemptFolderName(number, epoch)));
      known.push({ id, endedAt: isOver ? ended_at : null, needed });
    }
    return known;
  });
}
