import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";

let daemon: DaemonHere;

beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

const answer = async (body: unknown): Promise<unknown> => (await daemon.post(body)).json();
/** A list of nothing, unless told otherwise. */
const call = (more: object) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tasks/list",
  params: { kind: "none" },
  ...more,
});
const notify = (name: string) => ({ jsonrpc: "2.0", method: "tasks/send", params: { name, kind: "batch" } });
const refusal = (code: number, id: unknown = null) => ({ jsonrpc: "2.0", id, error: { code } });

describe("JSON-RPC, by the book", () => {
  test.each([1, 0, -5, 1.5, "text", "", null])("gives the id %p back", async (id) => {
    expect(await answer(call({ id }))).toEqual({ jsonrpc: "2.0", id, result: [] });
  });

  test.each<[object, string]>([
    [{ jsonrpc: "1.0" }, 'jsonrpc must be "2.0"'],
    [{ method: 5 }, 'method must be a text, such as "tasks/list"'],
    [{ id: { a: 1 } }, "id must be a text, a number or null"],
    [{ params: '{"limit":1}' }, "params must be an object"],
  ])("says of %j why it is no call", async (more, why) => {
    const error = { message: `Not a JSON-RPC 2.0 request: ${why}.` };
    expect(await answer(call(more))).toMatchObject({ ...refusal(-32600), error });
  });

  test("takes a version of null for none", async () => {
    expect(await answer(call({ jsonrpc: null }))).toEqual({ jsonrpc: "2.0", id: 1, result: [] });
  });

  test("says of a field that no task has which there are", async () => {
    await answer(call({ method: "tasks/send", params: { name: "fields", kind: "fields" } }));
    const list = (fields: unknown) => answer(call({ params: { kind: "fields", fields } }));
    expect(await list("name,number")).toMatchObject({
      result: [{ name: "fields", number: expect.any(Number) }],
    });
    expect(await list(["nmae"])).toMatchObject({
      error: {
        code: -32602,
        message: expect.stringMatching(/^fields: no task has nmae\. There are: id, name,/),
      },
    });
  });

  test.each([
    ["no JSON", "{not json"],
    ["half a batch", '[{"jsonrpc":"2.0","id":1,"method":"tasks/list"},{"jsonrpc"'],
    ["nothing", ""],
  ])("answers %s with a parse error and no id", async (_, body) => {
    expect(await answer(body)).toMatchObject(refusal(-32700));
  });

  test.each([
    ["a number", "1"],
    ["text", '"tasks/list"'],
    ["null", "null"],
    ["an empty object", {}],
    ["another version", call({ jsonrpc: "1.0" })],
    ["a version that is no text", call({ jsonrpc: 2 })],
    ["a method that is no text", call({ method: 1 })],
    ["no method", call({ method: undefined })],
    ["an id that is an object", call({ id: {} })],
    ["params that are text", call({ params: "bar" })],
    ["an empty batch", []],
  ])("answers %s as an invalid request", async (_, body) => {
    expect(await answer(body)).toMatchObject(refusal(-32600));
  });

  test.each(["nothing", "", "toString", "__proto__", "constructor", "tasks", "TASKS/LIST", "rpc.discover"])(
    "does not find the method %p",
    async (method) => {
      expect(await answer(call({ method }))).toMatchObject(refusal(-32601, 1));
    },
  );

  test.each([
    ["by position", { method: "tasks/get", params: ["id"] }],
    ["missing", { method: "tasks/get" }],
    ["of a wrong type", { method: "tasks/get", params: { id: {} } }],
    ["out of bounds", { params: { since: -1 } }],
  ])("refuses params %s", async (_, more) => {
    expect(await answer(call(more))).toMatchObject(refusal(-32602, 1));
  });

  test("takes params of null and an empty list for none, and params that it does not know", async () => {
    expect(await answer(call({ params: null }))).toMatchObject({ result: expect.any(Array) });
    expect(await answer(call({ params: [] }))).toMatchObject({ result: expect.any(Array) });
    expect(await answer(call({ params: { kind: "none", unknown: 1 } }))).toMatchObject({ result: [] });
  });

  test.each([
    [-32001, "conflict", { method: "tasks/claim", params: { id: "", agentId: "a" } }],
    [-32004, "not_found", { method: "tasks/fail", params: { id: "ffffffff" } }],
  ])("answers with cord's own %d beside %s", async (code, name, more) => {
    const { result } = await daemon.rpc("tasks/send", { name: "taken", kind: "ack" });
    const id = typeof result === "object" && result !== null && "id" in result ? result.id : "";
    const params = more.params.id === "" ? { ...more.params, id } : more.params;
    expect(await answer(call({ ...more, params }))).toMatchObject({ error: { code, data: { code: name } } });
  });
});

