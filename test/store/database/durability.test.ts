import { expect, test } from "bun:test";
import { join } from "node:path";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { randomly } from "../../support/random.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const writer = join(import.meta.dir, "../../support/programs/write-and-acknowledge.ts");

test(
  "every write that was acknowledged is there after kill -9, time after time",
  randomly(async (random) => {
    const path = join(temporaryDirectory("durability"), "cord.db");
    const acknowledged: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      acknowledged.push(...(await writeUntilKilled(path, round, 50 + random.int(500))));
      const store = openSqlite(path);
      const kept = await store.read(async (tx) => {
        const rows = await tx.all<{ id: string }>("SELECT id FROM tasks");
        const events = await tx.get<{ n: number }>("SELECT count(*) AS n FROM events");
        const check = await tx.get<{ integrity_check: string }>("PRAGMA integrity_check");
        return { ids: new Set(rows.map(({ id }) => id)), events: events?.n, check: check?.integrity_check };
      });
      await store.close();
      expect(acknowledged.filter((id) => !kept.ids.has(id))).toEqual([]);
      expect(kept.events).toBe(kept.ids.size);
      expect(kept.check).toBe("ok");
    }
  }),
);

/** What the writer acknowledged before it was killed, at least so many. */
async function writeUntilKilled(path: string, round: number, min: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, writer, path, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split("\n").length > min) child.kill("SIGKILL");
  }
  await child.exited;
  return text.split("\n").slice(0, -1);
}
