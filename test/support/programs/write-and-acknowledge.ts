import { writeSync } from "node:fs";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { insertTask } from "../../../src/store/tables/tasks.ts";

/** Writes tasks without end into the database named, many at once, and prints the id of each that was acknowledged. */
const [path = "", round = ""] = process.argv.slice(2);
const store = openSqlite(path);
for (let batch = 0; ; batch += 1) {
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const id = `${round}-${batch}-${index}`;
      const task = { id, name: id, kind: "task", priority: "normal", state: "pending" } as const;
      await store.write((tx) => insertTask(tx, task, batch));
      writeSync(1, `${id}\n`);
    }),
  );
}
