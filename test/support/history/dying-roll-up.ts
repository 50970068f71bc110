import { rollUp } from "../../../src/server/history/roll-up.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";

/**
 * `bun dying-roll-up.ts DATABASE FOLDER NOW STEP`: rolls up in the smallest steps, and is killed as by kill -9 in the job of the store
 * that has this number, before it is committed. Exits with 0 where there are fewer.
 */
const keptMs = 90 * 86_400_000;
const [database = "", folder = "", now = "0", step = "1"] = process.argv.slice(2);
const store = openSqlite(database);
let left = Number(step);
let time = 0;

const dying: Store = {
  ...store,
  read: (job) => store.read(async (tx) => die(await job(tx))),
  write: (job) => store.write(async (tx) => die(await job(tx))),
};

await rollUp({
  store: dying,
  folder,
  keptMs,
  now: Number(now),
  clock: () => (time += 1000),
  drawnTo: null,
  pause: async () => {},
});
await store.close();

function die<T>(value: T): T {
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
  return value;
}
