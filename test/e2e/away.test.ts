import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Client } from "../../src/client/client.ts";
import { stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import type { Running } from "../support/machine/command.ts";
import { freePort } from "../support/machine/free-port.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { startProxy } from "../support/network/proxy.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/**
 * Each user of the connection to the daemon, before the same faults. A call is a command that begins while the daemon is away, or the tool
 * of a tab; the others were there before. What they do is one policy's affair: src/client/connection/retry.ts.
 */
interface Users extends AsyncDisposable {
  tab: TestTab;
  top: Pane;
  /** for a task of the kind bug */
  wait: Running;
  /** of all tasks, each a line when it comes */
  events: Running;
  /** a run, whose agent works for as long as it may */
  engine: Running;
}

async function usersOf(board: Board, url: string): Promise<Users> {
  const there = { ...board.env, CORD_URL: url };
  const begin = (...args: string[]) => board.start(...args, "--url", url);
  await board.client.call("tasks/send", { name: "before", project: board.cwd });
  const tab = await stdioTab(board, { CORD_URL: url });
  await tab.call("tasks_list");
  const top = await openPane(board.argv("top"), { cwd: board.cwd, env: there });
  await top.shows("before");
  const { watchers } = await board.client.call("daemon/status", {});
  const wait = begin("wait", "--kind", "bug", "--timeout", "100");
  await until("the wait", async () => (await board.client.call("daemon/status", {})).watchers > watchers);
  const events = begin("tasks", "--watch");
  await until("the list", () => events.out().includes("before"));
  board.env["PATH"] = `${folderOfAgent()}:${board.env["PATH"]}`;
  const engine = begin("run", "Bear it");
  await until("an agent", async () =>
    (await board.client.call("runs/list", {})).some((run) => run.agents > 0),
  );
  return {
    tab,
    top,
    wait,
    events,
    engine,
    async [Symbol.asyncDispose]() {
      await tab[Symbol.asyncDispose]();
      await top[Symbol.asyncDispose]();
      for (const command of [wait, events, engine]) await command.kill();
    },
  };
}

/** Of a `claude` that does nothing. */
function folderOfAgent(): string {
  const folder = temporaryDirectory("agent");
  const script = '#!/bin/sh\n[ "$1" = --version ] && exec echo "2.1.197 (Claude Code)"\nexec sleep 1000\n';
  writeFileSync(join(folder, "claude"), script, { mode: 0o755 });
  return folder;
}

/** That an engine works on its run: it hears that the run is stopped, and ends its agent. */
async function expectGoesOn(engine: Running, client: Client): Promise<void> {
  const [run] = await client.call("runs/list", {});
  await client.call("nodes/stop", { run_id: String(run?.id), node_id: "#1" });
  const { code, err } = await engine.ended;
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("#1 cancelled") });
}

/** That all who were there before see what comes now, at the URL where the daemon is. */
async function expectAllGoOn(
  { wait, events, top, tab, engine }: Users,
  board: Board,
  url = board.url,
): Promise<void> {
  const client = createClient({ url, token: board.token });
  const { id } = await client.call("tasks/send", { name: "afterwards", kind: "bug", project: board.cwd });
  const { code, out, err } = await wait.ended;
  expect({ code, out, err }).toEqual({ code: 0, out: expect.stringContaining(id), err: "" });
  await top.shows("afterwards");
  await until("the event", () => events.out().includes("afterwards"));
  expect((await tab.call("tasks_get", { id })).value).toMatchObject({ name: "afterwards" });
  await expectGoesOn(engine, client);
}

async function boardThatServes(): Promise<Board> {
  const board = await startBoard();
  await board.serve();
  return board;
}

describe("when the daemon", () => {
  test("is killed, the next to miss it starts another, and all go on with that", async () => {
    await using board = await boardThatServes();
    await using users = await usersOf(board, board.url);
    await board.killDaemon();
    expect(await board.cord("send", "a call")).toMatchObject({ code: 0, err: "" });
    await expectAllGoOn(users, board);
  });

  test("moves to another port, who was there before goes on with it there, by its database", async () => {
    await using board = await boardThatServes();
    await using users = await usersOf(board, board.url);
    const there = `127.0.0.1:${await freePort()}`;
    expect((await board.cord("daemon", "restart", "--addr", there)).code).toBe(0);
    await expectAllGoOn(users, board, `http://${there}/`);
    expect(users.engine.err()).toContain(`The daemon listens at http://${there}/ now`);
  });

  test("has no room, a call is refused, and all who wait for something ask again", async () => {
    await using board = await boardThatServes();
    await using proxy = startProxy(board.url, board.token);
    await using users = await usersOf(board, proxy.url);
    await proxy.shut("busy");
    const refused = await board.cord("send", "a call", "--url", proxy.url);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("There is no room now.") });
    expect((await users.tab.call("tasks_list")).error).toContain("There is no room now.");
    await users.engine.says("There is no room now.");
    proxy.open();
    await expectAllGoOn(users, board);
  });

  test("says nothing, a call is given up, and the others go on when it speaks again", async () => {
    await using board = await boardThatServes();
    await using proxy = startProxy(board.url, board.token);
    await using users = await usersOf(board, proxy.url);
    await proxy.shut("silent");
    const silent = `What listens at ${proxy.url} said nothing of use`;
    const [call, tool] = await Promise.all([
      board.cord("send", "a call", "--url", proxy.url),
      users.tab.call("tasks_list"),
      users.engine.says(silent),
      users.top.shows("reconnecting …"),
    ]);
    expect(call).toMatchObject({ code: 1, err: expect.stringContaining(silent) });
    expect(tool.error).toContain(silent);
    proxy.open();
    await expectAllGoOn(users, board);
  });

  test("has its place taken by another program, all but an engine are told what that is, and end", async () => {
    await using board = await boardThatServes();
    await using proxy = startProxy(board.url, board.token);
    await using users = await usersOf(board, proxy.url);
    await proxy.shut("stranger");
    const stranger = `A web server that is not cord (404) answers at ${proxy.url}`;
    const { wait, events, top, tab, engine } = users;
    for (const { code, err } of await Promise.all([
      board.cord("send", "a call", "--url", proxy.url),
      wait.ended,
      events.ended,
    ]))
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(stranger) });
    const left = await top.ended();
    expect({ code: left.code, screen: left.screen.replaceAll("\n", "") }).toEqual({
      code: 1,
      screen: expect.stringContaining("A web server that is not cord (404)"),
    });
    expect((await tab.call("tasks_list")).error).toContain(stranger);
    // what a run has spent is worth more than a start at another port
    await engine.says(stranger);
    proxy.open();
    expect((await tab.call("tasks_list")).error).toBeUndefined();
    await expectGoesOn(engine, board.client);
  });
});
