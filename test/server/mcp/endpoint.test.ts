import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";

/** MCP over HTTP, message by message: what the SDK's client never sends, and others do. */

let daemon: DaemonHere;
let session: string;
beforeAll(async () => {
  daemon = daemonHere();
  session = await begun();
});
afterAll(() => daemon.stop());

const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } };

function request(method: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${daemon.url}mcp`, {
    method,
    headers: {
      authorization: `Bearer ${daemon.token}`,
      "content-type": "application/json",
      accept: "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const post = (body: unknown, headers: Record<string, string> = {}) =>
  request("POST", body, { "mcp-session-id": session, ...headers });
const answer = async (body: unknown): Promise<unknown> => (await post(body)).json();
const call = (method: unknown, params?: unknown, more: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method,
  params,
  ...more,
});
const refusal = (code: number, message: unknown, id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  error: expect.objectContaining({ code, message }),
});

const waits = (id: unknown) =>
  call("tools/call", { name: "tasks_list", arguments: { kind: "never", wait_ms: 60_000 } }, { id });
const cancel = (requestId: unknown) => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId },
});

/** A new session. */
async function begun(): Promise<string> {
  const response = await request("POST", call("initialize", hello));
  return response.headers.get("mcp-session-id") ?? "";
}

describe("initialize", () => {
  test.each([
    ["2025-11-25", "2025-11-25"],
    ["2024-10-07", "2024-10-07"],
    ["2099-01-01", "2025-11-25"],
  ])("of version %s agrees on %s, and begins a session", async (asked, agreed) => {
    const response = await request("POST", call("initialize", { ...hello, protocolVersion: asked }));
    expect(response.headers.get("mcp-session-id")).toBeString();
    expect(await response.json()).toMatchObject({
      id: 1,
      result: { protocolVersion: agreed, capabilities: { tools: {} }, serverInfo: { name: "cord" } },
    });
  });

  test("says what it takes to one that lacks it", async () => {
    const { clientInfo: _, ...nameless } = hello;
    for (const params of [undefined, {}, nameless, { ...hello, protocolVersion: 7 }])
      expect(await (await request("POST", call("initialize", params))).json()).toEqual(
        refusal(-32602, "initialize takes protocolVersion, capabilities and clientInfo."),
      );
  });
});

describe("a message", () => {
  test.each([1, 0, -5, 1.5, "text", ""])("is answered under its id %p", async (id) => {
    expect(await answer(call("ping", undefined, { id }))).toEqual({ jsonrpc: "2.0", id, result: {} });
  });

  test("keeps an id that JavaScript would round", async () => {
    const raw = await fetch(`${daemon.url}mcp`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${daemon.token}`,
        "content-type": "application/json",
        "mcp-session-id": session,
      },
      body: '{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}',
    });
    expect(await raw.text()).toContain('"id":12345678901234567890');
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["no object", 3],
    ["no method", { jsonrpc: "2.0", id: 1 }],
    ["an id that is none", call("ping", undefined, { id: true })],
    ["another version", call("ping", undefined, { jsonrpc: "1.0" })],
    ["a list of parameters", call("ping", [1])],
    ["a member of no message", call("ping", undefined, { extra: 1 })],
    ["a batch with such a one", [call("ping"), {}]],
  ])("that is %s refuses its body", async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(refusal(-32600, "This is no JSON-RPC 2.0 message.", null));
  });

  test.each<[unknown]>([[null], [[]], [""], [{}], [{ _meta: null }], [{ _meta: 3 }]])(
    "may say by %j that it has no parameters",
    async (params) => {
      expect(await answer(call("tools/list", params))).toMatchObject({
        result: { tools: expect.any(Array) },
      });
    },
  );

  test.each(["no/such", "tasks/list", "roots/list", "__proto__", "constructor", "notifications/cancelled"])(
    "of the method %s is told that there is none",
    async (method) => {
      expect(await answer(call(method, {}))).toEqual(refusal(-32601, `There is no method ${method}.`));
    },
  );

  test("that is no call is not answered, whatever it says", async () => {
    for (const body of [
      { jsonrpc: "2.0", method: "notifications/of/another/time" },
      { jsonrpc: "2.0", method: "notifications/cancelled" },
      {
        jsonrpc: "2.0",
        method: "tools/call",
        params: { name: "tasks_send", arguments: { name: "unasked" } },
      },
      { jsonrpc: "2.0", id: 1, result: {} },
      [{ jsonrpc: "2.0", method: "notifications/initialized" }],
    ])
      expect((await post(body)).status).toBe(202);
    expect(await answer(call("tools/call", { name: "tasks_list" }))).toMatchObject({
      result: { structuredContent: { items: [] } },
    });
  });

  test("is answered with the others of its batch, in their order", async () => {
    const notification = { jsonrpc: "2.0", method: "notifications/initialized" };
    const batch = [
      call("ping", {}, { id: "a" }),
      notification,
      call("no/such"),
      call("ping", {}, { id: "a" }),
    ];
    expect(await answer(batch)).toMatchObject([{ id: "a" }, { id: 1, error: {} }, { id: "a", result: {} }]);
    const long = Array.from({ length: 101 }, () => call("ping"));
    expect(await answer(long)).toEqual(refusal(-32600, "A batch may hold 100 messages.", null));
  });
});