describe("a batch", () => {
  test("is answered one by one, in any order, invalid calls among them", async () => {
    const answers = await answer([
      call({ id: "a" }),
      1,
      call({ id: "b", method: "nothing" }),
      { foo: "boo" },
      call({ id: "c", params: { since: -1 } }),
    ]);
    expect(answers).toBeArrayOfSize(5);
    expect(answers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: "a", result: [] }),
        expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) }),
        expect.objectContaining({ id: "b", error: expect.objectContaining({ code: -32601 }) }),
        expect.objectContaining({ id: "c", error: expect.objectContaining({ code: -32602 }) }),
      ]),
    );
  });

  test("of invalid calls has an answer to each", async () => {
    expect(await answer([1, 2, 3])).toMatchObject([refusal(-32600), refusal(-32600), refusal(-32600)]);
  });

  test("inside a batch is no call", async () => {
    expect(await answer([[call({})]])).toMatchObject([refusal(-32600)]);
  });

  test("that is too long is refused whole", async () => {
    expect(await answer(Array.from({ length: 101 }, () => call({})))).toMatchObject(refusal(-32600));
  });

  test("does not answer its notifications, but does what they say", async () => {
    expect(await answer([notify("one"), call({ id: 7, method: "daemon/status" })])).toMatchObject([
      { id: 7 },
    ]);
    const { result } = await daemon.rpc("tasks/list", { kind: "batch" });
    expect(result).toMatchObject([{ name: "one" }]);
  });
});

describe("a notification", () => {
  test.each([
    ["that works", { method: "tasks/send", params: { name: "told" } }, { result: { name: "told" } }],
    ["of no method", { method: "nothing" }, { error: { code: -32601 } }],
    ["that does not fit", { method: "tasks/get", params: {} }, { error: { code: -32602 } }],
  ])("%s is answered under no id, as scripts of the board before this one have it", async (_, more, said) => {
    expect(await answer({ jsonrpc: "2.0", ...more })).toMatchObject({ jsonrpc: "2.0", id: null, ...said });
  });

  test("among notifications only is answered with nothing", async () => {
    const response = await daemon.post([
      { jsonrpc: "2.0", method: "daemon/status" },
      { jsonrpc: "2.0", method: "nothing" },
    ]);
    expect(response.status).toBe(204);
  });
});

test("no error shows a stack, a schema or a path of the source", async () => {
  const bodies: unknown[] = [
    "{",
    call({ method: "tasks/get", params: { id: {} } }),
    call({ method: "tasks/send", params: { name: 5, kind: [], needs: "x" } }),
    call({ method: "runs/create", params: { goal: "x", options: { jobs: "many" } } }),
    call({ method: "nodes/create", params: { node_id: "x", goal: "x", schema: { $ref: "#/none" } } }),
    call({ method: "runs/get", params: { run_id: "zzzz" } }),
  ];
  for (const body of bodies) {
    const text = await (await daemon.post(body)).text();
    expect(text).toContain('"error"');
    for (const leak of [
      "at ",
      ".ts",
      "node_modules",
      "ZodError",
      '"issues"',
      '"expected"',
      "SQLITE",
      "SELECT",
    ])
      expect(text.includes(leak) && [leak, text]).toBe(false);
  }
});

test("null for what a client does not say is as if it were not there", async () => {
  const nulls = { kind: "unsaid", priority: null, payload: null, to: null, needs: null, project: null };
  expect(await answer(call({ method: "tasks/send", params: { ...nulls, name: "posted" } }))).toMatchObject({
    result: { name: "posted", priority: "normal", payload: null, state: "pending" },
  });
  const filters = { kind: "unsaid", state: null, priority: null, limit: null, wait_ms: null };
  expect(await answer(call({ params: filters }))).toMatchObject({ result: [{ name: "posted" }] });
});
