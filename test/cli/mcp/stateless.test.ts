import { expect, test } from "bun:test";
import { z } from "zod";
import { isJsonObject } from "../../../src/core/json.ts";
import { bridgeTo } from "../../support/clients/bridge.ts";
import { statelessCall } from "../../support/clients/stateless.ts";
import { startProxy } from "../../support/network/proxy.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { rpcCall } from "../../support/rpc.ts";
import { until } from "../../support/until.ts";

/** MCP 2026-07-28 over stdio, through the bridge: its client knows of no session, and is kept in one. */

type Bridge = ReturnType<typeof bridgeTo>;

/** A request, and what comes under its id. */
async function ask(bridge: Bridge, id: number, method: string, params: object = {}): Promise<unknown> {
  void bridge.write({ ...statelessCall(method, params), id });
  await bridge.lines(`"id":${id}`);
  const line = bridge.said.find((line) => line.includes(`"id":${id}`)) ?? "";
  const { result, error }: Record<string, unknown> = JSON.parse(line);
  return result ?? { error };
}

const callTool = (bridge: Bridge, id: number, name: string, args: object) =>
  ask(bridge, id, "tools/call", { name, arguments: args });
const Held = z.object({ result: z.object({ lease_until: z.string() }) });
const leaseOf = async (daemon: DaemonHere, id: string) =>
  Held.parse(await daemon.rpc("tasks/get", { id })).result.lease_until;
const Task = z.object({ structuredContent: z.object({ id: z.string() }) });

test("it asks what there is first, and needs no initialize", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  expect(await ask(bridge, 1, "server/discover")).toMatchObject({
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
  });
  expect(await ask(bridge, 2, "tools/list")).toMatchObject({ cacheScope: "private" });
  // each by the header that goes with it, also what no header holds as it is
  expect(await ask(bridge, 3, "resources/read", { uri: "cord://tasks" })).toMatchObject({ ttlMs: 0 });
  expect(await ask(bridge, 4, "resources/read", { uri: "cord://ä" })).toMatchObject({
    error: { code: -32602, data: { uri: "cord://ä" } },
  });
  expect(await ask(bridge, 5, "prompts/get", { name: "next" })).toMatchObject({ resultType: "complete" });
  expect(await ask(bridge, 6, "ping")).toMatchObject({ error: { code: -32601 } });
  await bridge.end();
});

test("its claims are kept by the session that the bridge holds: they are renewed, and fenced by their epochs", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  const { id } = Task.parse(await callTool(bridge, 1, "tasks_send", { name: "one" })).structuredContent;
  await callTool(bridge, 2, "tasks_claim", { id, agent_id: "tab", lease_seconds: 1 });
  const claimedUntil = await leaseOf(daemon, id);
  await until("the lease is renewed", async () => (await leaseOf(daemon, id)) > claimedUntil);
  // by which epoch it holds need not be said again: the session knows, and that this one is over
  await daemon.rpc("tasks/release", { id, agentId: "tab", epoch: 1 });
  await daemon.rpc("tasks/claim", { id, agentId: "tab" });
  expect(await callTool(bridge, 3, "tasks_complete", { id })).toMatchObject({ isError: true });
  await bridge.end();
});

test("a call that waits is told of by its token, and has no answer once its client takes it back", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  const params = { name: "tasks_list", arguments: { kind: "never", wait_ms: 50_000 } };
  void bridge.write({ ...statelessCall("tools/call", params, { progressToken: "t" }), id: 7 });
  await bridge.lines('"progressToken":"t"');
  void bridge.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } });
  await until("no waiter", async () => {
    return Status.parse(await daemon.rpc("daemon/status")).result.watchers === 0;
  });
  await ask(bridge, 8, "tools/list");
  await bridge.end();
  expect(bridge.said.filter((line) => answers(line, 7))).toEqual([]);
});

const Status = z.object({ result: z.object({ watchers: z.number() }) });

test("a session that its daemon does not know any more is begun anew, unseen", async () => {
  await using first = daemonHere();
  const second = daemonHere({ token: first.token });
  const bridge = bridgeTo({ ...first, find: async () => second.url });
  await ask(bridge, 1, "tools/list");
  await first.stop();
  expect(await callTool(bridge, 2, "tasks_send", { name: "later" })).toMatchObject({
    structuredContent: { name: "later" },
  });
  await bridge.end();
  await second.stop();
});

test("a subscription is told of changes, also of what may have changed while its daemon was gone", async () => {
  await using daemon = daemonHere();
  await using proxy = startProxy(daemon.url, daemon.token);
  const bridge = bridgeTo({ url: proxy.url, token: daemon.token, find: async () => proxy.url });
  const notifications = { resourceSubscriptions: ["cord://tasks", "cord://nothing"], toolsListChanged: true };
  void bridge.write({ ...statelessCall("subscriptions/listen", { notifications }), id: 9 });
  await bridge.lines("notifications/subscriptions/acknowledged");
  expect(JSON.parse(bridge.said[0] ?? "")).toEqual({
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: {
      notifications: { resourceSubscriptions: ["cord://tasks"] },
      _meta: { "io.modelcontextprotocol/subscriptionId": 9 },
    },
  });
  await daemon.rpc("tasks/send", { name: "one" });
  await bridge.lines("notifications/resources/updated");
  const [told] = bridge.said.slice(1);
  expect(JSON.parse(told ?? "")).toMatchObject({
    params: { uri: "cord://tasks", _meta: { "io.modelcontextprotocol/subscriptionId": 9 } },
  });

  await proxy.cut();
  await bridge.lines("notifications/resources/updated", 2);
  expect(bridge.said.filter((line) => line.includes("acknowledged")).length).toBe(1);

  void bridge.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 9 } });
  await ask(bridge, 10, "tools/list");
  await bridge.end();
  expect(bridge.said.filter((line) => answers(line, 9))).toEqual([]);
});

test("a subscription that is refused is answered", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  expect(await ask(bridge, 1, "subscriptions/listen")).toMatchObject({ error: { code: -32602 } });
  expect(await ask(bridge, 2, "subscriptions/listen", { notifications: {} })).toMatchObject({
    resultType: "complete",
  });
  await bridge.end();
});

test("a client of either generation may come first, or both", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  expect(await ask(bridge, 1, "server/discover")).toMatchObject({ resultType: "complete" });
  await bridge.initialize();
  void bridge.write(rpcCall("ping", {}, 2));
  await bridge.lines('"id":2');
  expect(await ask(bridge, 3, "tools/list")).toMatchObject({ resultType: "complete" });
  await bridge.end();
});

function answers(line: string, id: number): boolean {
  const message: unknown = JSON.parse(line);
  return isJsonObject(message) && message["id"] === id;
}
