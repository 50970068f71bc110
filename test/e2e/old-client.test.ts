import { afterEach, beforeEach, expect, test } from "bun:test";
import { startBoard, type Board } from "../support/machine/board.ts";
import { rpcCall, rpcClient } from "../support/rpc.ts";

/**
 * What clients of the board before this one send, and the keys they read in the answers: names, defaults and shapes as
 * its table of methods has them. They know nothing of epochs, projects or request ids.
 */

let board: Board;
let calls = 0;
beforeEach(async () => {
  board = await startBoard();
  await board.serve();
  calls = 0;
});
afterEach(() => board[Symbol.asyncDispose]());

async function call(method: string, params?: object): Promise<unknown> {
  calls += 1;
  return board.rpc(rpcCall(method, params, calls));
}

function result(value: unknown) {
  return { jsonrpc: "2.0", id: calls, result: value };
}

function error(code: number, message: string | RegExp) {
  const said = typeof message === "string" ? message : expect.stringMatching(message);
  return { jsonrpc: "2.0", id: calls, error: expect.objectContaining({ code, message: said }) };
}

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

const task = {
  id: uuid,
  name: "Login fails",
  kind: "task",
  priority: "normal",
  state: "pending",
  claimed_by: null,
  payload: null,
  result: null,
  created_at: timestamp,
  updated_at: timestamp,
};

function idIn(answer: unknown): string {
  const found = /"id":"([0-9a-f-]{36})"/.exec(JSON.stringify(answer))?.[1];
  if (found === undefined) throw new Error("no task in the answer");
  return found;
}

test("a day on the board, call by call", async () => {
  const sent = await call("tasks/send", { name: "Login fails" });
  const added = { seq: 1, epoch: 0, number: 1, ready: true };
  expect(sent).toEqual(result({ ...task, ...added }));
  const id = idIn(sent);
  expect(await call("tasks/get", { id })).toEqual(result({ ...task, ...added }));
  expect(await call("tasks/get", { id: crypto.randomUUID() })).toEqual(result(null));
  expect(await call("tasks/list", {})).toMatchObject(result([task]));
  expect(await call("tasks/list")).toMatchObject(result([task]));
  expect(await call("tasks/list", { kind: "task", state: "pending", limit: 1 })).toMatchObject(
    result([task]),
  );
  expect(await call("tasks/list", { kind: "ack" })).toEqual(result([]));
  expect(await call("tasks/list", { limit: 0 })).toEqual(result([]));
  expect(await call("tasks/list", { limit: 1_000_000 })).toMatchObject(result([task]));

  expect(await call("agents/heartbeat", { id: "hotfix", name: "Hotfix tab" })).toEqual(result({ ok: true }));
  const claimed = {
    ...task,
    state: "claimed",
    claimed_by: "hotfix",
    claimed_at: timestamp,
    lease_until: timestamp,
  };
  expect(await call("tasks/claim", { id, agentId: "hotfix" })).toMatchObject(result(claimed));
  expect(await call("tasks/claim", { id, agentId: "other" })).toEqual(
    error(-32001, /^task is not claimable/),
  );
  expect(await call("agents/list")).toEqual(
    result([
      expect.objectContaining({
        id: "hotfix",
        name: "Hotfix tab",
        first_seen: timestamp,
        last_seen: timestamp,
        current_task: id,
      }),
    ]),
  );
  expect(await call("tasks/extend", { id, agentId: "hotfix", leaseSeconds: 600 })).toMatchObject(
    result({ ok: true, lease_until: timestamp }),
  );
  expect(await call("tasks/reclaim")).toEqual(result([]));

  const ack = { ...task, id: uuid, name: "v1.1 stable", kind: "ack", priority: "high", state: "completed" };
  expect(
    await call("tasks/complete", { id, result: { sha: "abc" }, postAck: true, ackName: "v1.1 stable" }),
  ).toMatchObject(result({ ok: true, ack: { ...ack, payload: { fixed_bug_id: id } } }));
  expect(await call("tasks/complete", { id })).toEqual(error(-32001, /^task is not claimed/));
  expect(await call("tasks/cancel", { id })).toEqual(error(-32001, /completed/));
  expect(await call("tasks/get", { id })).toMatchObject(
    result({ state: "completed", result: { sha: "abc" } }),
  );

  const plain = await call("tasks/send", {
    name: "No ack",
    kind: "bug",
    priority: "high",
    payload: [1, "two", null],
  });
  expect(plain).toMatchObject(result({ kind: "bug", priority: "high", payload: [1, "two", null] }));
  await call("tasks/claim", { id: idIn(plain), agentId: "hotfix", leaseSeconds: 1 });
  expect(await call("tasks/complete", { id: idIn(plain) })).toEqual(result({ ok: true, ack: null }));

  const dropped = await call("tasks/send", { name: "Never mind" });
  expect(await call("tasks/cancel", { id: idIn(dropped) })).toEqual(result({ ok: true }));
});

