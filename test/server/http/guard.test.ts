import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { daemonHere, daemonProcess, type DaemonHere } from "../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { request, sendRaw } from "../../support/network/raw-http.ts";
import { rpcCall } from "../../support/rpc.ts";

let daemon: DaemonHere;

beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

const body = JSON.stringify(rpcCall("tasks/list"));
const send = (payload: unknown) => rpcCall("tasks/send", { name: "x", payload });
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const sendText = (payload: string) => JSON.stringify(send(0)).replace('"payload":0', `"payload":${payload}`);
const own = () => `127.0.0.1:${daemon.port}`;
const json = "Content-Type: application/json";
const tabPath = () => `tabs?tab=${crypto.randomUUID()}&client=claude&wake=none`;
const bearer = () => `Authorization: Bearer ${daemon.token}`;
const statusOf = async (line: string, headers: readonly string[], sent = body) =>
  (await sendRaw(daemon.port, request(line, headers, sent))).status;

describe("the Host of a request", () => {
  test.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("may be %s with the port", async (name) => {
    expect(await statusOf("POST /", [`Host: ${name}:${daemon.port}`, json, bearer()])).toBe(200);
  });

  test.each([
    ["another name", () => [`Host: evil.example:${daemon.port}`]],
    ["a name that ends like the daemon's", () => [`Host: localhost.evil.example:${daemon.port}`]],
    ["the name without the port", () => ["Host: 127.0.0.1"]],
    ["another port", () => [`Host: 127.0.0.1:${daemon.port + 1}`]],
    ["another loopback address", () => [`Host: 127.0.0.2:${daemon.port}`]],
    ["with a user", () => [`Host: a@${own()}`]],
    ["empty", () => ["Host:"]],
    ["missing", () => []],
    ["said twice, the same", () => [`Host: ${own()}`, `Host: ${own()}`]],
    ["said twice, the daemon's first", () => [`Host: ${own()}`, "Host: evil.example"]],
    ["said twice, the daemon's last", () => ["Host: evil.example", `Host: ${own()}`]],
    ["a list", () => [`Host: ${own()}, ${own()}`]],
  ])("is refused: %s", async (_, hosts) => {
    for (const route of ["POST /", "POST /mcp"])
      expect([403, 400]).toContain(await statusOf(route, [...hosts(), json, bearer()]));
    for (const route of ["GET /healthz", "GET /events", "GET /.well-known/agent.json"])
      expect([403, 400]).toContain(await statusOf(route, [...hosts(), bearer()], ""));
  });
});

describe("the Origin of a request", () => {
  test.each([
    "null",
    "http://evil.example",
    "https://127.0.0.1",
    "http://127.0.0.1",
    "http://localhost",
    "",
    "file://",
    "http://127.0.0.1.evil.example:7777",
    "chrome-extension://abcdef",
  ])("is refused when it is %p", async (origin) => {
    const headers = [`Host: ${own()}`, json, bearer(), `Origin: ${origin}`];
    expect(await statusOf("POST /", headers)).toBe(403);
    expect(await statusOf("GET /events", [`Host: ${own()}`, bearer(), `Origin: ${origin}`], "")).toBe(403);
  });

  test("may be the daemon's own, or missing", async () => {
    const headers = [`Host: ${own()}`, json, bearer()];
    expect(await statusOf("POST /", headers)).toBe(200);
    expect(await statusOf("POST /", [...headers, `Origin: http://${own()}`])).toBe(200);
  });

  test("gets no CORS header, and no answer to a preflight", async () => {
    const preflight = await sendRaw(
      daemon.port,
      request("OPTIONS /", [
        `Host: ${own()}`,
        "Origin: http://evil.example",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization,content-type",
      ]),
    );
    expect(preflight.status).toBe(403);
    const plain = await sendRaw(daemon.port, request("POST /", [`Host: ${own()}`, json, bearer()], body));
    for (const { text } of [preflight, plain]) expect(text.toLowerCase()).not.toContain("access-control");
  });
});

describe("a POST", () => {
  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/json, text/plain",
    "text/plain; application/json",
    "",
  ])("with the content type %p is refused", async (type) => {
    for (const path of ["/", "/mcp", "/events", "/healthz"])
      expect(await statusOf(`POST ${path}`, [`Host: ${own()}`, bearer(), `Content-Type: ${type}`])).toBe(415);
  });

  test("without a content type is refused", async () => {
    expect(await statusOf("POST /", [`Host: ${own()}`, bearer()])).toBe(415);
  });

  test.each(["application/json", "Application/JSON", "application/json; charset=utf-8"])(
    "with the content type %p is taken",
    async (type) => {
      const headers = [`Host: ${own()}`, bearer(), `Content-Type: ${type}`];
      expect(await statusOf("POST /", headers)).toBe(200);
    },
  );
});

