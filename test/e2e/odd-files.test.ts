import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";

const kept = (board: Board, name: string) => join(board.env["XDG_DATA_HOME"] ?? "", "cord", name);

test.each(["cord.db", "cord.db-wal", "cord.db.lock", "cord.db.address", "daemon.log", "token"])(
  "a folder in the place of %s is named, and the command that moves it away fixes it",
  async (name) => {
    await using board = await startBoard();
    rmSync(kept(board, name), { force: true });
    mkdirSync(kept(board, name));
    const { code, err } = await board.cord("status");
    expect(code).toBe(1);
    const fix = / is a folder, where cord keeps a file\. Move it away: (mv \S+ \S+)\n$/.exec(err)?.[1];
    await start(["sh", "-c", fix ?? "false"], { cwd: board.cwd, env: board.env }).ended;
    expect(await board.cord("status")).toMatchObject({ code: 0, err: "" });
    expect(board.daemons()).toHaveLength(1);
  },
);

test("a folder that --db or CORD_DB names is left where it is: a file in it is named instead", async () => {
  await using board = await startBoard();
  for (const folder of [board.cwd, join(board.cwd, "new/")]) {
    const { code, err } = await board.cord("serve", "--addr", "127.0.0.1:0", "--db", folder);
    expect({ code, err }).toEqual({
      code: 64,
      err: `cord serve: ${folder} is a folder, and --db names a file. Name one in it: --db ${join(folder, "cord.db")}\n`,
    });
  }
  const env = { ...board.env, CORD_DB: board.cwd };
  const sent = await start(board.argv("send", "x"), { cwd: board.cwd, env }).ended;
  expect(sent).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      `${board.cwd} is a folder, and CORD_DB names a file. Name one in it: CORD_DB=${join(board.cwd, "cord.db")}\n`,
    ),
  });
  expect(existsSync(board.cwd)).toBe(true);
});

test("an address at port 0 is refused, and starts no daemon; an empty CORD_URL names none", async () => {
  await using board = await startBoard();
  const { code, err } = await board.cord("status", "--url", "http://127.0.0.1:0/");
  expect(code).toBe(64);
  expect(err).toContain("http://127.0.0.1:0/ is no address of a daemon.");
  expect(existsSync(kept(board, "cord.db"))).toBe(false);
  const env = { ...board.env, CORD_URL: "" };
  const looked = await start(board.argv("daemon", "status"), { cwd: board.cwd, env }).ended;
  expect(looked.err).toBe("");
});
