import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProxy } from "../support/network/proxy.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { hostile, unsafe } from "../support/hostile.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** A board with a running daemon and a few tasks of its project. */
async function boardWith(...names: string[]): Promise<Board> {
  const board = await startBoard();
  await board.serve();
  for (const name of names) await send(board, name);
  return board;
}

function send(
  board: Board,
  name: string,
  more: { kind?: string; priority?: string; payload?: unknown } = {},
) {
  return board.client.call("tasks/send", { name, project: board.cwd, ...more });
}

/** cord top under a shell that notes the terminal's modes before and after, the pid, and the exit code. */
function openTop(
  board: Board,
  { program = board.argv("top"), width = 100, height = 30, url = board.url } = {},
): Promise<Pane> {
  const script = `stty -a >before; sh -c 'echo $$ >pid; exec "$@"' sh "$@"; code=$?; stty -a >after; exit $code`;
  const argv = ["sh", "-c", script, "sh", ...program];
  return openPane(argv, { cwd: board.cwd, env: { ...board.env, CORD_URL: url }, width, height });
}

function noted(board: Board, name: string): string {
  return readFileSync(join(board.cwd, name), "utf8");
}

/** What stty said, but for the size of the terminal, which a test may change. */
function modes(board: Board, name: string): string {
  return noted(board, name).replace(/rows \d+; columns \d+;/, "");
}

/** The terminal as it was: its modes, its cursor, and none of the dashboard's screen. */
async function expectRestored(board: Board, pane: Pane, code: number): Promise<string> {
  const end = await pane.ended();
  expect(modes(board, "after")).toBe(modes(board, "before"));
  expect({ code: end.code, cursor: end.cursorIsVisible }).toEqual({ code, cursor: true });
  expect(end.screen).not.toContain("┌cord");
  return end.screen;
}

