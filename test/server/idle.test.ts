import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { startReceiver } from "../support/a2a/receiver.ts";
import { mcpClient } from "../support/clients/mcp-client.ts";
import { daemonHere, daemonProcess } from "../support/machine/daemon.ts";
import { rpcCall } from "../support/rpc.ts";

/** Whether the daemon has found itself idle by now; asks it nothing. */
const isIdle = (daemon: { idle: Promise<void> }) =>
  Promise.race([
    daemon.idle.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);

describe("a daemon that was started on demand", () => {
  test("goes by itself when nobody has needed it, with exit code 0", async () => {
    await using daemon = await daemonProcess({ args: ["--idle-exit", "0.2s"] });
    expect(await daemon.exited).toBe(0);
  });

  test("finds itself idle in time", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.05 });
    await daemon.idle;
  });

  test("stays for a month where it is told to: no timer takes that long", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 30 * 86_400 });
    await daemon.rpc("tasks/list", { kind: "bug", wait_ms: 50 });
    expect(await isIdle(daemon)).toBe(false);
  });

  test("stays while a wait is held open, and goes after it", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    // longer than it stays without use
    await daemon.rpc("tasks/list", { kind: "bug", wait_ms: 1000 });
    expect(await isIdle(daemon)).toBe(false);
    await daemon.idle;
  });

  test("stays while somebody follows its events, and goes after that", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${daemon.token}` };
    const stream = await fetch(`${daemon.url}events`, { headers, signal: gone.signal });
    // longer than it stays without use
    await daemon.rpc("tasks/list", { kind: "bug", wait_ms: 1000 });
    await daemon.rpc("tasks/list", { kind: "bug", wait_ms: 1 });
    expect(stream.status).toBe(200);
    expect(await isIdle(daemon)).toBe(false);
    gone.abort();
    await daemon.idle;
  });

  test("stays while its first request waits for what answers it to be loaded", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    let isAnswered = false;
    const answered = fetch(`${daemon.url}.well-known/agent.json`).then(({ status }) => {
      isAnswered = true;
      return status;
    });
    await daemon.idle;
    expect(isAnswered).toBe(true);
    expect(await answered).toBe(200);
  });

  test("goes when the client is gone whose subscription it has", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    const client = await mcpClient(daemon);
    await client.subscribeResource({ uri: "cord://tasks" });
    await client.close();
    await daemon.idle;
  });

  test("stays while a tab holds its MCP session's stream open, and goes after that", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${daemon.token}`, "content-type": "application/json" };
    const params = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const body = JSON.stringify(rpcCall("initialize", params));
    const opened = await fetch(`${daemon.url}mcp`, { method: "POST", headers, body });
    const session = {
      "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
      accept: "text/event-stream",
    };
    const stream = await fetch(`${daemon.url}mcp`, {
      headers: { ...headers, ...session },
      signal: gone.signal,
    });
    await using other = daemonHere({ idleExitSeconds: 1 });
    await other.idle;
    expect(await isIdle(daemon)).toBe(false);
    // a stream that nobody refers to any more is closed
    expect(stream.status).toBe(200);
    gone.abort();
    await daemon.idle;
  });

  test("stays while something is to be delivered, and goes when it was taken", async () => {
    const taken = Promise.withResolvers<number>();
    using receiver = startReceiver(() => taken.promise);
    // longer than its calls are apart
    await using daemon = daemonHere({ idleExitSeconds: 1, pushTo: [receiver.url] });
    const { result } = await daemon.rpc("tasks/send", { name: "told of" });
    const { id } = z.object({ id: z.string() }).parse(result);
    await daemon.rpc("push/create", { id, url: receiver.url, since: 0 });
    await receiver.has(1);
    await using other = daemonHere({ idleExitSeconds: 1.5 });
    await other.idle;
    expect(await isIdle(daemon)).toBe(false);
    taken.resolve(204);
    await daemon.idle;
  });

  test("stays while a lease is live, and goes when it has ended", async () => {
    await using daemon = daemonHere({ idleExitSeconds: 0.5 });
    const { result } = await daemon.rpc("tasks/send", { name: "held" });
    const id = typeof result === "object" && result !== null && "id" in result ? result.id : "";
    const claimed = await daemon.rpc("tasks/claim", { id, agentId: "a", leaseSeconds: 2 });
    expect(claimed.error).toBeUndefined();
    const swept = await daemon.rpc("tasks/list", { state: "pending", wait_ms: 10_000 });
    expect(swept.result).toMatchObject([{ id, state: "pending", claimed_by: null }]);
    await daemon.idle;
  });
});

test("a daemon that was started by hand stays until it is told to go, and leaves with exit code 0", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const daemon = await daemonProcess();
    expect((await daemon.rpc("daemon/status")).error).toBeUndefined();
    await daemon.end(signal);
    expect(await daemon.exited).toBe(0);
  }
});
