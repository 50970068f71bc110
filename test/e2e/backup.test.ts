import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { daemonHere } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

let board: Board;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
  await board.client.call("tasks/send", { name: "kept", payload: "x".repeat(200_000) });
});
afterAll(() => board[Symbol.asyncDispose]());

async function namesIn(file: string): Promise<unknown> {
  const database = join(temporaryDirectory("restored"), "cord.db");
  copyFileSync(file, database);
  await using daemon = daemonHere({ database });
  return (await daemon.rpc("tasks/list")).result;
}

test("a backup is whole, its owner's only, and made while the daemon goes on", async () => {
  const { code, out } = await board.cord("backup", "copy.db", "--json");
  const file = join(board.cwd, "copy.db");
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, ok: true, file, bytes: statSync(file).size });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await namesIn(file)).toMatchObject([{ name: "kept" }]);
  expect(readdirSync(board.cwd).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a file that is there is replaced only by force, and a link by neither what it leads to", async () => {
  const [file, target] = [join(board.cwd, "there.db"), join(board.cwd, "target")];
  writeFileSync(target, "mine");
  symlinkSync(target, file);
  expect(await board.cord("backup", file)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is there already\. .*--force/),
  });
  expect(await board.cord("backup", file, "--force")).toMatchObject({ code: 0 });
  expect(await Bun.file(target).text()).toBe("mine");
  expect(await namesIn(file)).toMatchObject([{ name: "kept" }]);
});

test("the database itself, a folder that is not there and one that cannot be written are refused in one sentence", async () => {
  const database = join(board.data, "cord/cord.db");
  for (const own of [database, `${database}-wal`]) {
    const { code, err } = await board.cord("backup", own, "--force");
    expect({ code, err }).toMatchObject({
      code: 64,
      err: expect.stringContaining("is the database itself, or belongs to it"),
    });
  }
  for (const file of ["nowhere/copy.db", "/proc/copy.db"]) {
    const { code, err } = await board.cord("backup", file);
    expect(code).toBe(1);
    expect(err).toMatch(/^cord backup: [^\n]+\.\n$/);
  }
});

test("a daemon whose database's folder is gone can still be copied", async () => {
  const data = join(board.data, "cord");
  for (const name of readdirSync(data)) if (name !== "token") rmSync(join(data, name), { recursive: true });
  expect(await board.cord("status")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/was deleted while the daemon/),
  });
  expect(await board.cord("backup", "rescued.db")).toMatchObject({ code: 0 });
  expect(await namesIn(join(board.cwd, "rescued.db"))).toMatchObject([{ name: "kept" }]);
  expect(existsSync(join(data, "cord.db"))).toBe(false);
});
