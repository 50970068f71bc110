import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceOver } from "../../src/server/vault.ts";
import { keepVault } from "../../src/vault/keeper.ts";
import { archivedBoard } from "../support/history/archived-board.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { textField } from "../support/operations/rig.ts";

test("a vault that was not drawn for long keeps the notes of what was archived meanwhile, and goes on", async () => {
  const board = archivedBoard();
  const path = join(temporaryDirectory("vault"), "notes");
  const complaints: string[] = [];
  const complain = (sentence: string) => void complaints.push(sentence);
  const draw = async () => {
    const vault = keepVault({ path, source: sourceOver(board.store), complain, restMs: 0 });
    await vault.settled();
    const drawnTo = vault.drawnTo();
    await vault.stop();
    return drawnTo;
  };
  const names = () =>
    readdirSync(join(path, "tasks")).map((name) => name.split("-").slice(3, -1).join("-") || name);
  const ann = () => readFileSync(join(path, "agents/ann.md"), "utf8");
  const done = async (name: string) => {
    const id = textField(await board.call("tasks/send", { name, kind: "task" }), "id");
    await board.call("tasks/claim", { id, agentId: "ann" });
    await board.call("tasks/complete", { id, agentId: "ann" });
  };
  await done("old");
  const before = await draw();
  const [note] = readdirSync(join(path, "tasks"));
  const log = ann();
  await done("never drawn");
  await done("newest");
  expect((await board.live(120)).tasks).toBe(2);
  await done("later");
  expect(await draw()).toBeGreaterThan(before);
  expect(readdirSync(join(path, "tasks"))).toContain(String(note));
  expect(ann()).toStartWith(log);
  expect(ann()).toContain("later");
  expect(names().join()).not.toContain("never");
  expect(complaints).toEqual([]);
  // as the removal of the first run does
  await board.store.write((tx) => tx.run("DELETE FROM events WHERE seq = 1"));
  await done("last");
  await draw();
  expect(ann()).toStartWith(log);
  expect(ann()).toContain("last");
  expect(complaints).toEqual([]);
  await board.close();
});
