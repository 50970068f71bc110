import { CordError, messageOf } from "../../core/error.ts";
import { claimPlace, deletePlace, type Place } from "./rooted-files.ts";
import { deleteBareFolder, initFolder } from "./record.ts";

/** One init does its work in milliseconds: a lock that stays the same for so long was left by a crash. */
const staleAfterMs = 5000;
const patienceMs = 60_000;
const againMs = 20;

/** Does something while no other init is at work in the project. Throws `conflict` when others stay at it. */
export async function alone<T>(root: string, act: () => T): Promise<T> {
  const lock: Place = { root, path: `${initFolder}/lock` };
  await claim(lock);
  try {
    return act();
  } finally {
    deletePlace(lock);
    deleteBareFolder(root);
  }
}

async function claim(lock: Place): Promise<void> {
  const begin = performance.now();
  let seen: { holder: string; since: number } | undefined;
  for (let holder = holderOf(lock); holder !== null; holder = holderOf(lock)) {
    const now = performance.now();
    if (now - begin > patienceMs) {
      throw new CordError(
        "conflict",
        `cord init: another cord init is at work in this project. Let it end; if there is none, delete ${lock.path}.`,
      );
    }
    if (seen?.holder !== holder) seen = { holder, since: now };
    else if (now - seen.since > staleAfterMs) deletePlace(lock);
    await Bun.sleep(againMs);
  }
}

/** Null: it is ours now. */
function holderOf(lock: Place): string | null {
  try {
    return claimPlace(lock);
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw new CordError(
      "failed",
      `cord init: ${initFolder} cannot be made in this project (${messageOf(error)}), so nothing could be undone. Nothing was changed.`,
    );
  }
}
