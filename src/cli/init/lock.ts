import { CordError, messageOf } from "../../core/error.ts";
import { createEmpty, removeFile, type RootedPath } from "./rooted-files.ts";
import { deleteBareFolder, initFolder } from "./record.ts";

/** One init takes milliseconds: a lock that has not changed for so long was left by a crash. */
const staleAfterMs = 5000;
const timeoutMs = 60_000;
const retryMs = 20;

/** Does something while no other init is at work in the project. Throws `conflict` when others stay at it. */
export async function alone<T>(root: string, act: () => T | Promise<T>): Promise<T> {
  const lock: RootedPath = { root, path: `${initFolder}/lock` };
  await claim(lock);
  try {
    return await act();
  } finally {
    removeFile(lock);
    deleteBareFolder(root);
  }
}

async function claim(lock: RootedPath): Promise<void> {
  const begin = performance.now();
  let seen: { holder: string; since: number } | undefined;
  for (let holder = holderOf(lock); holder !== null; holder = holderOf(lock)) {
    const now = performance.now();
    if (now - begin > timeoutMs) {
      throw new CordError(
        "conflict",
        `cord init: another cord init is at work in this project. Let it end; if there is none, delete ${lock.path}.`,
      );
    }
    if (seen?.holder !== holder) seen = { holder, since: now };
    else if (now - seen.since > staleAfterMs) removeFile(lock);
    await Bun.sleep(retryMs);
  }
}

/** Null: it is ours now. */
function holderOf(lock: RootedPath): string | null {
  try {
    return createEmpty(lock);
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw new CordError(
      "failed",
      `cord init: ${initFolder} cannot be made in this project (${messageOf(error)}), so nothing could be undone. Nothing was changed.`,
    );
  }
}
