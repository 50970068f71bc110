import { expect, test } from "bun:test";
import { reach } from "../../../src/client/connection/reach.ts";
import { textOf } from "../../../src/client/connection/transport.ts";
import { proved } from "../../support/network/proved.ts";

/** The one way to a daemon, against a server that stands in for one and can be made to answer as is needed. */

const token = "t".repeat(64);
const maxBytes = 100 * 1_048_576;
const { signal } = new AbortController();

function startServer(answer: (request: Request) => Response | Promise<Response>) {
  const seen = { challenges: 0, connections: new Set<number | undefined>() };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: maxBytes,
    fetch(request, { requestIP }) {
      seen.connections.add(requestIP.call(server, request)?.port);
      const own = proved(request, token);
      if (own) seen.challenges += 1;
      return own ?? answer(request);
    },
  });
  return { url: server.url.href, seen, [Symbol.asyncDispose]: () => server.stop(true) };
}

test("carries large bodies whole, both ways, also to a reader that is slow", async () => {
  await using server = startServer(async (request) => {
    const text = await request.text();
    let left = 20;
    const pull = (stream: ReadableStreamDefaultController<Uint8Array>) =>
      left-- > 0 ? stream.enqueue(Buffer.from(text)) : stream.close();
    return new Response(new ReadableStream({ pull }));
  });
  const body = "0123456789abcdef".repeat(65_536);
  const reply = await reach(server.url, token).send({ method: "POST", path: "", body }, signal);
  let [size, sum] = [0, ""];
  for await (const piece of reply.chunks()) {
    size += piece.length;
    sum = Buffer.from(piece).toString().slice(-1);
    await new Promise((next) => setImmediate(next));
  }
  expect([size, sum]).toEqual([20 * body.length, "f"]);
});

test("asks each connection for one proof, and one call after the other goes over the same", async () => {
  await using server = startServer(() => Response.json({}));
  const transport = reach(server.url, token);
  for (let count = 0; count < 5; count += 1)
    await textOf(await transport.send({ method: "GET", path: "x" }, signal), maxBytes);
  expect([server.seen.challenges, server.seen.connections.size]).toEqual([1, 1]);
  const many = [...Array(4).keys()].map(() => transport.send({ method: "GET", path: "x" }, signal));
  for (const reply of await Promise.all(many)) await textOf(reply, maxBytes);
  expect(server.seen.challenges).toBe(server.seen.connections.size);
});

test("opens, and proves, another connection when the one it kept is closed", async () => {
  await using server = startServer(() => new Response("bye", { headers: { connection: "close" } }));
  const transport = reach(server.url, token);
  for (let count = 1; count <= 3; count += 1) {
    expect(await textOf(await transport.send({ method: "GET", path: "x" }, signal), maxBytes)).toBe("bye");
    expect(server.seen.challenges).toBe(count);
  }
});

test("stops at an answer that is larger than what was asked for", async () => {
  await using server = startServer(() => new Response("x".repeat(1000)));
  const reply = await reach(server.url, token).send({ method: "GET", path: "x" }, signal);
  await expect(textOf(reply, 999)).rejects.toThrow("larger than");
});

test("ends a call whose signal says so, before its answer and in the middle of it", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = startServer((request) => {
    asked.resolve();
    if (request.url.endsWith("never")) return new Promise<Response>(() => {});
    return new Response(new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from("begun")) }));
  });
  const transport = reach(server.url, token);
  const early = new AbortController();
  const never = transport.send({ method: "GET", path: "never" }, early.signal);
  await asked.promise;
  early.abort(new Error("enough"));
  await expect(never).rejects.toThrow("enough");
  const late = new AbortController();
  const begun = await transport.send({ method: "GET", path: "begun" }, late.signal);
  const pieces = begun.chunks();
  expect(Buffer.from((await pieces.next()).value ?? []).toString()).toBe("begun");
  late.abort(new Error("enough"));
  await expect(pieces.next()).rejects.toThrow("enough");
});
