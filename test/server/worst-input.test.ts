import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { statelessCall, statelessHeaders } from "../support/clients/stateless.ts";
import { daemonProcess, type DaemonProcess } from "../support/machine/daemon.ts";
import { filled, hole, tried, worstInputs, worstValues, type WorstValue } from "../support/worst-inputs.ts";
import { runOptions } from "../support/run-options.ts";
import { rpcCall } from "../support/rpc.ts";

/**
 * No input decides how long the daemon works: whatever a body of 1 MiB asks for, /healthz answers within a tenth of a second
 * meanwhile. That bound is the promise itself. Where the system tells how long the daemon's thread has run, that is what
 * counts of the time, so that a busy machine makes no difference; elsewhere an input that breaks it is tried again.
 */
const boundMs = 100;
const tries = 4;

setDefaultTimeout(300_000);

let daemon: DaemonProcess;
let valid: Record<string, unknown>;
let nodeToken: string;

beforeAll(async () => {
  daemon = await daemonProcess();
  const post = (method: string, paramsOf: (at: number) => object) =>
    daemon.post(Array.from({ length: 100 }, (_, at) => rpcCall(method, paramsOf(at), at)));
  for (let round = 0; round < 20; round += 1)
    await post("tasks/send", (at) => ({
      name: `task ${at}`,
      kind: at % 2 ? "bug" : "task",
      payload: "p".repeat(200),
    }));
  const sent = Sent.parse((await daemon.rpc("tasks/send", { name: "the usual" })).result);
  const options = { ...runOptions, max_nodes: 10_000 };
  const { run_id } = Run.parse((await daemon.rpc("runs/create", { goal: "goal", options })).result);
  const never = { type: "object", required: ["never"] };
  await daemon.rpc("nodes/create", {
    run_id,
    node_id: "#1",
    goal: "structured",
    returns: "structured",
    schema: never,
  });
  for (let round = 0; round < 3; round += 1)
    await post("nodes/create", (at) => ({
      run_id,
      node_id: "#1",
      goal: `node ${at}`,
      prompt: "p".repeat(500),
    }));
  const claimed = await daemon.rpc("nodes/claim", { run_id, engine: "engine", limit: 2 });
  nodeToken = Claimed.parse(claimed.result).nodes.find(({ node_id }) => node_id === "#2")?.token ?? "";
  valid = {
    id: sent.id,
    name: "a",
    agentId: "a",
    goal: "g",
    run_id,
    node_id: "#1",
    limit: 50,
    engine: "e",
    epoch: 1,
    reason: "r",
    question: "q",
    answer: "a",
    result: "r",
    text: "t",
    ackName: "x",
    attempts: [],
    options,
  };
});
afterAll(() => daemon[Symbol.asyncDispose]());

const Sent = z.object({ id: z.string() });
const Run = z.object({ run_id: z.string() });
const Claimed = z.object({ nodes: z.array(z.object({ node_id: z.string(), token: z.string() })) });

