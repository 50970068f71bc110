import { afterEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { Reply } from "../../src/server/http/connection.ts";
import type { Arrival } from "../../src/server/http/arrival.ts";
import { JsonText } from "../../src/server/http/json-text.ts";
import { listenHttp, type Listener } from "../../src/server/http/listener.ts";
import { until } from "../support/until.ts";

let listener: Listener;
let now = 0;
const sockets: Socket[] = [];

afterEach(() => {
  listener.stop();
  for (const socket of sockets.splice(0)) socket.destroy();
});

function listen(answer: (request: Arrival) => Promise<Reply> | Reply): void {
  now = 0;
  const place = { hostname: "127.0.0.1", port: 0 };
  listener = listenHttp(place, { answer, maxBodyBytes: 1000, now: () => now, date: () => "today" });
}

/** A connection that has sent this, and what has come of it. */
async function sender(text: string): Promise<{ socket: Socket; said: () => string }> {
  const socket = connect(listener.port, "127.0.0.1").setEncoding("latin1");
  sockets.push(socket);
  let said = "";
  socket.on("data", (chunk) => (said += String(chunk)));
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return { socket, said: () => said };
}

const request = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";

test("a connection on which nothing comes for 30 s is ended, whatever has come of a request", async () => {
  listen(() => new JsonText({ ok: true }));
  const silent = await sender("");
  const begun = await sender("GET / HTTP/1.1\r\nHo");
  const half = await sender("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n123");
  const answered = await sender(request);
  await until("the answers", () => [half, answered].every(({ said }) => said().includes('{"ok":true}')));
  now = 31_000;
  await until("the ends", () => [silent, begun, half, answered].every(({ socket }) => socket.closed));
});

test("a request that is held open is not ended, and its client's going is told", async () => {
  const gone = Promise.withResolvers<string>();
  listen(async (arrival) => {
    arrival.writeTimeoutSeconds = 0;
    await new Promise((resolve) => arrival.signal.addEventListener("abort", resolve));
    gone.resolve("gone");
    return new JsonText(null);
  });
  const waiting = await sender(request);
  const other = await sender("");
  now = 31_000;
  await until("the end of another", () => other.socket.closed);
  expect(waiting.socket.closed).toBe(false);
  waiting.socket.destroy();
  expect(await gone.promise).toBe("gone");
});

test("an answer that nobody reads is given up", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  listen((arrival) => {
    asked.resolve(arrival.signal);
    return new JsonText("x".repeat(50_000_000));
  });
  const socket = connect(listener.port, "127.0.0.1", () => void socket.write(request));
  sockets.push(socket);
  socket.on("error", () => {});
  socket.pause();
  const gone = await asked.promise;
  await until("its end", () => {
    now += 31_000; // what the system takes by itself counts as read
    return gone.aborted;
  });
});

test("a client that goes on after the last answer is left after 2 s", async () => {
  listen(() => new JsonText({ ok: true }));
  const socket = connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  socket.on("error", () => {});
  let said = "";
  socket.on("data", (chunk) => (said += String(chunk)));
  socket.write("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  await until("the answer", () => said.endsWith('{"ok":true}'));
  now = 3000;
  await until("its end", () => {
    socket.write("more");
    return socket.closed;
  });
});
