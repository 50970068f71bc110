import { lockDatabase } from "../../../src/store/database/lock.ts";

/** Holds the lock of the database named and says nothing beside it, as a daemon that was stopped while it started. */
const [path = ""] = process.argv.slice(2);
const lock = lockDatabase(path);
if (lock === null) throw new Error("another process has the lock");
console.error("locked");
process.once("SIGTERM", () => {
  lock.release();
  process.exit();
});
setInterval(() => {}, 60_000);
