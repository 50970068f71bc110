import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { renameSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../../src/core/event.ts";
import { Filter } from "../../../src/core/filter.ts";
import { messageOf } from "../../../src/core/error.ts";
import { streams } from "../../../src/operations/list.ts";
import { importTask } from "../../../src/store/import/imports.ts";
import { eventsSince } from "../../../src/store/tables/events.ts";
import { boardFor } from "../../../src/server/a2a/board.ts";
import { ImportedTask } from "../../../src/core/imported.ts";
import { archivedBoard, type ArchivedBoard } from "../../support/history/archived-board.ts";
import { human, textField } from "../../support/operations/rig.ts";

let board: ArchivedBoard;
let old: string;
let shown: unknown;

/** Task 2 was archived; 1 and 3 are here. */
beforeEach(async () => {
  board = archivedBoard();
  const send = async (name: string) =>
    textField(await board.call("tasks/send", { name, kind: "task" }), "id");
  await send("first");
  old = await send("old");
  await board.call("tasks/claim", { id: old, agentId: "ann" });
  await board.call("tasks/say", { id: old, agentId: "ann", text: "on it" });
  await board.call("tasks/complete", { id: old, agentId: "ann", result: { sha: "abc" } });
  shown = await board.call("tasks/get", { id: old });
  await send("newest");
  expect((await board.live(120)).tasks).toBe(1);
});
afterEach(() => board.close());

describe("a task that was archived", () => {
  test("is not found, and the refusal says since when, where and by which command, whatever is to be done with it", async () => {
    const refusal =
      /^Task 2 \([0-9a-f-]{36}\) ended long ago, and was moved into the archive on 2026-04-\d\d: "cord show [0-9a-f-]{36}" reads it there, in 2026-01-01\.jsonl\.gz\.$/;
    for (const id of [old, old.slice(0, 30), "2", "#2"])
      expect(await board.call("tasks/get", { id }).catch(messageOf)).toMatch(refusal);
    expect(await board.call("tasks/history", { id: old }).catch(messageOf)).toMatch(refusal);
    expect(await board.call("tasks/cancel", { id: "2" }).catch(messageOf)).toMatch(refusal);
    expect(await board.call("tasks/claim", { id: old, agentId: "bob" }).catch(messageOf)).toMatch(
      /^task is not claimable: task 2 \(.* ended long ago/,
    );
    expect(await board.call("tasks/watch", { ids: [old], agentId: "bob" }).catch(messageOf)).toMatch(refusal);
    const a2a = boardFor(board.services, human, new AbortController().signal);
    expect(await a2a.get(old).catch(messageOf)).toMatch(/ended long ago, and was moved into the archive/);
  });

  test("is read from the archive as it was, by its id, the beginning of that and its number", async () => {
    for (const id of [old, old.slice(0, 30), "2"])
      expect(await board.call("tasks/archived", { id })).toMatchObject({
        task: shown,
        file: "2026-01-01.jsonl.gz",
      });
    expect(await board.call("tasks/archived", { id: "3" })).toBeNull();
    expect(await board.call("tasks/get", { id: "4711" })).toBeNull();
  });

  test("whose file is gone is refused with what to do", async () => {
    const [file = ""] = readdirSync(board.folder);
    renameSync(join(board.folder, file), join(board.folder, "away"));
    expect(await board.call("tasks/archived", { id: old }).catch(messageOf)).toMatch(
      /^Task .* was archived in 2026-01-01\.jsonl\.gz, which cannot be read: .*Put the file back/,
    );
  });

  test("is not brought over again from another board", async () => {
    const again = ImportedTask.parse({
      id: old,
      name: "old",
      kind: "task",
      priority: "normal",
      state: "completed",
      claimed_by: null,
      claimed_at: null,
      lease_until: null,
      payload: null,
      result: null,
      created_at: 1,
      updated_at: 1,
    });
    expect(await board.store.write((tx) => importTask(tx, again, { now: 1, monotonic: 1 }))).toBe(false);
  });
});

async function followed(since: number, count: number, filter: object = {}): Promise<Event[]> {
  const following = streams["events/follow"].open(board.services, human, Filter.parse({ since, ...filter }));
  const events: Event[] = [];
  while (events.length < count) events.push(...((await following.next()) ?? []));
  following.close();
  return events;
}

test("who follows from before what was archived is told so first, misses nothing that is left, and is told it again by the same seq", async () => {
  const left = (await board.store.read((tx) => eventsSince(tx, 0, {}, 100))).events;
  const [note, ...rest] = await followed(0, left.length + 1);
  expect(note).toMatchObject({ seq: 0, type: "history.archived", data: { up_to: 5 }, task_id: null });
  expect(rest).toEqual(left);
  expect((await followed(2, 1))[0]).toMatchObject({ seq: 2, type: "history.archived" });
  expect((await followed(5, 1))[0]?.type).toBe("task.created");
  const run_id = await board.startRun();
  expect((await followed(0, 1, { run_id }))[0]?.type).toBe("run.created");
});

test("a gap in the log that is longer than one look is passed at once", async () => {
  await board.store.write(async (tx) => {
    await tx.run("UPDATE events SET seq = seq + 1000000 WHERE seq > 5");
  });
  const { events, isLast } = await board.store.read((tx) => eventsSince(tx, 5, {}, 100));
  expect(events.map(({ name }) => name)).toEqual(["newest"]);
  expect(isLast).toBe(true);
});
