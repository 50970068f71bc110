import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { a2aClient } from "../../support/a2a/asking.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { rpcCall } from "../../support/rpc.ts";

/** A stream begins with a task that may be large, or with the message of one: neither is kept for as long as it lasts. */

const megabyte = 1_048_576;
const text = "x".repeat(megabyte / 2);
const streams = 30;

/** What there is in this process that is in use, in bytes. */
function heap(): number {
  Bun.gc(true);
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

/** Sends a request, and resolves once its answer has begun. What comes is not kept. */
async function begun({ port, token }: DaemonHere, path: string, body: object | null): Promise<Bun.Socket> {
  const sent = body === null ? "" : JSON.stringify(body);
  const head = [
    `${body === null ? "GET" : "POST"} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    "A2A-Version: 1.0",
    "Content-Type: application/json",
    `Content-Length: ${sent.length}`,
  ];
  let left = Buffer.from(`${head.join("\r\n")}\r\n\r\n${sent}`);
  const push = (socket: Bun.Socket) => {
    while (left.length > 0) {
      const written = socket.write(left);
      if (written <= 0) return;
      left = left.subarray(written);
    }
    left = empty;
  };
  const first = Promise.withResolvers<void>();
  let isBegun = false;
  const data = (_: Bun.Socket, bytes: Buffer) => {
    isBegun ||= bytes.includes("text/event-stream");
    if (isBegun && bytes.includes("\n\n")) first.resolve();
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data, drain: push, error() {} },
  });
  push(socket);
  await first.promise;
  return socket;
}

const empty = Buffer.alloc(0);

const message = () => ({ messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [{ text }] });

const ways: readonly [string, (daemon: DaemonHere, id: string) => Promise<Bun.Socket>][] = [
  [
    "of a message over JSON-RPC",
    (daemon) => begun(daemon, "/a2a", rpcCall("SendStreamingMessage", { message: message() })),
  ],
  ["of a message over HTTP", (daemon) => begun(daemon, "/a2a/message:stream", { message: message() })],
  ["of a task over JSON-RPC", (daemon, id) => begun(daemon, "/a2a", rpcCall("SubscribeToTask", { id }))],
  ["of a task over HTTP", (daemon, id) => begun(daemon, `/a2a/tasks/${id}:subscribe`, null)],
];

test.each(ways)("a stream %s keeps nothing of what it began with", async (_, open) => {
  await using daemon = daemonHere({ database: join(temporaryDirectory("streams"), "cord.db") });
  const client = a2aClient(daemon);
  const { id } = z.object({ id: z.string() }).parse(await client.send({ parts: [{ text }] }));
  const sockets = [await open(daemon, id), await open(daemon, id)];
  const before = heap();
  for (let count = 0; count < streams; count += 1) sockets.push(await open(daemon, id));
  // each would keep half a megabyte, several times
  expect(heap() - before).toBeLessThan((streams * megabyte) / 4);
  for (const socket of sockets) socket.terminate();
});
