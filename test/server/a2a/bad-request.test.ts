import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/core/limits.ts";
import { operations } from "../../../src/operations/list.ts";
import { currentMethods } from "../../../src/server/a2a/current.ts";
import { legacyMethods } from "../../../src/server/a2a/legacy.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import {
  a2aCall as call,
  a2aMessage as message,
  a2aWire,
  errorIn,
  jsonOf,
  legacyMessage,
  refusalsOf,
  type A2aWire,
} from "../../support/a2a.ts";

let daemon: DaemonHere;
let wire: A2aWire;
let refusals: ReturnType<typeof refusalsOf>;

beforeAll(() => {
  daemon = daemonHere();
  wire = a2aWire(daemon);
  refusals = refusalsOf(wire);
});
afterAll(async () => {
  // nothing of all this has reached the board
  expect((await daemon.rpc("tasks/list")).result).toEqual([]);
  await daemon.stop();
});

const long = "x".repeat(10_000);
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
/** A body whose one text is nested so deep. */
const nested = (shape: object) => JSON.stringify(shape).replace('"Hello"', deep(100));
const invalid = { reason: "INVALID_PARAMS", domain: "a2a-protocol.org" };

describe("a body", () => {
  const broken: [string, string][] = [
    ["nothing", ""],
    ["no JSON", "hello"],
    ["half of a call", '{"jsonrpc":"2.0","id":1,"method":'],
  ];

  test.each(broken)("of %s is not JSON", async (_, text) => {
    for (const version of ["1.0", null, "0.3"])
      expect(await refusals.overRpc(version, text)).toMatchObject({
        id: null,
        code: -32700,
        reason: "PARSE",
      });
  });

  test("that is not JSON is refused over HTTP+JSON", async () => {
    expect(await refusals.overRest("POST /message:send", "{")).toMatchObject({
      code: 400,
      status: "INVALID_ARGUMENT",
    });
    expect(await refusals.overRest("POST /message:send", "[]")).toMatchObject({
      code: 400,
      status: "INVALID_ARGUMENT",
    });
  });

  const noRequests: [string, unknown, unknown][] = [
    ["null", null, null],
    ["a text", '"x"', null],
    ["a batch", [call("GetTask", { id: "a" })], null],
    ["an empty batch", [], null],
    ["a call without jsonrpc", { id: 1, method: "GetTask" }, 1],
    ["a call of another jsonrpc", { jsonrpc: "1.0", id: 1, method: "GetTask" }, 1],
    ["a call without a method", { jsonrpc: "2.0", id: 1 }, 1],
    ["a call whose method is a number", { jsonrpc: "2.0", id: 1, method: 5 }, 1],
    ["a call whose id is an object", call("GetTask", { id: "a" }, {}), null],
    ["a call whose id is a fraction", call("GetTask", { id: "a" }, 1.5), null],
    ["a call whose id is true", call("GetTask", { id: "a" }, true), null],
    ["a call whose id is of 10,000 characters", call("GetTask", { id: "a" }, long), null],
  ];

  test.each(noRequests)("of %s is no request", async (_, body, id) => {
    for (const version of ["1.0", null])
      expect(await refusals.overRpc(version, body === null ? "null" : body)).toMatchObject({
        id,
        code: -32600,
      });
  });

  test.each([
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
  ])("of the type %s is not supported, and nothing of it is done", async (type) => {
    const refused = { reason: "CONTENT_TYPE_NOT_SUPPORTED", domain: "a2a-protocol.org" };
    const sent = JSON.stringify(call("SendMessage", { message }));
    for (const version of ["1.0", null])
      expect(await refusals.overRpc(version, sent, { type })).toMatchObject({
        id: null,
        code: -32005,
        ...refused,
      });
    expect(await refusals.overRest("POST /message:send", { message }, { type })).toMatchObject({
      code: 400,
      status: "INVALID_ARGUMENT",
      ...refused,
    });
  });

  test("may be named as either type of JSON, with a charset", async () => {
    for (const type of ["application/json; charset=utf-8", "application/a2a+json", "Application/JSON"]) {
      expect(await refusals.overRpc("1.0", call("GetTask", {}), { type })).toMatchObject({ code: -32602 });
      expect(await refusals.overRest("POST /message:send", {}, { type })).toMatchObject({
        code: 400,
        ...invalid,
      });
    }
  });

  test("over the limit is too large, over each wire", async () => {
    const text = "x".repeat(limits.bodyBytes);
    const response = await wire.rpc(
      "1.0",
      call("SendMessage", { message: { ...message, parts: [{ text }] } }),
    );
    expect([response.status, errorIn(await response.json()).reason]).toEqual([413, "TOO_LARGE"]);
    expect(
      await refusals.overRest("POST /message:send", { message: { ...message, parts: [{ text }] } }),
    ).toMatchObject({
      code: 413,
      reason: "TOO_LARGE",
    });
  });

  test("nested too deep is refused, over each wire", async () => {
    const params = { message: { ...message, parts: [{ data: "Hello" }] } };
    const whole = { ...invalid, fields: ["params"] };
    expect(await refusals.overRpc("1.0", nested(call("SendMessage", params)))).toMatchObject({
      code: -32602,
      ...whole,
    });
    expect(await refusals.overRpc(null, nested(call("message/send", params)))).toMatchObject({
      code: -32602,
      ...whole,
    });
    expect(await refusals.overRest("POST /message:send", nested(params))).toMatchObject({
      code: 400,
      ...whole,
    });
  });

  test("with a number that no JSON can hold is refused as an answer to its call", async () => {
    const text = JSON.stringify(call("SendMessage", { message })).replace('"Hello"', "1e400");
    expect(await refusals.overRpc("1.0", text)).toMatchObject({ id: 1, code: -32602 });
  });
});

