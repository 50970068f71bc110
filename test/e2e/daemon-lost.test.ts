import { describe, expect, test } from "bun:test";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start, type Finished } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

const kept = (board: Board) => join(board.env["XDG_DATA_HOME"] ?? "", "cord");
const databaseOf = (board: Board) => join(kept(board), "cord.db");

/** Runs the words after "cord", as a person would who pastes them into a shell. */
function paste(board: Board, words: string): Promise<Finished> {
  const cord = board.argv().map((word) => `'${word}'`);
  return start(["sh", "-c", `${cord.join(" ")} ${words}`], { cwd: board.cwd, env: board.env }).ended;
}

describe("a daemon that lost what tells whose it is", () => {
  test("when its data folder was cleared under it is restarted as the commands say, which say where its tasks are", async () => {
    await using board = await startBoard();
    await board.cord("send", "kept");
    const [{ pid } = { pid: 0 }] = board.daemons();
    for (const name of readdirSync(kept(board))) rmSync(join(kept(board), name), { recursive: true });
    const refused = await board.cord("tasks");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`(pid ${pid}, `);
    const fix = /cord (daemon restart --url \S+)/.exec(refused.err)?.[1] ?? "";
    const restarted = await paste(board, fix);
    expect(restarted.code).toBe(0);
    expect(restarted.err).toContain("cord.db.saved");
    expect(board.daemons().map((daemon) => daemon.pid)).not.toContain(pid);
    expect((await board.cord("send", "new")).code).toBe(0);

    const [, from = "", to = ""] = /mv (\S+) (\S+),/.exec(restarted.err) ?? [];
    renameSync(from, to);
    expect((await paste(board, fix)).code).toBe(0);
    expect((await board.cord("tasks")).out).toContain("kept");
  });

  test("when it also hangs is ended, since it holds the lock of this user's database", async () => {
    await using board = await startBoard();
    await board.serve();
    const [{ pid } = { pid: 0 }] = board.daemons();
    process.kill(pid, "SIGSTOP");
    rmSync(`${databaseOf(board)}.address`);
    const status = await board.cord("daemon", "status");
    expect(status).toMatchObject({ code: 1, out: expect.stringContaining(`pid ${pid}`) });
    expect(await board.cord("daemon", "stop")).toMatchObject({ code: 0 });
    expect(board.daemons()).toEqual([]);
  });

  test("when it was stopped between its lock and its first word is named, and ended as the refusal says", async () => {
    await using board = await startBoard();
    const database = databaseOf(board);
    const script = join(import.meta.dirname, "../support/programs/silent-holder.ts");
    const argv = [process.execPath, script, database, "serve"];
    const holder = start(argv, { cwd: board.cwd, env: board.env });
    await holder.says("locked");
    holder.signal("SIGSTOP");
    const refused = await board.cord("serve", "--addr", new URL(board.url).host);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`(pid ${holder.pid}) has the`);
    const status = await board.cord("daemon", "status");
    expect(status).toMatchObject({ code: 1, out: expect.stringContaining(`(pid ${holder.pid})`) });
    const fix = /: cord (daemon stop [^\n]+)\n/.exec(refused.err)?.[1] ?? "";
    expect(await paste(board, fix)).toMatchObject({ code: 0 });
    await holder.ended;
    expect((await board.cord("status")).code).toBe(0);
  });
});

describe("a daemon", () => {
  test("of another data folder of this user's is told from a stranger, and the way to it works", async () => {
    await using board = await startBoard();
    await board.cord("send", "there");
    const elsewhere = { ...board.env, XDG_DATA_HOME: temporaryDirectory("data") };
    const other = (...args: string[]) => start(board.argv(...args), { cwd: board.cwd, env: elsewhere }).ended;
    for (const args of [["tasks"], ["daemon", "restart"], ["serve", "--addr", new URL(board.url).host]]) {
      const refused = await other(...args);
      expect(refused.code).toBe(1);
      expect(refused.err).not.toContain("cord daemon restart");
      const folder = /set XDG_DATA_HOME=(\S+);/.exec(refused.err)?.[1];
      expect(folder).toBe(board.env["XDG_DATA_HOME"]);
    }
    expect((await board.cord("tasks")).out).toContain("there");
  });

  test("whose database is lost says so in its status", async () => {
    await using board = await startBoard();
    await board.cord("send", "kept");
    rmSync(databaseOf(board));
    expect((await board.cord("tasks")).code).toBe(1);
    const status = await board.cord("daemon", "status");
    expect(status.code).toBe(1);
    expect(status.out).toContain("was deleted while the daemon");
    expect(status.out).toContain(`cord daemon restart --url ${board.url}`);
  });
});
