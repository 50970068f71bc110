import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startBoard, type Board } from "../support/machine/board.ts";
import { startProxy } from "../support/network/proxy.ts";
import { until } from "../support/until.ts";
import { runOptions } from "../support/run-options.ts";
import { rpcCall } from "../support/rpc.ts";

/** `cord wait`, as a process. */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

async function send(name: string, kind: string) {
  return board.client.call("tasks/send", { name, kind, project: board.cwd });
}

/** Resolves when this many calls are held open. */
function parked(on: Board, count: number): Promise<void> {
  return until(`${count} waiters`, async () => (await on.client.call("daemon/status", {})).watchers >= count);
}

describe("a wait", () => {
  test("prints what is there already: of work the oldest, of publications the newest", async () => {
    const { id } = await send("old", "here");
    await send("new", "here");
    const { code, out } = await board.cord("wait", "--kind", "here");
    expect({ code, task: JSON.parse(out) }).toMatchObject({ code: 0, task: { id, name: "old" } });
    await send("old news", "knowledge");
    await send("news", "knowledge");
    const published = await board.cord("wait", "--kind", "knowledge");
    expect(JSON.parse(published.out)).toMatchObject({ name: "news" });
  });

  test("exits with 2 when it runs out, and says so", async () => {
    const { code, out, err } = await board.cord("wait", "--kind", "never", "--timeout", "0.1");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      "cord wait: The wait ran out: nothing matched in time. It was for a task that is pending, of kind never, of this project.\n",
    );
  });

  test("of no time, too, gives no work that waits for its needs", async () => {
    const need = await send("need", "needed");
    const params = { name: "blocked", kind: "blocked", needs: [need.id], project: board.cwd };
    const { id } = await board.client.call("tasks/send", params);
    expect((await board.cord("wait", "--kind", "blocked", "--timeout", "0")).code).toBe(2);
    await board.client.call("tasks/claim", { id: need.id, agentId: "a" });
    await board.client.call("tasks/complete", { id: need.id });
    const ready = await board.cord("wait", "--kind", "blocked", "--timeout", "0");
    expect(JSON.parse(ready.out)).toMatchObject({ id, ready: true });
  });

  test("is for pending work, or for publications, by what kind it is for", async () => {
    const done = await send("done", "chore");
    await board.client.call("tasks/claim", { id: done.id, agentId: "a" });
    await board.client.call("tasks/complete", { id: done.id });
    expect((await board.cord("wait", "--kind", "chore", "--timeout", "0.1")).code).toBe(2);
    const any = await board.cord("wait", "--kind", "chore", "--state", "any");
    expect(JSON.parse(any.out)).toMatchObject({ id: done.id });
    const { id } = await send("we use Bun", "decision");
    expect(JSON.parse((await board.cord("wait", "--kind", "decision")).out)).toMatchObject({ id });
  });

  test("leaves out what it is told to, and what is older than its cursor", async () => {
    const first = await send("first", "cursor");
    expect(
      (await board.cord("wait", "--kind", "cursor", "--ignore-id", first.id, "--timeout", "0.1")).code,
    ).toBe(2);
    const waiting = board.start("wait", "--kind", "cursor", "--since", String(first.seq), "--timeout", "60");
    await parked(board, 1);
    const second = await send("second", "cursor");
    expect(JSON.parse((await waiting.ended).out)).toMatchObject({ id: second.id });
  });

  test("sees only this project, or all of them", async () => {
    await board.client.call("tasks/send", { name: "theirs", kind: "far", project: "/elsewhere" });
    expect((await board.cord("wait", "--kind", "far", "--timeout", "0.1")).code).toBe(2);
    expect((await board.cord("wait", "--kind", "far", "--all")).code).toBe(0);
  });

  test("keeps its agent alive, and lets it be seen by name", async () => {
    const waiting = board.start(
      "wait",
      "--as",
      "watcher",
      "--name",
      "The watcher",
      "--kind",
      "never",
      "--heartbeat",
      "0.05",
    );
    const seen = async () => (await board.client.call("agents/list", {})).find(({ id }) => id === "watcher");
    await until("a second heartbeat", async () => {
      const agent = await seen();
      return agent !== undefined && agent.last_seen > agent.first_seen;
    });
    expect(await seen()).toMatchObject({ name: "The watcher" });
    await waiting.kill();
  });

  test("makes one call, however much lands that does not match, and holds nothing when it has ended", async () => {
    const proxy = startProxy(board.url, board.token);
    const before = (await board.client.call("daemon/status", {})).watchers;
    const waiting = board.start("wait", "--kind", "quiet", "--timeout", "60", "--url", proxy.url);
    await parked(board, before + 1);
    for (let count = 0; count < 20; count += 1) {
      const noise = rpcCall("tasks/send", { name: "noise", kind: "loud" });
      await board.rpc(Array.from({ length: 100 }, () => noise));
    }
    await send("at last", "quiet");
    expect((await waiting.ended).code).toBe(0);
    expect(proxy.calls).toEqual(["tasks/list"]);
    await until("no waiter", async () => (await board.client.call("daemon/status", {})).watchers === before);
    await proxy.stop();
  });

  test("goes on, silently, when a proxy cuts its connection", async () => {
    const proxy = startProxy(board.url, board.token);
    const waiting = board.start("wait", "--kind", "cut", "--timeout", "60", "--url", proxy.url);
    for (let count = 1; count <= 3; count += 1) {
      await until("the next call", () => proxy.calls.length >= count);
      await proxy.cut();
    }
    const { id } = await send("after the cuts", "cut");
    const { code, out, err } = await waiting.ended;
    expect({ code, err, task: JSON.parse(out) }).toMatchObject({ code: 0, err: "", task: { id } });
    await proxy.stop();
  });

  test("that nobody can ever answer fails at once", async () => {
    const { code, err } = await board.cord("wait", "--url", "http://cord.invalid:1/");
    expect(code).toBe(1);
    expect(err).toContain("No cord daemon answers");
  });
});