describe("a method", () => {
  test.each([
    "Nothing",
    "sendMessage",
    "tasks/list",
    "tasks/send",
    "constructor",
    "__proto__",
    "toString",
    long,
  ])("that there is not is unknown in either generation", async (method) => {
    for (const version of ["1.0", null, "0.3"])
      expect(await refusals.overRpc(version, call(method, {}))).toMatchObject({ id: 1, code: -32601 });
  });

  test("of 0.3 is unknown to 1.0, which says why", async () => {
    const { code, message: said } = await refusals.overRpc(
      "1.0",
      call("message/send", { message: legacyMessage }),
    );
    expect([code, said]).toEqual([
      -32601,
      "message/send is of A2A 0.3, and this request says A2A-Version: 1.0.",
    ]);
  });

  test("of 1.0 without a version is told which header to send", async () => {
    for (const version of [null, "", "0.3"])
      expect(await refusals.overRpc(version, call("SendMessage", { message }))).toMatchObject({
        code: -32009,
        reason: "VERSION_NOT_SUPPORTED",
        message: expect.stringContaining("A2A-Version: 1.0"),
      });
    expect(await refusals.overRest("POST /message:send", { message }, { "a2a-version": "" })).toMatchObject({
      code: 400,
      status: "FAILED_PRECONDITION",
      reason: "VERSION_NOT_SUPPORTED",
    });
  });

  test("that the board's endpoint gets is told where A2A is", async () => {
    // tasks/get and tasks/cancel are the board's too
    const ofA2a = [...currentMethods.keys(), ...legacyMethods.keys()].filter(
      (method) => !Object.hasOwn(operations, method),
    );
    expect(ofA2a).toHaveLength(currentMethods.size + legacyMethods.size - 2);
    for (const method of ofA2a)
      expect((await daemon.rpc(method, {})).error).toMatchObject({
        code: -32601,
        message: expect.stringContaining("/a2a"),
      });
  });

  test.each([
    "GET /",
    "PUT /message:send",
    "GET /message:send",
    "POST /tasks",
    "DELETE /tasks/a",
    "POST /tasks/a:nothing",
    "GET /tasks/a/b",
    "GET /nothing",
    "POST /message:send/more",
  ])("%s is not there over HTTP+JSON", async (line) => {
    if (line === "GET /") expect((await wire.rest(line)).status).toBe(405);
    else
      expect(await refusals.overRest(line, line.startsWith("POST") ? {} : undefined)).toMatchObject({
        code: 404,
      });
  });

  test("whose path is badly encoded is refused", async () => {
    expect(await refusals.overRest("GET /tasks/%ff")).toMatchObject({ code: 400 });
  });
});

test("the endpoint for JSON-RPC is at its path with a slash, too", async () => {
  const response = await fetch(`${daemon.url}a2a/`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "a2a-version": "1.0",
      authorization: `Bearer ${daemon.token}`,
    },
    body: JSON.stringify(call("GetTask", {})),
  });
  expect(errorIn(await response.json())).toMatchObject({ code: -32602, fields: ["id"] });
});

describe("a version", () => {
  test.each(["99.0", "2.0", "0.5", "1", "one", "1.0.x", "1.1", long])(
    "that is not spoken is refused: %s",
    async (version) => {
      const refused = { reason: "VERSION_NOT_SUPPORTED", domain: "a2a-protocol.org" };
      expect(await refusals.overRpc(version, call("GetTask", { id: "a" }))).toMatchObject({
        id: 1,
        code: -32009,
        ...refused,
      });
      const headers = { "a2a-version": version };
      expect(await refusals.overRest("GET /tasks", undefined, headers)).toMatchObject({
        code: 400,
        status: "FAILED_PRECONDITION",
        ...refused,
      });
    },
  );

  test("is read as major and minor, from the header or the query", async () => {
    for (const version of ["1.0", "1.0.0", "1.0.17", " 1.0 "])
      expect(await refusals.overRpc(version, call("GetTask", {}))).toMatchObject({ code: -32602 });
    for (const name of ["A2A-Version", "a2a-version"]) {
      const response = await fetch(`${daemon.url}a2a?${name}=1.0`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${daemon.token}` },
        body: JSON.stringify(call("GetTask", {})),
      });
      expect(errorIn(await response.json())).toMatchObject({ code: -32602 });
    }
  });
});

describe("a caller", () => {
  test("without a token gets 401 and a challenge, over each wire", async () => {
    const authorization = "Bearer wrong";
    const rpc = await wire.rpc("1.0", call("GetTask", { id: "a" }), { authorization });
    expect([rpc.status, rpc.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const refused = await jsonOf(rpc);
    expect(refused).toMatchObject({ jsonrpc: "2.0", id: null });
    expect(errorIn(refused)).toMatchObject({ code: -32000, reason: "UNAUTHORIZED" });
    const rest = await wire.rest("GET /tasks", undefined, { authorization });
    expect([rest.status, rest.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(errorIn(await rest.json())).toMatchObject({ code: 401, status: "UNAUTHENTICATED" });
  });

  test("from a page of another origin is refused, whatever type it sends", async () => {
    for (const type of ["text/plain", "application/json"]) {
      const headers = { type, origin: "http://evil.example" };
      const rpc = await wire.rpc("1.0", call("SendMessage", { message }), headers);
      expect(rpc.status).toBe(403);
      expect(errorIn(await rpc.json())).toMatchObject({ reason: "NOT_ALLOWED", domain: "cord" });
      expect((await wire.rest("POST /message:send", { message }, headers)).status).toBe(403);
    }
  });
});
