import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { countTasks } from "../../../src/store/tables/task-counts.ts";
import { archivedBoard, archivedLines, dayMs } from "../../support/history/archived-board.ts";
import { start } from "../../support/machine/command.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { textField } from "../../support/operations/rig.ts";

const dying = join(import.meta.dir, "../../support/history/dying-roll-up.ts");
/** the newest of the project is open, and stays */
const ended = 8;

interface Old {
  database: string;
  now: number;
  /** what tasks/get gave of each */
  tasks: Map<string, unknown>;
}

/** A database whose first tasks ended long ago. */
async function oldDatabase(): Promise<Old> {
  const database = join(temporaryDirectory("old"), "cord.db");
  const board = archivedBoard(openSqlite(database));
  const tasks = new Map<string, unknown>();
  for (let index = 0; index < ended; index += 1) {
    const sent = await board.call("tasks/send", { name: `task ${index}`, kind: "task", payload: { index } });
    const id = textField(sent, "id");
    await board.call("agents/heartbeat", { id: `agent ${index}`, name: "ann" });
    await board.call("tasks/claim", { id, agentId: "ann" });
    await board.call("tasks/complete", { id, agentId: "ann", result: { index } });
    tasks.set(id, JSON.parse(JSON.stringify(await board.call("tasks/get", { id }))));
  }
  await board.call("tasks/send", { name: "open", kind: "task" });
  for (let day = 0; day < 120; day += 1) {
    board.advance(dayMs);
    if (day > 110) await board.seen();
  }
  const now = board.now();
  await board.close();
  return { database, now, tasks };
}

test("a kill -9 at any step loses nothing, and what is archived twice is the same", async () => {
  const old = await oldDatabase();
  let isOver = false;
  let killed = 0;
  for (let step = 1; !isOver; step += 3) {
    const folder = temporaryDirectory("killed");
    const database = join(folder, "cord.db");
    mkdirSync(join(folder, "history"), { mode: 0o700 });
    copyFileSync(old.database, database);
    const child = start(
      [process.execPath, dying, database, join(folder, "history"), `${old.now}`, `${step}`],
      {
        cwd: folder,
        env: { PATH: process.env["PATH"] ?? "", HOME: folder },
      },
    );
    const { code, err } = await child.ended;
    if (code === 0) isOver = true;
    else killed += 1;
    expect(err).toBe("");
    await expectWhole(database, join(folder, "history"), old);
  }
  // looking, gathering, the file, and each removal
  expect(killed).toBeGreaterThan(8);
});

async function expectWhole(database: string, folder: string, { now, tasks }: Old): Promise<void> {
  const board = archivedBoard(openSqlite(database), folder);
  board.setWallClock(now - board.now());
  await board.roll();
  expect((await board.rows()).map(({ name }) => name)).toEqual(["open"]);
  const lines = archivedLines(folder);
  for (const [id, task] of tasks) {
    expect(await board.call("tasks/archived", { id })).toMatchObject({ task });
    expect(
      new Set(lines.filter((line) => line.task?.id === id).map((line) => JSON.stringify(line))).size,
    ).toBe(1);
    const seqs = lines.flatMap(({ event }) => (event?.task_id === id ? event.seq : []));
    expect(new Set(seqs).size).toBe(3);
  }
  expect((await board.store.read((tx) => countTasks(tx, undefined))).tasks).toEqual({ pending: 1 });
  expect(await board.store.read((tx) => tx.all("SELECT * FROM pragma_integrity_check"))).toEqual([
    { integrity_check: "ok" },
  ]);
  expect(readdirSync(folder).filter((name) => !name.endsWith(".jsonl.gz"))).toEqual([]);
  await board.close();
}