test("a daemon that is killed in the middle of a wait is started again, and the wait finds what lands then", async () => {
  await using own = await startBoard();
  await own.serve();
  const waiting = own.start(
    "wait",
    "--as",
    "patient",
    "--kind",
    "ack",
    "--name-contains",
    "stable",
    "--timeout",
    "60",
  );
  await parked(own, 1);
  for (let count = 0; count < 3; count += 1) {
    await own.killDaemon();
    const noise = await own.cord("send", "v1.1 unstable?", "--kind", "bug");
    expect(noise.code).toBe(0);
    await parked(own, 1);
  }
  await own.killDaemon();
  const sent = await own.cord("send", "v1.1 stable", "--kind", "ack", "--json");
  const { code, out, err } = await waiting.ended;
  expect({ code, out, err }).toEqual({ code: 0, out: sent.out, err: "" });
});

const options = { ...runOptions, agent: "rehearsal" };

test("the daemon that is started in another's place has the same database", async () => {
  await using own = await startBoard();
  const database = join(own.cwd, "elsewhere.db");
  const daemon = own.start("serve", "--addr", new URL(own.url).host, "--db", database);
  await daemon.says("listening");
  const waiting = own.start("wait", "--kind", "never", "--timeout", "60");
  await parked(own, 1);
  await own.client.call("tasks/send", { name: "kept", kind: "bug" });
  await daemon.kill();
  await until("another daemon", () =>
    own.client.call("daemon/status", {}).then(
      () => true,
      () => false,
    ),
  );
  expect(await own.client.call("tasks/list", {})).toMatchObject([{ name: "kept" }]);
  await waiting.kill();
});

describe("a wait for a run", () => {
  test("ends when the run, or the node that is named, has ended", async () => {
    const { client, cwd } = board;
    const { run_id } = await client.call("runs/create", {
      goal: "grow",
      project: cwd,
      options,
    });
    await client.call("nodes/claim", { run_id, engine: "e", limit: 1 });
    await client.call("nodes/create", { run_id, node_id: "#1", goal: "a child" });
    const node = board.start("wait", "--node", "#2", "--timeout", "60");
    const run = board.start("wait", "--run", run_id, "--timeout", "60");
    const newest = board.start("wait", "--run", "--timeout", "60");
    await parked(board, 3);
    expect((await board.cord("wait", "--timeout", "0.1", "--name-contains", "a child")).code).toBe(2);
    await client.call("nodes/complete", { run_id, node_id: "#1", result: "planned" });
    await client.call("nodes/claim", { run_id, engine: "e", limit: 1 });
    await client.call("nodes/complete", { run_id, node_id: "#2", result: "the child's" });
    expect(JSON.parse((await node.ended).out)).toMatchObject({
      number: 2,
      state: "completed",
      result: "the child's",
    });
    await client.call("nodes/claim", { run_id, engine: "e", limit: 1 });
    await client.call("nodes/complete", { run_id, node_id: "#1", result: "the end" });
    for (const waiting of [run, newest])
      expect(JSON.parse((await waiting.ended).out)).toMatchObject({ number: 1, run_id, result: "the end" });
  });
});