describe("a body", () => {
  test("of 1 MiB is taken, of one byte more it is not", async () => {
    const empty = JSON.stringify(send("")).length;
    const fits = await daemon.post(send("x".repeat(1_048_576 - empty)));
    expect(fits.status).toBe(200);
    const large = await daemon.post(send("x".repeat(1_048_577 - empty)));
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ code: "too_large" });
  });

  test("is counted in bytes, not in characters", async () => {
    expect((await daemon.post(send("é".repeat(600_000)))).status).toBe(413);
  });

  test("that comes in chunks and never says its length is cut at 1 MiB too", async () => {
    const chunk = "x".repeat(65_536);
    const chunks = Array.from({ length: 20 }, () => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const head = request("POST /", [`Host: ${own()}`, json, bearer(), "Transfer-Encoding: chunked"]);
    const { status } = await sendRaw(daemon.port, head, ...chunks, "0\r\n\r\n");
    expect(status).toBe(413);
    expect((await daemon.rpc("tasks/list", { limit: 1 })).error).toBeUndefined();
  });

  test("that is nested too deep is refused, whatever holds it", async () => {
    expect((await daemon.post(sendText(deep(60)))).status).toBe(200);
    for (const payload of [
      deep(65),
      deep(5000),
      "[".repeat(100_000),
      `${"[".repeat(90_000)}${"]".repeat(90_000)}`,
    ]) {
      const response = await daemon.post(sendText(payload));
      const text = await response.text();
      expect(response.status >= 400 || text.includes("-32700")).toBe(true);
      expect(text).not.toContain("Maximum call stack");
    }
  });

  test("may be wide", async () => {
    const response = await daemon.post(send(Array.from({ length: 10_000 }, () => ({}))));
    expect(response.status).toBe(200);
  });

  test.each([
    ["a name over 256 characters", { name: "x".repeat(257) }],
    ["an empty name", { name: "" }],
    ["a kind over 64 characters", { name: "x", kind: "x".repeat(65) }],
    ["an agent over 128 characters", { name: "x", to: "x".repeat(129) }],
    ["too many needs", { name: "x", needs: Array(65).fill("aaaa") }],
  ])("with %s is refused, as JSON-RPC refuses", async (_, params) => {
    const response = await daemon.post(rpcCall("tasks/send", params));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ error: { code: -32602 } });
  });
});

describe("a token", () => {
  const routes = ["POST /", "POST /mcp", "GET /mcp", "DELETE /mcp", "GET /events", "GET /nothing"];

  test.each([
    ["missing", () => []],
    ["empty", () => ["Authorization:"]],
    ["of another scheme", () => [`Authorization: Basic ${daemon.token}`]],
    ["bare", () => [`Authorization: ${daemon.token}`]],
    ["wrong", () => [`Authorization: Bearer ${"0".repeat(64)}`]],
    ["a beginning of the right one", () => [`Authorization: Bearer ${daemon.token.slice(0, -1)}`]],
    ["the right one and more", () => [`Authorization: Bearer ${daemon.token}0`]],
    ["in the wrong letters", () => [`Authorization: Bearer ${daemon.token.toUpperCase()}A`]],
    ["of a node that is none", () => ["Authorization: Bearer cord-node.aaaa.1.bbbb"]],
    ["of a node, and empty", () => ["Authorization: Bearer cord-node..."]],
  ])("that is %s is 401 on every route", async (_, token) => {
    for (const route of routes) {
      const headers = [`Host: ${own()}`, json, ...token()];
      expect([route, await statusOf(route, headers, route.startsWith("POST") ? body : "")]).toEqual([
        route,
        401,
      ]);
    }
  });

  test("is not asked for by healthz and the card, which say nothing of it", async () => {
    for (const path of ["healthz", ".well-known/agent.json"]) {
      const response = await fetch(`${daemon.url}${path}`);
      expect(response.status).toBe(200);
      expect(await response.text()).not.toContain(daemon.token);
    }
  });

  test("does not count in the address", async () => {
    expect(await statusOf(`GET /events?token=${daemon.token}`, [`Host: ${own()}`], "")).toBe(401);
  });

  test("is not asked for with --open", async () => {
    await using open = daemonHere({ open: true });
    const response = await open.post(body, { authorization: "" });
    expect(response.status).toBe(200);
  });
});