describe("cord top in a terminal", () => {
  test("shows what happens as it happens: tasks, agents, claims, results", async () => {
    await using board = await boardWith("first task");
    await using pane = await openTop(board, { height: 40 });
    expect(await pane.shows("first task")).toContain("live, refreshed");
    const second = await send(board, "second task", {
      kind: "bug",
      priority: "high",
      payload: { file: "a.ts" },
    });
    expect(await pane.shows("second task")).toContain("2 visible / 2 total");
    await board.client.call("tasks/claim", { id: second.id, agentId: "tab-a" });
    expect(await pane.shows("● tab-a")).toContain("claimed=1");
    await pane.shows('payload: {"file":"a.ts"}');
    await pane.shows("claimed by tab-a, epoch 1");
    await board.client.call("tasks/complete", { id: second.id, agentId: "tab-a", result: "done it" });
    await pane.shows("completed=1");
    await pane.press("f", "f");
    await pane.shows("filter: all");
    await pane.shows("result: done it");
    expect(await pane.shows("completed by tab-a")).toContain("created by human");
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("selects, searches, filters, helps and pauses by keys", async () => {
    await using board = await boardWith("alpha", "beta", "gamma");
    await using pane = await openTop(board);
    await pane.shows("▶ ");
    await pane.press("Down");
    expect(await pane.shows("│beta ")).toMatch(/▶ .*beta/);
    await pane.press("/", "a", "l", "p");
    expect(await pane.shows("search: alp")).not.toContain("gamma");
    await pane.press("Escape");
    expect(await pane.shows("gamma")).toContain("3 visible");
    await pane.press("f");
    await pane.shows("Nothing under the filter attention");
    await send(board, "look at this", { priority: "urgent" });
    await pane.shows("look at this");
    await pane.press("?");
    await pane.shows("any key goes back");
    await pane.press("x", "p");
    await pane.shows("PAUSED, 0 events wait");
    await send(board, "while it was paused", { priority: "urgent" });
    expect(await pane.shows("PAUSED, 1 event waits")).not.toContain("while it was paused");
    await pane.press("p");
    await pane.shows("while it was paused");
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("cancels the selected task after a yes, and only then", async () => {
    await using board = await boardWith();
    const task = await send(board, "not wanted any more");
    await using pane = await openTop(board);
    await pane.shows("not wanted any more");
    await pane.press("c");
    await pane.shows("Cancel this task? y/n  not wanted any more");
    await pane.press("n");
    await pane.shows("Not cancelled.");
    expect(await board.client.call("tasks/get", { id: task.id })).toMatchObject({ state: "pending" });
    await pane.press("c", "y");
    await pane.shows("Cancelled: not wanted any more");
    await pane.shows("cancelled=1");
    expect(await board.client.call("tasks/get", { id: task.id })).toMatchObject({
      state: "cancelled",
      reason: "cancelled in cord top",
    });
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("draws itself anew at every size", async () => {
    await using board = await boardWith("a task");
    await using pane = await openTop(board, { width: 120, height: 40 });
    await pane.shows("PRIO ");
    await pane.resize(40, 20);
    await pane.shows("└──────────────────────────────────────┘");
    await pane.resize(60, 6);
    await pane.shows("cord top needs 24×8, this is 60×6.");
    await pane.resize(80, 24);
    const screen = await pane.shows("↑↓ select");
    expect(screen.split("\n").slice(0, 24)).toHaveLength(24);
    expect(screen).toContain("┌cord─");
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("lets no text of a task touch the terminal", async () => {
    await using board = await boardWith();
    await send(board, hostile, { kind: "bug", payload: { note: hostile } });
    await using pane = await openTop(board);
    const screen = await pane.shows("pwn");
    expect(screen).toContain("┌cord─");
    expect(screen).not.toMatch(unsafe);
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("gives the terminal back at Ctrl-C, in a search too", async () => {
    await using board = await boardWith("a task");
    await using pane = await openTop(board);
    await pane.shows("a task");
    await pane.press("/", "a", "C-c");
    await expectRestored(board, pane, 130);
  });

  test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("gives the terminal back at %s", async (name) => {
    await using board = await boardWith("a task");
    await using pane = await openTop(board);
    await pane.shows("a task");
    process.kill(Number(noted(board, "pid")), name);
    await expectRestored(board, pane, 130);
  });

  test("ends when its terminal goes away", async () => {
    await using board = await boardWith("a task");
    const pane = await openTop(board);
    await pane.shows("a task");
    const pid = noted(board, "pid").trim();
    await pane[Symbol.asyncDispose]();
    await until("its end", () => !existsSync(`/proc/${pid}`));
  });

  test("gives the terminal back, and says what went wrong, when it breaks", async () => {
    await using board = await boardWith("a task");
    const sabotage = join(board.cwd, "sabotage.ts");
    const model = join(import.meta.dirname, "../../src/tui/top/model.ts");
    writeFileSync(
      sabotage,
      `import { TopModel } from ${JSON.stringify(model)};
      TopModel.prototype.apply = () => { throw new Error("it broke"); };`,
    );
    const main = join(import.meta.dirname, "../../src/main.ts");
    const program = [process.execPath, "--preload", sabotage, main, "top"];
    await using pane = await openTop(board, { program });
    await pane.shows("a task");
    await send(board, "one too many");
    expect(await expectRestored(board, pane, 1)).toContain("cord top: it broke");
  });

  test("stops at Ctrl-Z with the shell's terminal as it was, and goes on at fg", async () => {
    await using board = await boardWith("a task");
    const program = join(board.cwd, "top.sh");
    writeFileSync(
      program,
      `#!/bin/sh\nexec ${board
        .argv("top")
        .map((word) => `'${word}'`)
        .join(" ")}\n`,
    );
    chmodSync(program, 0o755);
    const bash = ["bash", "--norc", "--noprofile", "-i"];
    await using pane = await openPane(bash, {
      cwd: board.cwd,
      env: { ...board.env, PS1: "ready> " },
      height: 30,
    });
    await pane.shows("ready>");
    await pane.press("stty -a >before; ./top.sh", "Enter");
    await pane.shows("┌cord─");
    await pane.press("C-z");
    expect(await pane.shows("Stopped")).not.toContain("┌cord─");
    await pane.press("stty -a >after; fg", "Enter");
    await pane.shows("┌cord─");
    expect(noted(board, "after")).toBe(noted(board, "before"));
    await send(board, "while it slept");
    await pane.shows("while it slept");
    await pane.press("q");
    await pane.shows("ready>");
    await pane.press("stty -a >end; exit", "Enter");
    await pane.ended();
    expect(noted(board, "end")).toBe(noted(board, "before"));
  });
});

describe("cord top without its daemon", () => {
  test("starts the daemon anew when it was killed, and goes on from what has changed", async () => {
    await using board = await boardWith("before");
    await using pane = await openTop(board);
    await pane.shows("before");
    await board.killDaemon();
    await until("a new daemon", () =>
      board.client.call("daemon/status", {}).then(
        () => true,
        () => false,
      ),
    );
    await send(board, "afterwards");
    expect(await pane.shows("afterwards")).toContain("before");
    await pane.shows("live, refreshed");
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("says that it is reconnecting, and shows then what happened meanwhile", async () => {
    await using board = await boardWith("before");
    await using gate = startProxy(board.url, board.token);
    await using pane = await openTop(board, { url: gate.url });
    await pane.shows("before");
    await gate.shut("silent");
    await pane.shows("reconnecting …");
    await send(board, "meanwhile");
    gate.open();
    await pane.shows("meanwhile");
    await pane.press("q");
    await expectRestored(board, pane, 0);
  });

  test("gives the terminal back and says why when the daemon is gone for good", async () => {
    await using board = await boardWith("before");
    await using gate = startProxy(board.url, board.token);
    await using pane = await openTop(board, { url: gate.url });
    await pane.shows("before");
    await gate.shut("stranger");
    const screen = await expectRestored(board, pane, 1);
    expect(screen).toContain("cord top: A web server that is not cord (404) answers at");
  });
});

describe("cord top --once", () => {
  test("prints one frame without colours or a terminal, of this project or of all", async () => {
    await using board = await boardWith("mine");
    await board.client.call("tasks/send", { name: "of another", project: "/elsewhere" });
    const here = await board.cord("top", "--once");
    expect([here.code, here.err]).toEqual([0, ""]);
    expect(here.out).toContain("mine");
    expect(here.out).not.toContain("of another");
    expect(here.out).not.toMatch(unsafe);
    expect((await board.cord("top", "--once", "--all")).out).toContain("of another");
  });

  test("is what it asks for where there is no terminal", async () => {
    await using board = await startBoard();
    const { code, out, err } = await board.cord("top");
    expect([code, out]).toEqual([64, ""]);
    expect(err).toBe("cord top: It draws on a terminal, and stdout is none. --once prints one frame.\n");
  });
});
