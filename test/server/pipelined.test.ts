import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { until } from "../support/until.ts";
import { sendAndHangUp, sendRaw } from "../support/network/raw-http.ts";
import { rpcCall } from "../support/rpc.ts";

let daemon: DaemonHere;
beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

function headers(): string[] {
  return [
    `Host: 127.0.0.1:${daemon.port}`,
    `Authorization: Bearer ${daemon.token}`,
    "Content-Type: application/json",
  ];
}

/** A call as bytes, after which the connection stays. */
function call(id: number, method: string, params: object, ...more: string[]): string {
  const body = JSON.stringify(rpcCall(method, params, id));
  return [
    `POST / HTTP/1.1`,
    ...headers(),
    ...more,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

const send = (id: number, ...more: string[]) => call(id, "tasks/send", { name: `task ${id}` }, ...more);
const last = (id: number) => send(id, "Connection: close");
const health = () => `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\n\r\n`;

const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const idsIn = (text: string) => [...text.matchAll(/"jsonrpc":"2.0","id":(\d+)/g)].map(([, id]) => Number(id));

/** Sends pieces, each once the one before it has gone out, and reads until the server ends the connection. */
async function inPieces(text: string, bytes: number): Promise<string> {
  const socket = connect(daemon.port, "127.0.0.1").setNoDelay(true).setEncoding("utf8");
  let answer = "";
  socket.on("data", (chunk) => (answer += String(chunk)));
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  for (let at = 0; at < text.length; at += bytes) {
    await new Promise<void>((resolve) => socket.write(text.slice(at, at + bytes), () => resolve()));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await ended;
  return answer;
}

describe("requests that come before the one ahead of them is answered", () => {
  test("are answered in their order, each whole", async () => {
    const { text } = await sendRaw(daemon.port, send(1) + send(2) + health() + send(3) + last(4));
    expect(statusesIn(text)).toEqual([200, 200, 200, 200, 200]);
    expect(idsIn(text)).toEqual([1, 2, 3, 4]);
    expect(text.indexOf('"ok":true')).toBeGreaterThan(text.indexOf('"id":2'));
  });

  test("wait behind one that is held open, and none of them is done before it", async () => {
    const wait = call(1, "tasks/list", { kind: "never", wait_ms: 300 });
    const { text } = await sendRaw(daemon.port, wait + call(2, "tasks/list", { limit: 1 }) + last(3));
    expect(idsIn(text)).toEqual([1, 2, 3]);
  });

  test("may be a thousand, far more than is kept of them at once", async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1);
    const many = ids.map((id) => call(id, "tasks/send", { name: "one", payload: "x".repeat(500) })).join("");
    const { text } = await sendRaw(daemon.port, many + last(1001));
    expect(idsIn(text)).toEqual([...ids, 1001]);
  });

  test.each([1, 7, 64, 1000])("are the same in pieces of %d bytes", async (bytes) => {
    const text = await inPieces(send(1) + health() + send(2, "X-Long: " + "y".repeat(300)) + last(3), bytes);
    expect([statusesIn(text), idsIn(text)]).toEqual([
      [200, 200, 200, 200],
      [1, 2, 3],
    ]);
  });

  test("are not answered behind one that was the last", async () => {
    const { text } = await sendRaw(daemon.port, send(1) + last(2) + send(3));
    expect(idsIn(text)).toEqual([1, 2]);
    expect(text).toContain("connection: close");
  });

  test("leave the last answer whole, however much its sender still sends behind it", async () => {
    const behind = "x".repeat(8_000_000);
    for (const ending of [last(1), send(1).replace("HTTP/1.1", "HTTP/1.0"), `nonsense\r\n\r\n`]) {
      const { status, text } = await sendRaw(daemon.port, ending, behind);
      expect([status > 0, text.endsWith("}")]).toEqual([true, true]);
    }
  });

  test("come behind a list that is streamed", async () => {
    const list = call(1, "tasks/list", { limit: 1000 });
    const { text } = await sendRaw(daemon.port, list + last(2));
    expect(idsIn(text)).toEqual([1, 2]);
  });

  test("and are none: what stands ahead is answered, and the rest refused", async () => {
    const { text } = await sendRaw(daemon.port, `${send(1)}nonsense\r\n\r\n${send(2)}`);
    expect([statusesIn(text), idsIn(text)]).toEqual([[200, 400], [1]]);
  });
});

const chunked = (chunks: string) =>
  ["POST / HTTP/1.1", ...headers(), "Transfer-Encoding: chunked", "Connection: close", "", chunks].join(
    "\r\n",
  );

describe("a request", () => {
  const body = '{"jsonrpc":"2.0","id":5,"method":"tasks/list"}';

  test("may come in chunks of a byte, with trailers", async () => {
    const chunks = [...body].map((letter) => `1;x=y\r\n${letter}\r\n`).join("");
    const { status, text } = await sendRaw(daemon.port, chunked(`${chunks}0\r\nX: y\r\n\r\n`));
    expect([status, idsIn(text)]).toEqual([200, [5]]);
  });

  test.each([
    ["a chunk without a size", "x\r\n"],
    ["a chunk longer than it says", "1\r\nab\r\n0\r\n\r\n"],
    ["a chunk of a size beyond all bounds", `${"f".repeat(13)}\r\n`],
  ])("with %s is no request, and its connection ends", async (_, chunks) => {
    expect((await sendRaw(daemon.port, chunked(chunks))).status).not.toBe(200);
  });

  test.each([
    ["that says its length in two ways", "Content-Length: 5\r\nTransfer-Encoding: chunked"],
    ["that says its length twice", "Content-Length: 5\r\nContent-Length: 5"],
    ["whose length is no number", "Content-Length: five"],
    ["whose length is below nothing", "Content-Length: -1"],
    ["in another coding", "Transfer-Encoding: gzip, chunked"],
    ["with a header that is none", "Nothing"],
    ["with a header without a name", ": x"],
    ["with a space in a header's name", "Content-Length : 5"],
    ["with a header that goes on in the next line", "X: a\r\n b"],
    ["with a zero byte", "X: a\0b"],
  ])("%s is refused, and nothing behind it is read", async (_, header) => {
    const first = ["POST / HTTP/1.1", ...headers(), header, "", "hello"].join("\r\n");
    const { text } = await sendRaw(daemon.port, first + send(2));
    expect([statusesIn(text), idsIn(text)]).toEqual([[400], []]);
  });

  test.each([
    "GET /healthz",
    "GET  /healthz HTTP/1.1",
    "get /healthz HTTP/1.1",
    "GET /healthz HTTP/2.0",
    "\x16\x03",
  ])("that begins with %j is refused", async (line) => {
    expect((await sendRaw(daemon.port, `${line}\r\nHost: 127.0.0.1:${daemon.port}\r\n\r\n`)).status).toBe(
      400,
    );
  });

  test("with more headers than any has is refused", async () => {
    const many = Array.from({ length: 200 }, (_, index) => `X-${index}: y`);
    const text = ["GET /healthz HTTP/1.1", `Host: 127.0.0.1:${daemon.port}`, ...many, "", ""].join("\r\n");
    expect((await sendRaw(daemon.port, text)).status).toBe(400);
  });

  test("may name the whole address, as a proxy does", async () => {
    const whole = health().replace("/healthz", `http://127.0.0.1:${daemon.port}/healthz`);
    expect(statusesIn((await sendRaw(daemon.port, whole + last(2))).text)).toEqual([200, 200]);
  });

  test("may have other letters than ASCII in its path as they are", async () => {
    await daemon.rpc("tasks/send", { name: "größer", kind: "letters" });
    const events = ["GET /events?since=0&name_contains=gröSSer HTTP/1.1", ...headers(), "", ""].join("\r\n");
    const socket = connect(daemon.port, "127.0.0.1").setEncoding("utf8");
    let text = "";
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.write(Buffer.from(events, "utf8"));
    await until("the event", () => text.includes("größer"));
    expect([statusesIn(text), text.match(/^event: /gm)?.length]).toEqual([[200], 1]);
    socket.destroy();
  });

  test("whose headers never end is refused when they are longer than any are", async () => {
    expect((await sendRaw(daemon.port, `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`)).status).toBe(400);
  });

  test("of HTTP/1.0 is answered, and is the last", async () => {
    const old = `GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:${daemon.port}\r\n\r\n`;
    expect(statusesIn((await sendRaw(daemon.port, old + health())).text)).toEqual([200]);
  });

  test("that asks whether to go on is told so, unless all of it is there", async () => {
    const asking = send(1, "Expect: 100-continue", "Connection: close");
    const body = asking.indexOf("\r\n\r\n") + 4;
    const socket = connect(daemon.port, "127.0.0.1").setEncoding("utf8");
    const next = () =>
      new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
    socket.write(asking.slice(0, body));
    expect(statusesIn(await next())).toEqual([100]);
    socket.write(asking.slice(body));
    expect(statusesIn(await next())).toEqual([200]);
    socket.destroy();
    expect(statusesIn((await sendRaw(daemon.port, asking)).text)).toEqual([200]);
  });

  test("for the head alone gets no body, and its length once", async () => {
    const { text } = await sendAndHangUp(daemon.port, health().replace("GET", "HEAD"));
    const [head = "", ...rest] = text.split("\r\n\r\n");
    expect(rest).toEqual([""]);
    expect([...head.matchAll(/^content-length: (\d+)$/gim)].map(([, bytes]) => Number(bytes) > 100)).toEqual([
      true,
    ]);
  });

  test("with a body that nobody takes is answered while its sender still sends", async () => {
    const long = [
      "POST / HTTP/1.1",
      ...headers(),
      "Content-Length: 50000000",
      "",
      "x".repeat(3_000_000),
    ].join("\r\n");
    expect((await sendRaw(daemon.port, long)).status).toBe(413);
  });

  test("that is refused unread leaves its connection to the next", async () => {
    const foreign = send(1).replace(daemon.token, "x".repeat(daemon.token.length));
    const { text } = await sendRaw(daemon.port, foreign + last(2));
    expect([statusesIn(text), idsIn(text)]).toEqual([[401, 200], [2]]);
  });
});
