import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { History } from "../../../src/server/history/history.ts";
import { archivedBoard, dayMs, keptMs, type ArchivedBoard } from "../../support/history/archived-board.ts";
import { canMount, smallDisk } from "../../support/machine/small-disk.ts";
import { until } from "../../support/until.ts";

let board: ArchivedBoard;
let history: History | null = null;
const said: string[] = [];

beforeEach(async () => {
  board = archivedBoard();
  said.length = 0;
  for (const name of ["old", "newest"]) await board.call("tasks/send", { name, kind: "ack" });
  for (let day = 0; day < 120; day += 1) {
    board.advance(dayMs);
    await board.seen();
  }
});
afterEach(async () => {
  await history?.stop();
  await board.close();
});

function keep(settings: { keptMs: number | null; trouble?: string | null; folder?: string }): History {
  return (history = new History({
    store: board.store,
    folder: board.folder,
    trouble: null,
    ...settings,
    clock: { wall: board.now, isStanding: false },
    drawnTo: () => null,
    complain: (sentence) => void said.push(sentence),
    timing: { firstMs: 1, everyMs: 1 },
  }));
}

test("what was rolled up is told in the daemon's log", async () => {
  keep({ keptMs });
  await until("the roll-up", () => said.length > 0);
  const where = `went into 1 new file in ${board.folder}; the longest step took `;
  expect(said[0]).toStartWith(`history: 1 ended task with their events, and 0 other events, ${where}`);
});

test("a folder that cannot be written keeps everything where it is, is told as a trouble, and is tried again", async () => {
  writeFileSync(board.folder, "in the way");
  const kept = keep({ keptMs });
  await until("the trouble", () => kept.trouble() !== null);
  expect(kept.trouble()).toMatch(
    /^The history could not be archived into .*Nothing was lost, and it is tried again/,
  );
  expect(await board.rows()).toHaveLength(2);
  rmSync(board.folder);
  await until("the roll-up", () => said.some((sentence) => sentence.startsWith("history:")));
  expect(kept.trouble()).toBeNull();
  expect(await board.rows()).toHaveLength(1);
});

test.skipIf(!canMount)(
  "a full disk keeps everything where it is, leaves no half file, and is got over",
  async () => {
    using disk = smallDisk(1);
    if (disk === null) throw new Error("There is no small disk.");
    const folder = join(disk.folder, "history");
    mkdirSync(folder, { mode: 0o700 });
    disk.fill();
    const kept = keep({ keptMs, folder });
    await until("the trouble", () => kept.trouble() !== null);
    expect(kept.trouble()).toMatch(/ENOSPC|no space/i);
    await kept.stop();
    expect(await board.rows()).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
    disk.empty();
    const again = keep({ keptMs, folder });
    await until("the roll-up", () => said.some((sentence) => sentence.startsWith("history:")));
    expect(await board.rows()).toHaveLength(1);
    await again.stop();
  },
);

test("a setting that cannot be read, or forever, moves nothing", async () => {
  const trouble = "config.toml:2: Keep in [history] cannot be so.";
  const kept = keep({ keptMs: null, trouble });
  expect(said).toEqual([trouble]);
  await kept.stop();
  expect(kept.trouble()).toBe(trouble);
  expect(await board.rows()).toHaveLength(2);
});
