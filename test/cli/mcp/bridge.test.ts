import { expect, test } from "bun:test";
import { z } from "zod";
import { noticesOf } from "../../../src/cli/mcp/waiting-call.ts";
import { progressNotice } from "../../../src/core/progress.ts";
import { bridgeTo } from "../../support/clients/bridge.ts";
import { daemonHere } from "../../support/machine/daemon.ts";
import { rpcCall } from "../../support/rpc.ts";
import { until } from "../../support/until.ts";

const list = { name: "tasks_list", arguments: { kind: "bug", wait_ms: 40_000 } };

test("what the daemon says of a call that waits reaches who gave a token, and one without a token hears nothing", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  await bridge.initialize();
  void bridge.write(rpcCall("tools/call", { ...list, _meta: { progressToken: "one" } }, 1));
  void bridge.write(rpcCall("tools/call", list, 2));
  await bridge.lines('"progressToken":"one"');
  await daemon.rpc("tasks/send", { name: "leak", kind: "bug" });
  await Promise.all([bridge.lines('"id":1,'), bridge.lines('"id":2,')]);
  await bridge.end();
  const progress = bridge.said.filter((line) => line.includes("notifications/progress"));
  expect(progress.map((line): unknown => JSON.parse(line))).toEqual([
    {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progressToken: "one",
        progress: expect.any(Number),
        total: 40,
        message: "Waiting for a task (kind: bug): 0 of at most 40 s.",
      },
    },
  ]);
});

const Status = z.object({ result: z.object({ watchers: z.number() }) });

test("a call that its client takes back is answered nothing, and the daemon waits for it no more", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  await bridge.initialize();
  void bridge.write(rpcCall("tools/call", { ...list, _meta: { progressToken: "one" } }, 1));
  await bridge.lines('"progressToken":"one"');
  void bridge.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
  await until("no waiter", async () => {
    return Status.parse(await daemon.rpc("daemon/status")).result.watchers === 0;
  });
  void bridge.write(rpcCall("ping", {}, 2));
  await bridge.lines('"id":2,');
  await bridge.end();
  expect(bridge.said.filter((line) => line.includes('"id":1,'))).toEqual([]);
});

const params = (progress: number, total: number) => ({
  params: { progressToken: "t", progress, total, message: "Waiting." },
});

test("the progress of a call that had to be made again goes on from where it was", () => {
  const told: unknown[] = [];
  const notice = noticesOf((line) => told.push(JSON.parse(line)));
  const say = (progress: number) =>
    notice(JSON.stringify(progressNotice("t", { progress, total: 50, message: "Waiting." })));
  // the second begins with a daemon that has begun anew
  for (const progress of [0, 10, 20, 0.01, 10]) say(progress);
  expect(told).toMatchObject([
    params(0, 50),
    params(10, 50),
    params(20, 50),
    params(21, expect.closeTo(70.99)),
    params(expect.closeTo(30.99), expect.closeTo(70.99)),
  ]);
});

test("what comes before initialize is refused in words for a client over stdio, also in a batch", async () => {
  await using daemon = daemonHere();
  const bridge = bridgeTo(daemon);
  const ping = rpcCall("ping", {}, 1);
  for (const early of [ping, [ping], [], 3, { ...ping, id: null }]) void bridge.write(early);
  void bridge.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  await bridge.initialize();
  await bridge.end();
  const refused = bridge.said.slice(0, -1).map((line): unknown => JSON.parse(line));
  const message = "Call initialize first: it begins the session.";
  expect(refused).toEqual(
    [1, null, null, null, null].map((id) => ({ jsonrpc: "2.0", id, error: { code: -32000, message } })),
  );
  expect(bridge.said.join("\n").toLowerCase()).not.toContain("mcp-session-id");
});
