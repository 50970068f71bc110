import { expect, test } from "bun:test";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { until } from "../support/until.ts";

/** How many tabs the daemon knows to be open; null: none answers. */
async function openTabs(board: Board): Promise<number | null> {
  const agents = await board.client.call("agents/list", {}).catch(() => null);
  return agents?.filter(({ is_open }) => is_open === true).length ?? null;
}

const isOpen = (board: Board, count: number) =>
  until(`${count} open tabs`, async () => (await openTabs(board)) === count);

test("idle tabs start the daemon again that was killed, and only one", async () => {
  await using board = await startBoard();
  await using one = await stdioTab(board);
  await using two = await stdioTab(board);
  await isOpen(board, 2);
  const [before] = board.daemons();
  await board.killDaemon();
  await isOpen(board, 2);
  // one that was started at the same time finds its place taken, and goes
  await until("the end of another daemon", () => board.daemons().length === 1);
  expect(board.daemons()[0]?.pid).not.toBe(before?.pid);
  void [one, two];
});

test("idle tabs leave a daemon ended that a person has stopped, and come to the next that somebody starts", async () => {
  await using board = await startBoard();
  await using tab = await stdioTab(board);
  await isOpen(board, 1);
  expect((await board.cord("daemon", "stop")).code).toBe(0);
  await until("a look for the daemon", () => board.daemons().length === 0);
  // nothing tells of a start that does not come; a tab looks twice in this time
  await Bun.sleep(1500);
  expect(board.daemons()).toEqual([]);
  await board.serve();
  await isOpen(board, 1);
  await board.cord("daemon", "stop");
  // its own call is somebody who needs one
  expect((await tab.call("tasks_list")).error).toBeUndefined();
  await isOpen(board, 1);
});

test("a daemon that is replaced has its tabs again", async () => {
  await using board = await startBoard();
  await using tab = await stdioTab(board);
  await isOpen(board, 1);
  expect((await board.cord("daemon", "restart")).code).toBe(0);
  await isOpen(board, 1);
  void tab;
});

test("an editor that has its folders elsewhere has one tab, in the first of them", async () => {
  await using board = await startBoard();
  const roots = [{ uri: `file://${board.cwd}` }];
  await using tab = await stdioTab(board, {}, { cwd: board.home, roots: () => ({ roots }) });
  await isOpen(board, 1);
  expect(await board.client.call("agents/list", {})).toMatchObject([
    { id: "agent-project", project: board.cwd, folder: board.cwd, client: "other", wake: "none" },
  ]);
  void tab;
});