/** How long the daemon's main thread has run in all; nowhere but on Linux can that be told. */
function ranMs(): number {
  try {
    return Number(readFileSync(`/proc/${daemon.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** The longest that /healthz took to answer while the daemon worked on a body. */
async function longestLook(path: string, body: string, headers: Record<string, string>): Promise<number> {
  let longest = 0;
  const answer = fetch(`${daemon.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body,
  }).then((response) => response.arrayBuffer());
  const done = answer.then(() => true);
  do {
    const [begin, ran] = [performance.now(), ranMs()];
    await (await fetch(`${daemon.url}healthz`)).arrayBuffer();
    longest = Math.max(longest, Math.min(performance.now() - begin, ranMs() - ran));
  } while (!(await Promise.race([done, false])));
  return longest;
}

interface Input {
  what: string;
  body: unknown;
  /** where the body has a hole for it */
  value?: WorstValue;
}

/** Those of the inputs that keep /healthz waiting each time. */
async function tooLong(
  inputs: Iterable<Input>,
  path = "",
  headers: Record<string, string> = { authorization: `Bearer ${daemon.token}` },
): Promise<string[]> {
  const found: string[] = [];
  for (const { what, body, value } of inputs) {
    const text = value === undefined ? JSON.stringify(body) : filled(body, value);
    expect(text.length).toBeLessThanOrEqual(1_048_576);
    let longest = Infinity;
    for (let tried = 0; tried < tries && longest >= boundMs; tried += 1)
      longest = Math.min(longest, await longestLook(path, text, headers));
    if (longest >= boundMs) found.push(`${what}: ${Math.round(longest)} ms`);
  }
  return found;
}

function* calls(operation: (typeof tried)[number]): Generator<Input> {
  for (const { method, what, params, value } of worstInputs(operation, valid))
    yield { what: `${method} ${what}`, body: rpcCall(method, params), value };
}

for (const operation of tried)
  test(`the worst value of each parameter of ${operation[0]}`, async () => {
    expect(await tooLong(calls(operation))).toEqual([]);
  });

test("a hundred of the same call in one body, of each operation", async () => {
  const bodies = tried.map(([method, { input }]) => {
    const known = Object.entries({ ...valid, limit: 1000 }).filter(([name]) => name in input.shape);
    const call = (id: number) => rpcCall(method, Object.fromEntries(known), id);
    return { what: method, body: Array.from({ length: 100 }, (_, at) => call(at)) };
  });
  expect(await tooLong(bodies)).toEqual([]);
});

test("a hundred reads in one body of a task with all that bodies can give it", async () => {
  const text = "x".repeat(900_000);
  const { id } = Sent.parse((await daemon.rpc("tasks/send", { name: "much", payload: text })).result);
  await daemon.rpc("tasks/claim", { id, agentId: "a" });
  await daemon.rpc("tasks/tell", { id, text });
  const artifacts = [{ parts: [{ text: text.slice(450_000) }] }];
  await daemon.rpc("tasks/complete", { id, agentId: "a", result: text.slice(450_000), artifacts });
  const body = Array.from({ length: 100 }, (_, at) => rpcCall("tasks/get", { id }, at));
  expect(await tooLong([{ what: "tasks/get", body }])).toEqual([]);
});

test("many words for several parameters of a filter at once", async () => {
  const words = Array.from({ length: 4000 }, (_, at) => `w${at}`);
  const params = {
    kind: words,
    state: words,
    priority: words,
    ignore_ids: words,
    name_contains: "x".repeat(256),
  };
  const body = (more: object) => rpcCall("tasks/list", { ...params, ...more });
  const few = { kind: words.slice(0, 64), state: words.slice(0, 64), priority: words.slice(0, 64) };
  expect(
    await tooLong([
      { what: "words", body: body({}) },
      { what: "as many as it takes", body: body({ ...few, limit: 1000 }) },
      { what: "as many as it takes, and a wait", body: body({ ...few, limit: 1000, wait_ms: 50 }) },
      { what: "since", body: body({ ...few, since: 0, limit: 1000 }) },
    ]),
  ).toEqual([]);
});

function tool(name: string, what: string, args: object): Input {
  const params = { name, arguments: args };
  return { what: `${name} ${what}`, body: rpcCall("tools/call", params) };
}

/** Each of the inputs with each of the worst values in its hole. */
function withEach(inputs: readonly Input[]): Input[] {
  return worstValues.flatMap((value) =>
    inputs.map(({ what, body }) => ({ what: `${what} ${value.what}`, body, value })),
  );
}

test("whatever an agent passes to its tools", async () => {
  const inputs = withEach([
    tool("complete", "result", { result: hole }),
    tool("create", "schema", { goal: "g", schema: hole }),
    tool("create", "needs", { goal: "g", needs: hole }),
    tool("ask", "options", { question: "q", options: hole }),
    tool("read_node", "node_id", { node_id: hole }),
  ]);
  const headers = { authorization: `Bearer ${nodeToken}` };
  expect(await tooLong(inputs, "mcp", headers)).toEqual([]);
});

test("whatever a request of MCP 2026-07-28 holds", async () => {
  const envelope = "io.modelcontextprotocol/";
  const inputs = [
    {
      what: "payload",
      body: statelessCall("tools/call", { name: "tasks_send", arguments: { name: "n", payload: hole } }),
    },
    {
      what: "result",
      body: statelessCall("tools/call", { name: "tasks_complete", arguments: { id: "1", result: hole } }),
    },
    {
      what: "arguments",
      body: statelessCall("tools/call", { name: "tasks_send", arguments: hole }),
    },
    {
      what: "version",
      body: statelessCall("tools/list", {}, { [`${envelope}protocolVersion`]: hole }),
    },
    {
      what: "capabilities",
      body: statelessCall("tools/list", {}, { [`${envelope}clientCapabilities`]: hole }),
    },
    { what: "uri", body: statelessCall("resources/read", { uri: hole }) },
    {
      what: "prompt",
      body: statelessCall("prompts/get", { name: "catch-up", arguments: { since: hole } }),
    },
    {
      what: "subscriptions",
      body: statelessCall("subscriptions/listen", { notifications: { resourceSubscriptions: hole } }),
    },
  ];
  const headers = { authorization: `Bearer ${daemon.token}`, "mcp-protocol-version": "2026-07-28" };
  const named = (method: string, name?: string) => ({ ...headers, ...statelessHeaders(method, name) });
  const of = (method: string) =>
    withEach(inputs.filter(({ body }) => Reflect.get(body, "method") === method));
  expect([
    ...(await tooLong(of("tools/call"), "mcp", named("tools/call", "tasks_send"))),
    ...(await tooLong(of("tools/list"), "mcp", named("tools/list"))),
    ...(await tooLong(of("resources/read"), "mcp", named("resources/read"))),
    ...(await tooLong(of("prompts/get"), "mcp", named("prompts/get", "catch-up"))),
    ...(await tooLong(of("subscriptions/listen"), "mcp", named("subscriptions/listen"))),
  ]).toEqual([]);
});

test("whatever a tab passes to its tools", async () => {
  const hello = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  const opened = await fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${daemon.token}`,
    },
    body: JSON.stringify(rpcCall("initialize", hello)),
  });
  const inputs = withEach([
    tool("tasks_send", "payload", { name: "n", payload: hole }),
    tool("tasks_send", "needs", { name: "n", needs: hole }),
    tool("tasks_list", "kind", { kind: hole, wait_ms: 1 }),
    tool("tasks_list", "nothing it has", { nothing_it_has: hole }),
    tool("tasks_complete", "result", { id: valid["id"], result: hole }),
    tool("agents_heartbeat", "name", { id: "a", name: hole }),
  ]);
  const headers = {
    authorization: `Bearer ${daemon.token}`,
    "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
  };
  expect(await tooLong(inputs, "mcp", headers)).toEqual([]);
});
