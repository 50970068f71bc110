import { afterAll, describe, expect, test } from "bun:test";
import type { Task } from "../../src/core/task.ts";
import { z } from "zod";
import { startBoard, type Board } from "../support/machine/board.ts";
import { stdioTab } from "../support/clients/mcp-client.ts";
import { canShift, shiftedClock } from "../support/machine/shifted-clock.ts";
import { until } from "../support/until.ts";

const Health = z.object({ pid: z.number() });

if (!canShift)
  console.warn("clocks.test: the wall clock is not shifted here: that takes Linux and a C compiler");

const send = (board: Board, name: string) => board.client.call("tasks/send", { name });
const get = async ({ client }: Board, id: string): Promise<Task> => {
  const task = await client.call("tasks/get", { id });
  if (task === null) throw new Error(`${id} is gone`);
  return task;
};
const expired = async ({ client }: Board, id: string) =>
  (await client.call("tasks/history", { id })).filter(({ type }) => type === "task.expired").length;

/** Resolves once a tab's claim has been renewed; rejects if it was lost. */
async function renewed(board: Board, id: string): Promise<void> {
  const before = (await get(board, id)).lease_until;
  await until("the renewal of the claim", async () => {
    const { state, epoch, lease_until } = await get(board, id);
    expect([state, epoch]).toEqual(["claimed", 1]);
    return lease_until !== before;
  });
}

describe.skipIf(!canShift)("when the wall clock is set", () => {
  const boards: Board[] = [];
  afterAll(async () => {
    for (const board of boards) await board[Symbol.asyncDispose]();
  });

  /** A board whose processes all have a wall clock that can be set. */
  async function shiftedBoard(): Promise<{ board: Board; set(seconds: number): void }> {
    const board = await startBoard();
    boards.push(board);
    const { env, set } = await shiftedClock();
    Object.assign(board.env, env);
    await board.start("serve", "--addr", new URL(board.url).host).says("listening");
    return { board, set };
  }

  test.each([-3600, 3600])(
    "by %d s, a tab keeps its claim, a dead holder does not, and waits end in their time",
    async (seconds) => {
      const { board, set } = await shiftedBoard();
      await using tab = await stdioTab(board);
      const { id } = await send(board, "held");
      const claim = { id, agent_id: "living", lease_seconds: 2 };
      expect((await tab.call("tasks_claim", claim)).error).toBeUndefined();
      const dead = (await send(board, "left behind")).id;
      await board.client.call("tasks/claim", { id: dead, agentId: "dead", leaseSeconds: 2 });
      const wait = board.start("wait", "--kind", "nothing", "--timeout", "2");
      const waiting = async () => (await board.client.call("daemon/status", {})).watchers > 0;
      await until("the wait", waiting);

      set(seconds);
      const { code, err } = await wait.ended;
      expect([code, err]).toEqual([2, expect.stringContaining("The wait ran out")]);
      const swept = { state: "pending", name_contains: "left behind", wait_ms: 20_000 };
      expect(await board.client.call("tasks/list", swept)).toMatchObject([{ id: dead, claimed_by: null }]);
      await renewed(board, id);
      const { lease_until = "" } = await get(board, id);
      const leftMs = Date.parse(lease_until) - (Date.now() + seconds * 1000);
      expect([leftMs > -1000, leftMs <= 2500]).toEqual([true, true]);
      expect([await expired(board, id), await expired(board, dead)]).toEqual([0, 1]);
      const agents = await board.client.call("agents/list", {});
      // the latest seen first: a tab that is open is seen all the time
      expect(agents.map((agent) => [agent.id, agent.status === "stale"])).toEqual([
        ["living", false],
        ["dead", false],
      ]);
    },
  );
});

test("a restart of the daemon changes no lease, however the old one ended", async () => {
  await using board = await startBoard();
  await board.serve();
  const { id } = await send(board, "held");
  await board.client.call("tasks/claim", { id, agentId: "a", leaseSeconds: 600 });
  const before = Date.parse((await get(board, id)).lease_until ?? "");
  await board.killDaemon();
  await board.serve();
  const { state, lease_until = "" } = await get(board, id);
  expect([state, Math.abs(Date.parse(lease_until) - before) < 1000]).toEqual(["claimed", true]);
});

/** Stops processes together, as a closed laptop does, and lets them go on together. */
async function closeLaptop(pids: readonly number[], seconds: number): Promise<void> {
  const all = pids.join(" ");
  await Bun.spawn(["sh", "-c", `kill -STOP ${all}; sleep ${seconds}; kill -CONT ${all}`]).exited;
}

describe("when all processes were stopped, and go on, for longer than their leases", () => {
  test("a tab keeps its claim; one that nobody renews goes on for what was left of it, and ends", async () => {
    await using board = await startBoard();
    await board.serve();
    await using tab = await stdioTab(board);
    const { id } = await send(board, "of a tab");
    await tab.call("tasks_claim", { id, agent_id: "a", lease_seconds: 2 });
    const alone = (await send(board, "of nobody")).id;
    await board.client.call("tasks/claim", { id: alone, agentId: "b", leaseSeconds: 3 });
    const wait = board.start("wait", "--kind", "later", "--timeout", "60");
    const waiting = async () => (await board.client.call("daemon/status", {})).watchers > 0;
    await until("the wait", waiting);

    const { pid: daemon } = Health.parse(await (await fetch(`${board.url}healthz`)).json());
    await closeLaptop([daemon, tab.pid ?? 0, wait.pid], 5);
    const task = await get(board, alone);
    expect(task.state).toBe("claimed");
    const leftMs = Date.parse(task.lease_until ?? "") - Date.now();
    expect([leftMs > -1000, leftMs <= 3500]).toEqual([true, true]);
    await renewed(board, id);
    await board.client.call("tasks/list", { state: "pending", name_contains: "of nobody", wait_ms: 20_000 });
    expect([await expired(board, id), await expired(board, alone)]).toEqual([0, 1]);
    await board.client.call("tasks/send", { name: "at last", kind: "later" });
    expect(await wait.ended).toMatchObject({ code: 0, out: expect.stringContaining("at last") });
  });
});
