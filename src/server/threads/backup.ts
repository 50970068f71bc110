import { statSync } from "node:fs";
import { CordError } from "../../core/error.ts";
import type { Store } from "../../store/store.ts";
import { Done, type Order } from "./backup-thread.ts";
import { startThread } from "./thread.ts";

/**
 * Writes a whole copy of the database into a file, and resolves to its size in bytes. Throws `conflict` if the file
 * exists and may not be replaced, `timeout` if it takes longer than given. If the database's file is lost, the
 * connection that still has it makes the copy, and nobody else is served meanwhile.
 */
export async function backUp(store: Store, order: Order, withinMs: number): Promise<number> {
  if (order.database === ":memory:" || store.lost() !== null) store.copyTo(order.file, order.replace);
  else await copyInThread(order, withinMs);
  return statSync(order.file).size;
}

async function copyInThread(order: Order, withinMs: number): Promise<void> {
  const thread = startThread("backup-thread");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(tooLate(order, withinMs)), withinMs);
  thread.addEventListener("error", ({ message }) =>
    reject(new CordError("failed", `The copy could not be made: ${message}`)),
  );
  thread.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const { ready, failed } = Done.parse(data);
    if (ready) thread.postMessage(order);
    else if (failed) reject(new CordError(failed.code, failed.message));
    else resolve();
  });
  try {
    await promise;
  } finally {
    clearTimeout(late);
    thread.terminate();
  }
}

function tooLate({ file }: Order, withinMs: number): CordError {
  return new CordError(
    "timeout",
    `The copy into ${file} was not done within ${Math.round(withinMs / 1000)} s, and was given up.`,
  );
}
