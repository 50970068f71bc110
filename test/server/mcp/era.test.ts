import { expect, test } from "bun:test";
import { mcpVersion } from "../../../src/core/session.ts";
import type { PreparedCall } from "../../../src/operations/operation.ts";
import type { Method } from "../../../src/server/dispatch.ts";
import { Calls } from "../../../src/server/mcp/calls.ts";
import type { Client } from "../../../src/server/mcp/client.ts";
import { endpointOf } from "../../../src/server/mcp/endpoint.ts";
import type { Era } from "../../../src/server/mcp/era.ts";
import { latestVersion } from "../../../src/server/mcp/protocol.ts";
import { refused } from "../../../src/server/mcp/refused.ts";
import { countedTraffic } from "../../support/network/traffic.ts";

/** The endpoint holds no methods of MCP: an era without initialize and sessions, and with methods of its own, is served as any. */

const answered = (answer: (signal: AbortSignal) => Promise<unknown>, holdsOpenMs = 0): PreparedCall => ({
  holdsOpenMs,
  perform: answer,
});

/** Waits for nothing but the end of its request. */
const listen: Method<Client> = () =>
  answered(
    (signal) => new Promise((resolve) => void signal.addEventListener("abort", () => resolve("over"))),
    60_000,
  );

test("the version that cord says it speaks is the newest that its SDK does", () => {
  expect(latestVersion).toBe(mcpVersion);
});

const client: Client = {
  tools: () => [],
  callTool: ({ name }) => ({
    holdsOpenMs: 0,
    perform: async () => ({ content: [{ type: "text", text: name }] }),
  }),
  instructions: () => null,
  resources: () => [],
  resourceTemplates: () => [],
  readResource: async () => null,
  watch: async () => null,
  prompts: () => [],
  getPrompt: async () => ({ messages: [] }),
  complete: async () => ({ values: [] }),
  calls: new Calls(),
  subscriptions: null,
  headers: () => ({ "x-client": "known by its token" }),
};

const heard: unknown[] = [];
const stateless: Era = {
  versions: ["2025-12-31"],
  methods: new Map([
    ["server/discover", () => answered(async () => ({ resources: {} }))],
    ["resources/list", () => answered(async () => ({ resources: [] }))],
    ["subscriptions/listen", listen],
  ]),
  notifications: new Map([["notifications/heard", (_, params) => void heard.push(params)]]),
  clientOf: (_, caller) => (caller.kind === "node" ? refused(403, "Not here.") : client),
  answerOther: () => refused(405, "MCP takes POST.", { allow: "POST" }),
};

const traffic = countedTraffic();
const endpoint = endpointOf(
  { era: stateless, clientOf: () => refused(500, "No request here is newer.") },
  traffic,
);

function handle(body: unknown, more: RequestInit & { headers?: Record<string, string> } = {}) {
  const request = new Request("http://127.0.0.1/mcp", { method: "POST", ...more });
  return endpoint.handle(request, { kind: "human" }, body);
}

const call = (method: string) => ({ jsonrpc: "2.0", id: 1, method, params: {} });

test("an era's methods are answered, and no others", async () => {
  const response = await handle(call("server/discover"), {
    headers: { "mcp-protocol-version": "2025-12-31" },
  });
  expect(await response.json()).toEqual({ jsonrpc: "2.0", id: 1, result: { resources: {} } });
  expect(response.headers.get("x-client")).toBe("known by its token");
  expect(await (await handle(call("initialize"))).json()).toMatchObject({ error: { code: -32601 } });
  expect((await handle(call("ping"), { headers: { "mcp-protocol-version": "2025-11-25" } })).status).toBe(
    400,
  );
  expect((await handle({ jsonrpc: "2.0", method: "notifications/heard", params: { a: 1 } })).status).toBe(
    202,
  );
  expect(heard).toEqual([{ a: 1 }]);
});

test("an era says who its client is, and what other verbs do", async () => {
  const request = new Request("http://127.0.0.1/mcp", { method: "POST" });
  const caller = { kind: "node" as const, runId: "r", taskId: "t", number: 1, path: "1", epoch: 1 };
  expect((await endpoint.handle(request, caller, call("server/discover"))).status).toBe(403);
  expect((await handle(undefined, { method: "DELETE" })).status).toBe(405);
});

test("a method that holds its request open is a stream, which is let go when its client goes", async () => {
  const gone = new AbortController();
  const response = await handle(call("subscriptions/listen"), {
    headers: { accept: "text/event-stream" },
    signal: gone.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(traffic.held()).toBe(1);
  gone.abort();
  expect(traffic.held()).toBe(0);
});