test("publications are born completed", async () => {
  for (const kind of ["ack", "knowledge", "decision"])
    expect(await call("tasks/send", { name: "for all to see", kind })).toMatchObject(
      result({ kind, state: "completed" }),
    );
  expect(await call("tasks/send", { name: "work", kind: "build" })).toMatchObject(
    result({ state: "pending" }),
  );
});

test("a list with wait_ms is held open until a task lands, and is empty at the end of the wait", async () => {
  expect(await call("tasks/list", { kind: "none", wait_ms: 1 })).toEqual(result([]));
  calls += 1;
  const waiting = board.rpc(rpcCall("tasks/list", { kind: "late", wait_ms: 30_000 }, calls));
  const held = result([expect.objectContaining({ name: "at last", kind: "late" })]);
  await board.client.call("tasks/send", { name: "at last", kind: "late" });
  expect(await waiting).toEqual(held);
});

test("what is wrong is answered by the book", async () => {
  expect(await call("tasks/nothing")).toEqual(error(-32601, /tasks\/nothing/));
  expect(await call("tasks/send", {})).toEqual(error(-32602, /name/));
  expect(await call("tasks/complete", { id: "0000", postAck: true })).toEqual(error(-32602, /ackName/));
  expect(await board.rpc([])).toMatchObject({ error: { code: -32600 }, id: null });
  expect(await board.rpc({ jsonrpc: "1.0", id: 1, method: "tasks/list" })).toMatchObject({
    error: { code: -32600 },
  });
  expect(
    await board.rpc([
      rpcCall("agents/list", undefined, "a"),
      { jsonrpc: "2.0", method: "agents/heartbeat", params: { id: "quiet", name: "Quiet" } },
      rpcCall("tasks/get", { id: "00000000" }, "b"),
    ]),
  ).toMatchObject([{ id: "a" }, { id: "b", result: null }]);
});

test("a task that is not there cannot be claimed, extended or completed, and is cancelled without a word", async () => {
  const id = crypto.randomUUID();
  const held = { id, agentId: "a" };
  expect(await call("tasks/claim", held)).toEqual(error(-32001, /^task is not claimable: there is no task/));
  expect(await call("tasks/extend", held)).toEqual(error(-32001, /^task is not claimed: there is no task/));
  expect(await call("tasks/complete", { id })).toEqual(
    error(-32001, /^task is not claimed: there is no task/),
  );
  expect(await call("tasks/cancel", { id })).toEqual(result({ ok: true }));
});

test("a lease out of bounds is taken to the nearest, and one that is no number is the usual", async () => {
  const before = Date.now();
  const longs: [unknown, number][] = [
    [99_999, 3600],
    [0, 1],
    [-5, 1],
    ["60", 60],
    ["soon", 300],
    [null, 300],
    [1e300, 3600],
  ];
  for (const [leaseSeconds, seconds] of longs) {
    const id = idIn(await call("tasks/send", { name: "work" }));
    const claimed = await call("tasks/claim", { id, agentId: "a", leaseSeconds });
    expect(Math.round(leaseEnd(claimed) / 1000)).toBeGreaterThanOrEqual(Math.floor(before / 1000) + seconds);
    expect(leaseEnd(claimed)).toBeLessThanOrEqual(Date.now() + seconds * 1000);
    if (seconds === 1) continue;
    const extended = await call("tasks/extend", { id, agentId: "a", leaseSeconds });
    expect(leaseEnd(extended)).toBeLessThanOrEqual(Date.now() + seconds * 1000);
  }
});

