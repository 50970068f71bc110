import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { countTasks } from "../../../src/store/tables/task-counts.ts";
import {
  archivedBoard,
  archivedLines,
  dayMs,
  type ArchivedBoard,
} from "../../support/history/archived-board.ts";
import { textField } from "../../support/operations/rig.ts";
import { expectMode } from "../../support/expect-mode.ts";

let board: ArchivedBoard;

beforeEach(() => {
  board = archivedBoard();
});
afterEach(() => board.close());

async function send(name: string, more: object = {}): Promise<string> {
  return textField(await board.call("tasks/send", { name, kind: "task", ...more }), "id");
}

async function done(name: string, more: object = {}): Promise<string> {
  const id = await send(name, more);
  await board.call("tasks/claim", { id, agentId: "ann" });
  await board.call("tasks/complete", { id, agentId: "ann", result: { sha: name } });
  return id;
}

const ids = async () => (await board.rows()).map(({ id }) => id);
const get = (id: string) => board.call("tasks/get", { id });

describe("rolling up", () => {
  test("moves what ended long ago into the archive, and leaves what is open, new or the newest of its project", async () => {
    const old = await done("old");
    const failed = await send("failed");
    await board.call("tasks/claim", { id: failed, agentId: "bob" });
    await board.call("tasks/fail", { id: failed, agentId: "bob", reason: "no" });
    const cancelled = await send("cancelled");
    await board.call("tasks/cancel", { id: cancelled });
    const open = await send("open");
    const late = await send("ends late");
    const before = await get(old);
    await board.live(60);
    await board.call("tasks/cancel", { id: late });
    const newest = await done("new");
    expect(await board.live(55)).toMatchObject({ tasks: 3, files: 1 });
    expect(await ids()).toEqual([open, late, newest]);
    const lines = archivedLines(board.folder);
    expect(lines.flatMap(({ task }) => task?.id ?? []).toSorted()).toEqual(
      [old, failed, cancelled].toSorted(),
    );
    expect(lines.find(({ task }) => task?.id === old)?.task).toEqual(JSON.parse(JSON.stringify(before)));
    expect(lines.filter(({ event }) => event?.task_id === old)).toHaveLength(3);
    const counted = (await board.store.read((tx) => countTasks(tx, undefined))).tasks;
    expect(counted).toEqual({ pending: 1, cancelled: 1, completed: 1 });
  });

  test("keeps a task that something lives on: an open need, an unread message, a push configuration", async () => {
    const needed = await done("needed");
    const blocked = await send("blocked", { needs: [needed, await send("open need")] });
    await done("free");
    const unread = textField(
      await board.call("messages/send", { to: "carl", text: "read me", agentId: "ann" }),
      "id",
    );
    const pushed = await done("pushed");
    await board.store.write((tx) =>
      tx.run(
        "INSERT INTO push_configs (task_id, id, url, version, state, seq, created_at) VALUES (?, 'p', 'http://x', '1.0', 'live', 1, 1)",
        pushed,
      ),
    );
    await done("newest");
    expect((await board.live(120)).tasks).toBe(1);
    expect(await ids()).toContain(needed);
    expect(await ids()).toContain(unread);
    expect(await ids()).toContain(pushed);
    await board.call("tasks/cancel", { id: blocked });
    await board.live(15);
    expect(await ids()).not.toContain(needed);
  });

  test("never gives a number or a seq again", async () => {
    const project = "/shop";
    for (const name of ["a", "b", "c"]) await done(name, { project });
    await board.live(120);
    const kept = await board.store.read((tx) => tx.all<{ number: number }>("SELECT number FROM tasks"));
    expect(kept).toEqual([{ number: 3 }]);
    const { number, seq } = (await get(await send("d", { project }))) as { number: number; seq: number };
    expect(number).toBe(4);
    expect(seq).toBeGreaterThan(9);
  });

  test("leaves the events of a run with it, and the first event of all", async () => {
    const first = await done("first");
    const runId = await board.startRun();
    await board.call("agents/heartbeat", { id: "zoe", name: "zoe" });
    await done("newest");
    const ofRun = () =>
      board.store.read((tx) => tx.all("SELECT * FROM events WHERE run_id = ? ORDER BY seq", runId));
    const before = await ofRun();
    await board.live(120);
    expect(await ids()).not.toContain(first);
    expect(await ofRun()).toEqual(before);
    const kept = await board.store.read((tx) =>
      tx.all<{ seq: number }>("SELECT seq FROM events ORDER BY seq LIMIT 1"),
    );
    expect(kept).toEqual([{ seq: 1 }]);
  });

  test("makes files that are the user's alone, named after their newest day", async () => {
    await done("old");
    await done("newest");
    await board.live(120);
    expect(readdirSync(board.folder)).toEqual(["2026-01-01.jsonl.gz"]);
    expectMode(board.folder, 0o700);
    expectMode(join(board.folder, "2026-01-01.jsonl.gz"), 0o600);
  });

  test("takes nothing that the vault has yet to draw", async () => {
    await done("old");
    await done("newest");
    await board.live(80);
    for (let day = 0; day < 40; day += 1) {
      board.advance(dayMs);
      await board.seen();
    }
    expect(await board.roll(0)).toMatchObject({ tasks: 0, events: 0 });
    expect(await board.roll(3)).toMatchObject({ tasks: 0, files: 0 });
    expect(await board.roll(7)).toMatchObject({ tasks: 1 });
  });
});

describe("a clock that jumps", () => {
  test("makes nothing old by itself: a week of days has to be seen after it", async () => {
    const old = await done("old");
    await done("newest");
    await board.live(8);
    board.setWallClock(365 * dayMs);
    for (let look = 0; look < 24; look += 1) {
      await board.seen();
      expect(await board.roll()).toMatchObject({ tasks: 0, events: 0 });
    }
    board.setWallClock(-365 * dayMs);
    expect((await board.live(80)).tasks).toBe(0);
    expect(await ids()).toContain(old);
    expect((await board.live(60)).tasks).toBe(1);
  });

  test("that stays ahead is believed after a week", async () => {
    await done("old");
    await done("newest");
    await board.live(8);
    board.setWallClock(365 * dayMs);
    expect((await board.live(6)).tasks).toBe(0);
    expect((await board.live(1)).tasks).toBe(1);
  });

  test("into 1970 and back makes nothing old either", async () => {
    await done("old");
    await board.live(8);
    const away = board.now();
    board.setWallClock(-away);
    await done("in 1970");
    await board.seen();
    board.setWallClock(away);
    await done("newest");
    expect((await board.live(90)).tasks).toBe(0);
    expect((await board.live(20)).tasks).toBe(2);
  });
});
