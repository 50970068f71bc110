import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { startBoard, type Board } from "../support/machine/board.ts";
import { stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { stdio, type Stdio } from "../support/clients/stdio.ts";
import { rpcCall } from "../support/rpc.ts";

/** What clients of MCP really send with a tool's name. */

let board: Board;
let bridge: Stdio;
let tab: TestTab;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
  bridge = await stdio(board);
  tab = await stdioTab(board);
  await tab.call("agents_heartbeat", { id: "tab", name: "The tab" });
});
afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await tab[Symbol.asyncDispose]();
  await board[Symbol.asyncDispose]();
});

const Said = z.object({
  id: z.union([z.string(), z.number()]),
  result: z
    .object({
      isError: z.boolean().optional(),
      content: z.array(z.object({ text: z.string() })).default([]),
      structuredContent: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/** A line as a client writes it, and what comes back. */
async function line(message: object) {
  return Said.parse(JSON.parse(await bridge.ask(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }))));
}

const use = (name: string, args?: unknown) =>
  line({ method: "tools/call", params: { name, ...(args === undefined ? {} : { arguments: args }) } });
const send = async (args: Record<string, unknown> = {}) =>
  String((await tab.call("tasks_send", { name: "work", ...args })).value["id"]);

describe("no arguments may be said as", () => {
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty text", ""],
    ["an empty object", {}],
    ["an empty object in a text", "{}"],
    ["an empty list, as PHP writes an empty object", []],
  ])("%s", async (_, args) => {
    const { result } = await use("tasks_list", args);
    expect(result).toMatchObject({ structuredContent: { items: expect.any(Array) } });
    expect(result?.isError).toBeUndefined();
  });

  test("a wait is one too where the arguments are a text, and its name is spelt otherwise", async () => {
    const { result } = await use("tasks_list", '{"kind":"never posted","waitMs":"20"}');
    expect(result?.structuredContent).toMatchObject({ items: [] });
  });

  test("params of null, or members of null, where a method needs none", async () => {
    for (const method of ["tools/list", "ping"])
      for (const params of [null, [], { _meta: null, cursor: null }])
        expect(await line({ method, params })).toMatchObject({ id: 1, result: {} });
    const params = { name: "agents_list", arguments: null, _meta: null, task: null };
    expect(await line({ method: "tools/call", params })).toMatchObject({ result: { content: [{}] } });
  });

  test("null or nothing in the envelope too", async () => {
    const params = { name: "tasks_list", _meta: null, arguments: { kind: "nothing" } };
    expect(await line({ method: "tools/call", params })).toMatchObject({ id: 1, result: {} });
    for (const params of [{ cursor: null }, { cursor: "" }, []])
      expect(await line({ method: "tools/list", params })).toMatchObject({ id: 1, result: {} });
    expect(await line({ jsonrpc: undefined, method: "ping" })).toMatchObject({ id: 1, result: {} });
  });

  test("an id of null is refused, and not left without an answer", async () => {
    for (const id of [null, {}, true])
      expect(JSON.parse(await bridge.ask(JSON.stringify(rpcCall("ping", undefined, id))))).toMatchObject({
        id: null,
        error: { code: -32600 },
      });
  });

  test("a list is none, and is refused under the call's id without the words of a library", async () => {
    const { id, error } = await use("tasks_list", [1]);
    expect({ id, code: error?.code }).toEqual({ id: 1, code: -32602 });
    expect(error?.message).toBe(
      "tools/call takes the name of a tool, and its arguments by name, in an object.",
    );
  });
});

describe("an argument that a tool does not have", () => {
  test("is left out, and named in a note", async () => {
    const others = { wait_for_previous: true, random_string: "x", description: "why", _meta: { a: 1 } };
    const { result } = await use("tasks_send", { name: "from Gemini", ...others });
    expect(result?.structuredContent).toMatchObject({ name: "from Gemini", state: "pending" });
    expect(result?.content).toHaveLength(2);
    expect(result?.content[1]?.text).toBe(
      "tasks_send has no parameter wait_for_previous, random_string, description, _meta: ignored.",
    );
    expect(JSON.parse(result?.content[0]?.text ?? "")).toMatchObject({ name: "from Gemini" });
  });

  test("is refused if it is a slip in the name of one that it has, which is told", async () => {
    const id = await send();
    expect((await tab.call("tasks_claim", { id, agent: "tab", lease_second: 60 })).error).toBe(
      "tasks_claim has no parameter lease_second. Did you mean lease_seconds?",
    );
    expect((await tab.call("tasks_send", { name: "x", paylod: {} })).error).toContain(
      "Did you mean payload?",
    );
    expect((await tab.call("tasks_get", { id })).value).toMatchObject({ state: "pending" });
  });

  test("is told beside a refusal too, since it may be the reason", async () => {
    expect((await tab.call("tasks_get", { task_id: await send() })).error).toMatch(
      /^id is required: a text .*\. tasks_get has no parameter task_id: ignored\.$/,
    );
  });

  test("is taken for the one that is written so elsewhere", async () => {
    const id = await send();
    expect((await tab.call("tasks_claim", { ID: id, agentId: "tab", leaseSeconds: 60 })).value).toMatchObject(
      {
        claimed_by: "tab",
      },
    );
  });

  test("is cut and made harmless where it is told", async () => {
    const { result } = await use("tasks_list", { ["\u001b]0;x\u0007".repeat(50)]: 1, ["y".repeat(5000)]: 1 });
    expect(result?.content[1]?.text.length).toBeLessThan(250);
    expect(result?.content[1]?.text).not.toContain("\u001b");
  });
});

