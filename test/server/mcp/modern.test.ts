import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { until } from "../../support/until.ts";
import { statelessCall, statelessHeaders } from "../../support/clients/stateless.ts";

/** MCP 2026-07-28 over HTTP: no session, and each request says of itself what it is. */

let daemon: DaemonHere;
beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

function send(body: unknown, headers: Record<string, string>): Promise<Response> {
  return fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: { authorization: `Bearer ${daemon.token}`, ...headers },
    body: JSON.stringify(body),
  });
}

const ask = (method: string, params: object = {}) =>
  send(statelessCall(method, params), statelessHeaders(method));
const callTool = (name: string, args: unknown, headers: Record<string, string> = {}) =>
  send(statelessCall("tools/call", { name, arguments: args }), {
    ...statelessHeaders("tools/call", name),
    ...headers,
  });
/** The id of a session, as the versions before have them. */
async function session(): Promise<string> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  };
  const response = await send(
    { jsonrpc: "2.0", id: 1, method: "initialize", params },
    { "content-type": "application/json" },
  );
  return response.headers.get("mcp-session-id") ?? "";
}

const Status = z.object({ result: z.object({ watchers: z.number() }) });
const Task = z.object({
  result: z.object({ structuredContent: z.object({ id: z.string(), epoch: z.number() }) }),
});

describe("a request", () => {
  test("asks first what there is, and is told it without a session", async () => {
    const response = await ask("server/discover");
    expect(response.headers.get("mcp-session-id")).toBeNull();
    expect(await response.json()).toMatchObject({
      result: {
        resultType: "complete",
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} },
        ttlMs: 60_000,
        cacheScope: "private",
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "cord" } },
      },
    });
  });

  test("lists the same tools as one of a session", async () => {
    const older = await send(
      { jsonrpc: "2.0", id: 1, method: "tools/list" },
      { "content-type": "application/json", "mcp-session-id": await session() },
    );
    const Listing = z.object({ result: z.object({ tools: z.array(z.unknown()) }) });
    const { tools } = Listing.parse(await (await ask("tools/list")).json()).result;
    expect(tools).toEqual(Listing.parse(await older.json()).result.tools);
    expect(tools.length).toBeGreaterThan(10);
  });

  test("says which agent it is in each call, and by which epoch it holds", async () => {
    const sent = Task.parse(await (await callTool("tasks_send", { name: "one" })).json()).result;
    const { id } = sent.structuredContent;
    expect(await (await callTool("tasks_claim", { id })).json()).toMatchObject({ result: { isError: true } });
    const claimed = Task.parse(await (await callTool("tasks_claim", { id, agent_id: "a" })).json()).result;
    const { epoch } = claimed.structuredContent;
    const late = await callTool("tasks_complete", { id, agent_id: "a", epoch: epoch + 1 });
    expect(await late.json()).toMatchObject({ result: { isError: true } });
    const done = await callTool("tasks_complete", { id, agent_id: "a", epoch });
    expect(await done.json()).toMatchObject({
      result: { resultType: "complete", structuredContent: { ok: true } },
    });
  });

  test("keeps a number that JavaScript would round, and may say null for no arguments", async () => {
    const body = JSON.stringify(
      statelessCall("tools/call", { name: "tasks_send", arguments: { name: "n", payload: 7 } }),
    );
    const response = await fetch(`${daemon.url}mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${daemon.token}`, ...statelessHeaders("tools/call", "tasks_send") },
      body: body.replace('"payload":7', '"payload":12345678901234567890'),
    });
    expect(await response.text()).toContain('"payload":12345678901234567890');
    expect(await (await callTool("tasks_list", null)).json()).toMatchObject({
      result: { structuredContent: { items: expect.any(Array) } },
    });
  });

  test("that waits is a stream from its beginning, without an event that could be asked for again", async () => {
    const response = await callTool("tasks_list", { kind: "never", wait_ms: 20 });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const text = await response.text();
    expect(text).toStartWith(":");
    expect(text).not.toContain("\nid:");
    expect(text).toContain('"resultType":"complete"');
    const plain = await callTool(
      "tasks_list",
      { kind: "never", wait_ms: 20 },
      { accept: "application/json" },
    );
    expect(await plain.json()).toMatchObject({ result: { structuredContent: { items: [] } } });
  });

  test("that waits tells of its progress by its token, and ends with its connection", async () => {
    const params = { name: "tasks_list", arguments: { kind: "never", wait_ms: 50_000 } };
    const gone = new AbortController();
    const response = await fetch(`${daemon.url}mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${daemon.token}`, ...statelessHeaders("tools/call", "tasks_list") },
      body: JSON.stringify(statelessCall("tools/call", params, { progressToken: "t" })),
      signal: gone.signal,
    });
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain(
      'Waiting for a task (kind: never): 0 of at most 50 s."',
    );
    const watchers = async () => Status.parse(await daemon.rpc("daemon/status")).result.watchers;
    expect(await watchers()).toBe(1);
    gone.abort();
    await until("no waiter", async () => (await watchers()) === 0);
  });

  test("that waits and hears of progress finds there by what to ask for an answer that is lost with the daemon", async () => {
    const params = { name: "tasks_list", arguments: { kind: "never", wait_ms: 20 } };
    const asked = statelessCall("tools/call", params, { progressToken: "t" });
    const text = await (await send(asked, statelessHeaders("tools/call", "tasks_list"))).text();
    const [, id = ""] = /\nid: (\S+)\n/.exec(text) ?? [];
    expect(text.indexOf(id)).toBeLessThan(text.indexOf("notifications/progress"));
    const lost = await fetch(`${daemon.url}mcp`, {
      headers: {
        authorization: `Bearer ${daemon.token}`,
        "mcp-protocol-version": "2026-07-28",
        "last-event-id": id,
      },
    });
    expect(await lost.text()).toMatch(
      /"id":1,"result":{"isError":true,.*Call it again.*"resultType":"complete"/,
    );
  });

  test("for a resource that is not there is -32602, with its URI", async () => {
    const uri = "cord://nothing";
    const response = await send(
      statelessCall("resources/read", { uri }),
      statelessHeaders("resources/read", uri),
    );
    expect(await response.json()).toMatchObject({ error: { code: -32602, data: { uri } } });
  });
});

