import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createClient } from "../../src/client/client.ts";
import { followEvents } from "../../src/client/events.ts";
import { appendAgentEvent } from "../../src/store/tables/events.ts";
import { openSqlite } from "../../src/store/database/sqlite.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { until } from "../support/until.ts";
import { rpcCall } from "../support/rpc.ts";

let daemon: DaemonHere;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await daemon.stop();
});

/** More than the buffers of a connection hold, so that whoever does not read holds the stream up. */
async function databaseOfManyEvents(): Promise<string> {
  const database = join(temporaryDirectory("readers"), "cord.db");
  const store = openSqlite(database);
  const agent = { id: "a", name: "x".repeat(100_000), project: null };
  for (let count = 0; count < 400; count += 1) await store.write((tx) => appendAgentEvent(tx, agent, 1));
  await store.close();
  return database;
}

/** A request as bytes, on a connection of its own; resolves once the answer has begun. */
async function ask(line: string, body = ""): Promise<Socket> {
  const socket = connect(daemon.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  const headers = [`Host: 127.0.0.1:${daemon.port}`, `Authorization: Bearer ${daemon.token}`];
  if (body !== "") headers.push("Content-Type: application/json", `Content-Length: ${body.length}`);
  socket.write([`${line} HTTP/1.1`, ...headers, "", body].join("\r\n"));
  return socket;
}

/** Resolves once the answer has begun; then nobody reads on. */
async function begun(socket: Socket): Promise<Socket> {
  await new Promise<void>((resolve, reject) => {
    socket.once("data", () => resolve());
    socket.once("close", () => reject(new Error("the daemon closed the connection")));
  });
  return socket.pause();
}

const watchers = async (): Promise<number> => {
  const { result } = await daemon.rpc("daemon/status");
  return Number(Reflect.get(Object(result), "watchers"));
};

const ways: [string, (socket: Socket) => void][] = [
  ["closes its connection", (socket) => void socket.destroy()],
  ["resets its connection", (socket) => void socket.resetAndDestroy()],
  ["says that it will send no more", (socket) => void socket.end()],
];

describe.each(ways)("a reader that %s", (_, go) => {
  test("in mid-stream is forgotten, and keeps no daemon from its end", async () => {
    daemon = daemonHere({ database: await databaseOfManyEvents(), idleExitSeconds: 0.2 });
    const readers = await Promise.all(
      Array.from({ length: 5 }, () => ask("GET /events?since=0").then(begun)),
    );
    expect(await watchers()).toBe(5);
    for (const reader of readers) go(reader);
    await until("the end of the streams", async () => (await watchers()) === 0);
    await daemon.idle;
  });

  test("while its wait is held is forgotten", async () => {
    daemon = daemonHere({ idleExitSeconds: 0.2 });
    const params = { state: "pending", wait_ms: 60_000 };
    const body = JSON.stringify(rpcCall("tasks/list", params));
    const waiter = await ask("POST /", body);
    await until("the wait", async () => (await watchers()) === 1);
    go(waiter);
    await until("the end of the wait", async () => (await watchers()) === 0);
    await daemon.idle;
  });
});

test("a reader that stops reading is let go when ten thousand events have come that it has not read", async () => {
  daemon = daemonHere({ database: await databaseOfManyEvents() });
  await begun(await ask("GET /events?since=0"));
  expect(await watchers()).toBe(1);
  await sendTenThousand();
  expect(await watchers()).toBe(0);
});

test("a client that fell behind so far comes back from its cursor, and misses nothing", async () => {
  daemon = daemonHere({ database: await databaseOfManyEvents() });
  const { url, token } = daemon;
  const end = new AbortController();
  const events = followEvents(createClient({ url, token }), {}, 0, end.signal, async () => {});
  const seen = [(await events.next()).value];
  let sent = 0;
  // how much the system takes for a reader that rests is its own affair, so more may be needed than once ten thousand
  do sent += await sendTenThousand();
  while ((await watchers()) > 0 && sent < 50_000);
  expect(await watchers()).toBe(0);
  while (seen.length < 400 + sent) seen.push((await events.next()).value);
  end.abort();
  await events.return(undefined);
  expect(seen.map((event) => Reflect.get(Object(event), "seq"))).toEqual(seen.map((_, index) => index + 1));
});

/** Resolves to how many events that made. */
async function sendTenThousand(): Promise<number> {
  const call = { jsonrpc: "2.0", method: "tasks/send", params: { name: "task" } };
  const batch = JSON.stringify(Array.from({ length: 100 }, () => call));
  for (let count = 0; count < 101; count += 1) expect((await daemon.post(batch)).status).toBe(204);
  return 10_100;
}