describe("a call of a tool", () => {
  test.each<[unknown]>([[undefined], [{}], [{ name: 3 }], [{ name: "tasks_list", arguments: [1] }]])(
    "with %j is told what it takes",
    async (params) => {
      expect(await answer(call("tools/call", params))).toEqual(
        refusal(-32602, "tools/call takes the name of a tool, and its arguments by name, in an object."),
      );
    },
  );

  test("that asks to be a task is performed as a call: cord declares no tasks", async () => {
    const params = { name: "agents_list", arguments: {}, task: { ttl: 1000 } };
    expect(await answer(call("tools/call", params))).toMatchObject({ result: { structuredContent: {} } });
  });

  test("that waits ends without a result when its client takes it back, by another request or in the same batch", async () => {
    expect(await answer([waits("both"), cancel("both"), call("ping")])).toMatchObject([
      { id: 1, result: {} },
    ]);
    const waiting = post(waits(7));
    const Status = z.object({ result: z.object({ watchers: z.number() }) });
    while (Status.parse(await daemon.rpc("daemon/status")).result.watchers === 0);
    for (const other of ["7", 8, null]) await post(cancel(other));
    expect(await Promise.race([waiting, "waits"])).toBe("waits");
    await post(cancel(7));
    const taken = await waiting;
    expect([taken.status, await taken.text()]).toEqual([202, ""]);
  });
});

describe("a session", () => {
  test("has to be named, and to be one that there is", async () => {
    for (const method of ["POST", "GET", "DELETE"]) {
      const body = method === "POST" ? call("ping") : undefined;
      expect((await request(method, body)).status).toBe(400);
      expect((await request(method, body, { "mcp-session-id": "nonsense" })).status).toBe(404);
    }
  });

  test("is refused a version that is not spoken, which names those that are", async () => {
    const response = await post(call("ping"), { "mcp-protocol-version": "2099-01-01" });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(refusal(-32022, expect.stringContaining("2025-11-25, 2025-06-18")));
    expect((await post(call("ping"), { "mcp-protocol-version": "2025-03-26" })).status).toBe(200);
  });

  test("ends with DELETE, and its stream with it", async () => {
    const id = { "mcp-session-id": await begun() };
    expect((await request("GET", undefined, id)).status).toBe(406);
    const stream = await request("GET", undefined, { ...id, accept: "text/event-stream" });
    expect(stream.status).toBe(200);
    expect((await request("DELETE", undefined, id)).status).toBe(200);
    expect(await stream.text()).toBe(": cord\n\n");
    expect((await request("POST", call("ping"), id)).status).toBe(404);
  });

  test("takes no other verb, and says which it takes", async () => {
    const response = await request("PUT", {}, { "mcp-session-id": session });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
  });
});