describe("refused", () => {
  test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list", "no/such"])(
    "with 404 and -32601 is %s, which this version has not",
    async (method) => {
      const response = await ask(method);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ id: 1, error: { code: -32601 } });
    },
  );

  test.each(["2027-01-01", "2025-11-25", "1900-01-01"])(
    "with -32022 is version %s in _meta",
    async (version) => {
      const meta = { "io.modelcontextprotocol/protocolVersion": version };
      const response = await send(statelessCall("tools/list", {}, meta), {
        ...statelessHeaders("tools/list"),
        "mcp-protocol-version": version,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        id: 1,
        error: { code: -32022, data: { supported: ["2026-07-28"], requested: version } },
      });
    },
  );

  test("with -32022 is a header that names no version that there is", async () => {
    const response = await send(
      { jsonrpc: "2.0", id: 1, method: "ping" },
      {
        "content-type": "application/json",
        "mcp-protocol-version": "2099-01-01",
        "mcp-session-id": await session(),
      },
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: expect.arrayContaining(["2026-07-28", "2025-11-25"]) } },
    });
  });

  const call = statelessCall("tools/call", { name: "tasks_list", arguments: {} });
  const headers = statelessHeaders("tools/call", "tasks_list");
  test.each<[string, Record<string, string>]>([
    ["the version", without("mcp-protocol-version")],
    ["the method", without("mcp-method")],
    ["the tool's name", without("mcp-name")],
    ["the same method", { ...headers, "mcp-method": "tools/list" }],
    ["the same tool", { ...headers, "mcp-name": "tasks_send" }],
    ["the same version", { ...headers, "mcp-protocol-version": "2025-11-25" }],
  ])("with -32020 is one whose headers do not say %s", async (_, given) => {
    const response = await send(call, given);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32020 } });
  });

  function without(header: string): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== header));
  }

  test("is one that says its version in the header alone, a batch, and any verb but POST", async () => {
    const bare = await send({ jsonrpc: "2.0", id: 1, method: "tools/list" }, statelessHeaders("tools/list"));
    expect([bare.status, await bare.json()]).toMatchObject([400, { error: { code: -32602 } }]);
    const batch = await send([call], headers);
    expect([batch.status, await batch.json()]).toMatchObject([400, { error: { code: -32600 } }]);
    for (const method of ["GET", "DELETE"]) {
      const other = await fetch(`${daemon.url}mcp`, {
        method,
        headers: { authorization: `Bearer ${daemon.token}`, ...headers },
      });
      expect([other.status, other.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });
});

test.each<[string, object, string | undefined]>([
  ["tools/call", { name: "tasks_list", arguments: 3 }, "tasks_list"],
  ["prompts/get", { name: "next", arguments: { kind: 3 } }, "next"],
  ["resources/read", { uri: 3 }, undefined],
  ["completion/complete", { ref: {}, argument: {} }, undefined],
  ["tools/list", { cursor: {} }, undefined],
  ["subscriptions/listen", { notifications: { resourceSubscriptions: [3] } }, undefined],
])("%s with %j is refused in a sentence, and not by a page of a schema", async (method, params, name) => {
  const response = await send(statelessCall(method, params), statelessHeaders(method, name));
  const { error } = z
    .object({ error: z.object({ code: z.number(), message: z.string() }) })
    .parse(await response.json());
  expect(error.code).toBe(-32602);
  expect(error.message).toMatch(/^[A-Za-z/]+ [^\n{}]{10,140}$/);
});

test("a progress token that is none, and what else stands in _meta, is no reason to refuse a call", async () => {
  const meta = { progressToken: {}, "example.com/trace": [1], "io.modelcontextprotocol/related-task": 3 };
  const response = await send(statelessCall("tools/list", {}, meta), statelessHeaders("tools/list"));
  expect(await response.json()).toMatchObject({ result: { tools: expect.any(Array) } });
});

test("a subscription says first what it tells of, and ends where that is nothing", async () => {
  const notifications = { toolsListChanged: true, resourceSubscriptions: ["cord://nothing"] };
  const text = await (await ask("subscriptions/listen", { notifications })).text();
  expect(text).toContain('"notifications/subscriptions/acknowledged","params":{"notifications":{}');
  expect(text).toContain('"result":{"resultType":"complete"');
});
