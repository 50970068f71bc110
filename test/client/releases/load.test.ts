import { afterAll, beforeEach, expect, test } from "bun:test";
import { load } from "../../../src/client/releases/load.ts";
import { newestVersion } from "../../../src/client/releases/releases.ts";

/** What a server of releases may do: an honest one, one that is broken, and one that means harm. */

let answer: (request: Request) => Response | Promise<Response> = () => new Response();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: (request) => answer(request),
});
const url = `http://127.0.0.1:${server.port}/file`;
const bounds = { maxBytes: 1000, withinMs: 60_000 };
beforeEach(() => (answer = () => new Response("whole")));
afterAll(() => server.stop(true));

const redirect = (to: string) => new Response(null, { status: 302, headers: { location: to } });

test("a file comes whole, over redirects, and says how much of it has come", async () => {
  answer = ({ url }) => (url.endsWith("/file") ? redirect("/other") : new Response("whole"));
  const seen: [number, number | null][] = [];
  const loaded = await load(url, { ...bounds, onBytes: (...progress) => seen.push(progress) });
  expect(Buffer.from(loaded).toString()).toBe("whole");
  expect(seen.at(-1)).toEqual([5, 5]);
});

test("this machine is reached without the proxy that the environment names", async () => {
  const names = ["HTTP_PROXY", "http_proxy"];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = "http://127.0.0.1:1";
  try {
    expect(Buffer.from(await load(url, bounds)).toString()).toBe("whole");
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("a redirect to an address without encryption, or another protocol, is refused before it is asked", async () => {
  for (const to of [
    "http://example.com/x",
    "ftp://127.0.0.1/x",
    "file:///etc/passwd",
    "http://127.0.0.1.example.com/",
  ]) {
    answer = () => redirect(to);
    await expect(load(url, bounds)).rejects.toThrow("is no https address");
  }
  await expect(load("http://example.com/x", bounds)).rejects.toThrow("Set CORD_RELEASES");
});

test("a server that leads round in circles is left", async () => {
  answer = () => redirect("/file");
  await expect(load(url, bounds)).rejects.toThrow("leads nowhere");
});

test("an answer without an end is cut off at its bound", async () => {
  answer = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) }));
  await expect(load(url, bounds)).rejects.toThrow("it is larger than 1000 B");
});

test("a server that says nothing more is given up within the time", async () => {
  answer = () => new Promise(() => {});
  await expect(load(url, { ...bounds, withinMs: 50 })).rejects.toThrow("it took longer than");
  answer = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => (controller.enqueue(new Uint8Array(1)), new Promise(() => {})),
      }),
    );
  await expect(load(url, { ...bounds, withinMs: 50 })).rejects.toThrow("it took longer than");
});

test("where nobody answers, one sentence says so, and what to do", async () => {
  await expect(load("http://127.0.0.1:1/file", bounds)).rejects.toThrow(
    /^http:\/\/127\.0\.0\.1:1\/file could not be loaded: nobody answers there.*Look whether this machine is on line/,
  );
});

test("a page in place of the release's contents is no version", async () => {
  const base = url.replace("/file", "/releases");
  for (const text of ["<html>Log in</html>", "{}", '{"metadata":{"component":{"version":"1; rm -rf"}}}']) {
    answer = () => new Response(text);
    await expect(newestVersion(base)).rejects.toThrow("does not say which is the newest");
  }
});
