import { expect, test } from "bun:test";
import { z } from "zod";
import { runBridge } from "../../../src/cli/mcp/bridge.ts";
import { ClientProject } from "../../../src/cli/mcp/client-project.ts";
import { noticesOf } from "../../../src/cli/mcp/waiting-call.ts";
import { Connection } from "../../../src/client/connection/connection.ts";
import { progressNotice } from "../../../src/core/progress.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { rpcCall } from "../../support/rpc.ts";
import { until } from "../../support/until.ts";

/** The bridge as its client sees it: lines in, lines out. */
function bridgeTo(daemon: DaemonHere) {
  const said: string[] = [];
  const heard = new Set<() => void>();
  const output = (line: string) => {
    said.push(line);
    for (const look of heard) look();
  };
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  const write = (message: unknown) => writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  const running = runBridge({
    connection: new Connection(daemon),
    clientProject: new ClientProject({ folder: temporaryDirectory("project"), given: undefined, output }),
    conversation: () => null,
    input: input.readable,
    output,
  });
  /** Resolves once so many lines hold the text. */
  const lines = (text: string, count = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (said.filter((line) => line.includes(text)).length >= count) resolve();
      };
      heard.add(look);
      look();
    });
  return {
    said,
    lines,
    write,
    async initialize() {
      const clientInfo = { name: "t", version: "1" };
      void write(
        rpcCall("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo }, "first"),
      );
      await lines('"id":"first"');
    },
    async end() {
      await writer.close();
      await running;
    },
  };
}

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
