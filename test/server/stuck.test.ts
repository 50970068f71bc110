import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { JsonText } from "../../src/server/http/json-text.ts";
import { stillListener, type StillListener } from "../support/network/still-listener.ts";
import { until } from "../support/until.ts";

let listener: StillListener;
afterEach(() => listener.close());

const request = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";

test("a connection on which nothing comes for 30 s is ended, whatever has come of a request", async () => {
  listener = stillListener(() => new JsonText({ ok: true }));
  const silent = await listener.client("");
  const begun = await listener.client("GET / HTTP/1.1\r\nHo");
  const half = await listener.client("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n123");
  const answered = await listener.client(request);
  await until("the answers", () => [half, answered].every(({ said }) => said().includes('{"ok":true}')));
  listener.pass(31_000);
  await until("the ends", () => [silent, begun, half, answered].every(({ socket }) => socket.closed));
});

test("a request that is held open is not ended, and its client's going is told", async () => {
  const gone = Promise.withResolvers<string>();
  listener = stillListener(async (arrival) => {
    arrival.writeTimeoutSeconds = 0;
    await new Promise((resolve) => arrival.signal.addEventListener("abort", resolve));
    gone.resolve("gone");
    return new JsonText(null);
  });
  const waiting = await listener.client(request);
  const other = await listener.client("");
  listener.pass(31_000);
  await until("the end of another", () => other.socket.closed);
  expect(waiting.socket.closed).toBe(false);
  waiting.socket.destroy();
  expect(await gone.promise).toBe("gone");
});

test("an answer that nobody reads is given up", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  listener = stillListener((arrival) => {
    asked.resolve(arrival.signal);
    return new JsonText("x".repeat(50_000_000));
  });
  const socket = listener.kept(connect(listener.port, "127.0.0.1", () => void socket.write(request)));
  socket.pause();
  const gone = await asked.promise;
  await until("its end", () => {
    listener.pass(31_000); // what the system takes by itself counts as read
    return gone.aborted;
  });
});

test("a client that goes on after the last answer is left after 2 s", async () => {
  listener = stillListener(() => new JsonText({ ok: true }));
  const socket = listener.kept(connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true }));
  let said = "";
  socket.on("data", (chunk) => (said += String(chunk)));
  socket.write("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  await until("the answer", () => said.endsWith('{"ok":true}'));
  listener.pass(3000);
  await until("its end", () => {
    socket.write("more");
    return socket.closed;
  });
});