test("a number that is no task's cancels nothing, and says so", async () => {
  for (const id of [4711, "#4711", "4711", "0000"])
    expect((await tab.call("tasks_cancel", { id })).error).toMatch(/^There is no task #?\d+\./);
  expect(await tab.call("tasks_cancel", { id: crypto.randomUUID() })).toMatchObject({ value: { ok: true } });
});

test("a refusal names what its reader can call: a tool to an agent, a command to a shell", async () => {
  const none = "task is not claimable: there is no task 4711.";
  expect((await tab.call("tasks_claim", { id: 4711 })).error).toBe(
    `${none} tasks_list shows those there are.`,
  );
  expect((await tab.call("tasks_fail", { id: "4711" })).error).toBe(
    "There is no task 4711. tasks_list shows those there are.",
  );
  expect((await board.cord("claim", "4711", "--as", "a")).err).toBe(
    `cord claim: ${none} See "cord tasks --all" for those there are.\n`,
  );
});

test("an id with blanks around it is that id", async () => {
  const id = await send();
  expect((await tab.call("tasks_get", { id: ` ${id}\n` })).value).toMatchObject({ id });
});

describe("a state that there is none of", () => {
  test("is told beside the empty list, and not waited for", async () => {
    const { result } = await use("tasks_list", { state: "open,Done", wait_ms: 50_000 });
    expect(result).toMatchObject({ structuredContent: { items: [] } });
    expect(result?.content[1]?.text).toBe(
      "No task is ever open, Done. The states are pending, claimed, waiting, paused, completed, failed, cancelled.",
    );
    await send();
    const both = await use("tasks_list", { state: ["open", "pending"], limit: 1 });
    expect(both.result).toMatchObject({ structuredContent: { items: [{ state: "pending" }] } });
    expect(both.result?.content[1]?.text).toStartWith("No task is ever open. The states are ");
  });
});

describe("a value", () => {
  test("that is null or empty is not given", async () => {
    const id = await send({ kind: "", priority: null, payload: "", to: "", needs: "" });
    expect((await tab.call("tasks_get", { id })).value).toMatchObject({
      kind: "task",
      priority: "normal",
      payload: null,
    });
    expect(
      (await tab.call("tasks_list", { kind: "", state: "", limit: "", wait_ms: "", to: null })).error,
    ).toBeUndefined();
  });

  test("may be a number or a boolean in a text, and a number where a text is wanted", async () => {
    const sent = await tab.call("tasks_send", { name: 2026, kind: "typed" });
    expect(sent.value).toMatchObject({ name: "2026" });
    const id = String(sent.value["id"]);
    expect((await tab.call("tasks_list", { kind: "typed", limit: "50", wait_ms: "0" })).value).toMatchObject({
      items: [{ id }],
    });
    await tab.call("tasks_claim", { id, agent_id: "tab", lease_seconds: "60" });
    const done = await tab.call("tasks_complete", { id, post_ack: "true", ack_name: "typed is done" });
    expect(done.value).toMatchObject({ ok: true, ack: { name: "typed is done" } });
  });

  test("may be JSON of an object or a list in a text, and then is that", async () => {
    const need = await send();
    const id = await send({ payload: '{"file":"a.ts","big":12345678901234567890}', needs: `["${need}"]` });
    const task = (await tab.call("tasks_get", { id })).value;
    expect(task).toMatchObject({ payload: { file: "a.ts" }, needs: [need] });
    const listed = await send({ needs: `${need}, ${id}`, payload: "[1,2]" });
    expect((await tab.call("tasks_get", { id: listed })).value).toMatchObject({
      payload: [1, 2],
      needs: [need, id],
    });
    await tab.call("tasks_claim", { id: need, agent_id: "tab" });
    const ack = { post_ack: true, ack_name: "so", ack_payload: '{"sha":"abc"}' };
    const done = await tab.call("tasks_complete", { id: need, result: ' {"ok":true} ', ...ack });
    expect(done.value).toMatchObject({ ack: { payload: { fixed_bug_id: need, sha: "abc" } } });
    expect((await tab.call("tasks_get", { id: need })).value).toMatchObject({ result: { ok: true } });
  });

  test.each(["plain text", "42", "true", "[not json", "null", '"quoted"'])(
    "stays the text %s",
    async (payload) => {
      const id = await send({ payload });
      expect((await tab.call("tasks_get", { id })).value).toMatchObject({ payload });
    },
  );

  test("that does not fit is refused by the tool's own name for it", async () => {
    const id = await send();
    expect((await tab.call("tasks_claim", { id, agent_id: "tab", lease_seconds: "soon" })).error).toBe(
      'lease_seconds must be a number; it is "soon".',
    );
    expect((await tab.call("tasks_complete", { id, post_ack: true })).error).toBe(
      "ack_name is required with post_ack.",
    );
  });
});

test("each parameter of each tool says its type", async () => {
  const { tools } = await tab.client.listTools();
  for (const { name, inputSchema } of tools) {
    for (const [parameter, schema] of Object.entries(inputSchema.properties ?? {}))
      expect([name, parameter, JSON.stringify(schema)]).toEqual([
        name,
        parameter,
        expect.stringMatching(/"type":|"anyOf":|"enum":/),
      ]);
  }
  const { properties } = tools.find(({ name }) => name === "tasks_send")?.inputSchema ?? {};
  expect(properties?.["payload"]).toMatchObject({
    anyOf: ["object", "array", "string", "number", "boolean"].map((type) => ({ type })),
  });
});