describe("a GET by which a tab is opened", () => {
  test.each(["cross-site", "same-site", "none"])(
    "is refused to a browser's page (%s), also with --open",
    async (site) => {
      await using open = daemonHere({ open: true });
      const { status } = await fetch(`${open.url}${tabPath()}`, { headers: { "sec-fetch-site": site } });
      expect(status).toBe(403);
    },
  );

  test("is open to programs", async () => {
    await using open = daemonHere({ open: true });
    const response = await fetch(`${open.url}${tabPath()}`);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

describe("where a daemon listens", () => {
  test.each(["0.0.0.0", "::", "192.168.1.5", "example.org"])("%s is refused without --expose", (hostname) => {
    expect(() => daemonHere({ hostname })).toThrow("--expose");
  });

  test("--open goes with loopback only", () => {
    expect(() => daemonHere({ hostname: "0.0.0.0", open: true })).toThrow("--open is for loopback only");
    expect(() => daemonHere({ hostname: "0.0.0.0", open: true, exposed: true })).toThrow("loopback only");
  });

  test("beyond loopback, knowingly, a token is still asked for", async () => {
    await using exposed = daemonHere({ hostname: "0.0.0.0", exposed: true });
    const url = `http://127.0.0.1:${exposed.port}/`;
    const headers = { "content-type": "application/json" };
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(401);
  });

  test("everywhere, it may be called by any address of the machine, but by no name", async () => {
    await using exposed = daemonHere({ hostname: "0.0.0.0", exposed: true });
    const statusAs = async (host: string) =>
      (await sendRaw(exposed.port, request("GET /healthz", [`Host: ${host}`]))).status;
    expect(await statusAs(`192.168.1.5:${exposed.port}`)).toBe(200);
    expect(await statusAs(`[fe80::1]:${exposed.port}`)).toBe(200);
    for (const host of ["192.168.1.5", `192.168.1.5:${exposed.port + 1}`, `evil.example:${exposed.port}`])
      expect(await statusAs(host)).toBe(403);
    expect(await statusOf("GET /healthz", [`Host: 192.168.1.5:${daemon.port}`], "")).toBe(403);
  });

  test("everywhere, it takes no page of another address as its own, though it is one of the machine", async () => {
    await using exposed = daemonHere({ hostname: "0.0.0.0", exposed: true });
    const host = `192.168.1.5:${exposed.port}`;
    const statusFrom = async (origin: string) =>
      (await sendRaw(exposed.port, request("GET /healthz", [`Host: ${host}`, `Origin: http://${origin}`])))
        .status;
    expect(await statusFrom(host)).toBe(200);
    for (const origin of [`6.6.6.6:${exposed.port}`, `127.0.0.1:${exposed.port}`, `[::1]:${exposed.port}`])
      expect([origin, await statusFrom(origin)]).toEqual([origin, 403]);
  });

  test("every address of 127.0.0.0/8 is loopback", async () => {
    await using second = daemonHere({ hostname: "127.0.0.2", open: true });
    const response = await fetch(`${second.url}healthz`);
    expect(second.url).toStartWith("http://127.0.0.2:");
    expect(response.status).toBe(200);
    expect(() => daemonHere({ hostname: "128.0.0.1" })).toThrow("--expose");
    expect(() => daemonHere({ hostname: "127.0.0.1.example.org" })).toThrow("--expose");
  });

  test("the program refuses it too, in one sentence", async () => {
    const refused = daemonProcess({ address: "0.0.0.0:0" });
    await expect(refused).rejects.toThrow(/^.*cord serve: 0\.0\.0\.0 can be reached from other machines/s);
  });
});

test("the token and the database are their owner's only, and so are their folders", async () => {
  const dataHome = temporaryDirectory("modes");
  await using daemon = await daemonProcess({ dataHome });
  await daemon.rpc("tasks/send", { name: "x" });
  const folder = join(dataHome, "cord");
  const modes = ["", "token", "cord.db", "cord.db-wal", "cord.db-shm", "cord.db.address"].map((name) => [
    name,
    (statSync(join(folder, name)).mode & 0o777).toString(8),
  ]);
  expect(modes).toEqual([
    ["", "700"],
    ["token", "600"],
    ["cord.db", "600"],
    ["cord.db-wal", "600"],
    ["cord.db-shm", "600"],
    ["cord.db.address", "600"],
  ]);
  expect(Buffer.from(daemon.token, "hex").length * 8).toBeGreaterThanOrEqual(128);
});

test("no GET changes anything", async () => {
  const { result } = await daemon.rpc("tasks/send", { name: "kept" });
  const seq = async () => (await daemon.rpc("daemon/status")).result;
  const before = await seq();
  const id = typeof result === "object" && result !== null && "id" in result ? String(result.id) : "";
  const call = encodeURIComponent(JSON.stringify(rpcCall("tasks/cancel", { id })));
  for (const path of [
    `/?method=tasks/cancel&id=${id}`,
    `/?body=${call}`,
    `/tasks/cancel?id=${id}`,
    `/mcp?x=${call}`,
  ]) {
    expect(await statusOf(`GET ${path}`, [`Host: ${own()}`, bearer()], "")).toBeGreaterThanOrEqual(400);
    await sendRaw(daemon.port, request(`GET ${path}`, [`Host: ${own()}`, bearer(), json], body));
  }
  expect(await seq()).toEqual(before);
});