function leaseEnd(answer: unknown): number {
  return Date.parse(/"lease_until":"([^"]+)"/.exec(JSON.stringify(answer))?.[1] ?? "");
}

test("values of a wrong type that were never minded are not", async () => {
  await call("tasks/send", { name: "work" });
  for (const params of [
    { limit: "5" },
    { limit: "many" },
    { limit: 1e12 },
    { limit: 1e300 },
    { limit: 2.5 },
    { limit: true },
    { limit: null },
    { wait_ms: "abc" },
    { wait_ms: -1 },
    { wait_ms: 1e15 },
    { kind: {}, state: { a: 1 }, priority: null },
  ])
    expect(await call("tasks/list", params)).toMatchObject(result([{ ...task, name: "work" }]));
  expect(await call("tasks/list", { limit: 0 })).toEqual(result([]));
  expect(await call("tasks/send", { name: "typed", kind: {}, priority: [1] })).toMatchObject(
    result({ kind: "task", priority: "normal" }),
  );
  expect(await call("tasks/send", { name: "too long a kind", kind: "x".repeat(65) })).toEqual(
    error(-32602, /^kind must be a text of 1 to 64 characters; it has 65/),
  );
});

test("a call without an id, without a version, or with neither is answered", async () => {
  const params = { name: "from a script" };
  const sent = { result: expect.objectContaining(params), jsonrpc: "2.0" };
  expect(await board.rpc({ jsonrpc: "2.0", method: "tasks/send", params })).toEqual({ ...sent, id: null });
  expect(await board.rpc({ id: 7, method: "tasks/send", params })).toEqual({ ...sent, id: 7 });
  expect(await board.rpc({ method: "tasks/send", params })).toEqual({ ...sent, id: null });
  expect(await board.rpc({ method: "tasks/get", params: { id: "" } })).toMatchObject({
    id: null,
    error: { code: -32602 },
  });
});

test("an error travels under HTTP 200, alone and in a batch", async () => {
  const client = rpcClient(board.url, board.token);
  const wrong = rpcCall("tasks/send", { name: "x".repeat(300) });
  for (const body of [wrong, [wrong], { ...wrong, method: "nothing" }, { ...wrong, params: [1] }, 1]) {
    const response = await client.post(body);
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toContain('"error":');
  }
});

test("a name is found whatever its case and its Unicode form, and ids to ignore may be written as numbers or beginnings", async () => {
  const first = await call("tasks/send", { name: "Caf\u00e9 v1.2 STABLE" });
  expect(await call("tasks/list", { name_contains: "cafe\u0301 V1.2 stable" })).toMatchObject(
    result([{ id: idIn(first) }]),
  );
  const id = idIn(first);
  for (const form of ["1", "#1", id, id.toUpperCase(), id.replaceAll("-", ""), id.slice(0, 13)])
    expect([form, await call("tasks/list", { ignore_ids: [form] })]).toEqual([form, result([])]);
  expect(await call("tasks/list", { ignore_ids: id })).toEqual(result([]));
});

test("the card of the agent is where it was", async () => {
  const response = await fetch(`${board.url}.well-known/agent.json`);
  expect(await response.json()).toMatchObject({
    name: "cord",
    url: "/",
    capabilities: { streaming: false, pushNotifications: false, longPoll: true, leasedClaims: true },
    skills: ["send", "get", "cancel", "list", "claim", "extend", "reclaim", "complete"].map((name) => ({
      id: `tasks/${name}`,
    })),
    compatibility: { a2a: expect.any(String) },
  });
});
