import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { runOptions } from "../support/run-options.ts";
import { rpcCall } from "../support/rpc.ts";

let daemon: DaemonHere;
let run: string;

beforeEach(async () => {
  daemon = daemonHere();
  run = await startRun();
});
afterEach(() => daemon.stop());

const Created = z.object({ result: z.object({ run_id: z.string() }) });
const Claimed = z.object({
  result: z.object({
    nodes: z.array(z.object({ node_id: z.string(), epoch: z.number(), token: z.string() })),
  }),
});

async function startRun(): Promise<string> {
  const created = await daemon.rpc("runs/create", { goal: "goal", options: runOptions });
  return Created.parse(created).result.run_id;
}

/** The tokens of the nodes that were ready, in their order. */
async function launch(runId = run): Promise<string[]> {
  const claimed = await daemon.rpc("nodes/claim", { run_id: runId, engine: "engine", limit: 10 });
  return Claimed.parse(claimed).result.nodes.map(({ token }) => token);
}

/** A real MCP client that shows this token. */
async function agent(token: string): Promise<Client> {
  const client = new Client({ name: "agent", version: "1" });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${daemon.url}mcp`), { requestInit: { headers } }),
  );
  return client;
}

/** What a tool said, and whether it refused. */
async function use(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<[boolean, string]> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [said] = z.array(z.object({ text: z.string() })).parse(content);
  return [isError !== true, said?.text ?? ""];
}

describe("a node's token", () => {
  test("reads of its tools in a refusal, and a person of commands", async () => {
    const [token = ""] = await launch();
    expect(await use(await agent(token), "read_node", { node_id: "9" })).toEqual([
      false,
      JSON.stringify({ error: "There is no node #9 in this run. read_tree() shows those there are." }),
    ]);
    expect(await daemon.rpc("nodes/stop", { run_id: run, node_id: "#9" })).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^There is no node #9 in run (\S+)\. "cord tree \1" shows those there are\.$/,
        ),
      },
    });
  });

  test.each([
    ["claude", ["claude"]],
    ["rehearsal", ["rehearsal"]],
  ])("of a run of %s shows in create's schema the agents there are for it", async (own, there) => {
    const input = { goal: "goal", options: { ...runOptions, agent: own } };
    const created = Created.parse(await daemon.rpc("runs/create", input));
    const [token = ""] = await launch(created.result.run_id);
    const client = await agent(token);
    const { tools } = await client.listTools();
    const create = tools.find(({ name }) => name === "create");
    expect(create?.inputSchema.properties?.["agent"]).toEqual({ type: "string", enum: there });
    expect(await use(client, "create", { goal: "x", agent: "general-purpose" })).toEqual([
      false,
      JSON.stringify({
        error: `There is no agent "general-purpose" in this run. Leave agent out, or use ${there.join()}.`,
      }),
    ]);
  });

  test("shows the tools of the tree, and none of the board", async () => {
    const [token = ""] = await launch();
    const client = await agent(token);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual([
      "answer",
      "ask",
      "complete",
      "create",
      "modify",
      "pause",
      "read_node",
      "read_tree",
      "resume",
      "stop",
    ]);
    for (const name of ["tasks_send", "tasks_cancel", "agents_list", "nodes/claim"])
      await expect(use(client, name, { id: "x", name: "x" })).rejects.toThrow(
        `-32602: There is no tool ${name}. There are: read_tree, `,
      );
  });

  test("takes what agents write for a number, a list or an object", async () => {
    const [token = ""] = await launch();
    const client = await agent(token);
    await use(client, "create", { goal: "first" });
    await use(client, "create", { goal: "second" });
    const made = await use(client, "create", {
      goal: "third",
      needs: '["#2", 3]',
      returns: "structured",
      schema: '{"type":"object"}',
      wait_for_previous: false,
    });
    expect(made).toEqual([true, '{"created":"#4","goal":"third"}']);
    expect(await use(client, "create", { goal: "fourth", needs: "#2, 3" })).toEqual([
      true,
      '{"created":"#5","goal":"fourth"}',
    ]);
    const [, node] = await use(client, "read_node", { nodeId: 4 });
    expect(JSON.parse(node)).toMatchObject({ goal: "third", needs: ["#2", "#3"] });
    const [, asked] = await use(client, "ask", { question: "Which?", options: "yes, no", wait_seconds: "0" });
    expect(JSON.parse(asked)).toMatchObject({ created: "#6" });
    const [, ask] = await use(client, "read_node", { node_id: "6" });
    expect(JSON.parse(ask)).toMatchObject({ options: ["yes", "no"] });
  });

  test("hands in integers over 2^53 as they are, held against a schema", async () => {
    const [root = ""] = await launch();
    const schema = { type: "object", properties: { n: { type: "integer" } } };
    await use(await agent(root), "create", { goal: "count", returns: "structured", schema });
    const [child = ""] = await launch();
    const result = '{"n":12345678901234567890,"all":[9007199254740993]}';
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"complete","arguments":{"result":${result}}}}`;
    const headers = { authorization: `Bearer ${child}`, "content-type": "application/json" };
    const answer = await fetch(`${daemon.url}mcp`, { method: "POST", headers, body });
    expect(await answer.text()).toContain("completed");
    const read = rpcCall("nodes/read", { run_id: run, node_id: "#2" });
    expect(await (await daemon.post(read)).text()).toContain(`"result":${result}`);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "create",
      { goal: "x", needs: "the second one, please" },
      'needs must be a list of up to 64, each a node id such as 4; it is "the second one, please".',
    ],
    [
      "ask",
      { question: "x", options: "Postgres, as we have it" },
      "options must be a list of up to 20, each a text of 1 to 200 characters;",
    ],
    ["ask", { question: "x", target: "boss" }, 'target must be one of human, parent; it is "boss".'],
    [
      "stop",
      { node: "#2" },
      "node_id is required: a node id such as 4. stop has no parameter node: ignored.",
    ],
    ["create", { goal: "x", promt: "y" }, "create has no parameter promt. Did you mean prompt?"],
  ])("is told by %s what does not fit, in a sentence", async (name, args, sentence) => {
    const [token = ""] = await launch();
    const [ok, said] = await use(await agent(token), name, args);
    expect([ok, JSON.parse(said)]).toEqual([false, { error: expect.stringContaining(sentence) }]);
  });

  test("reaches its own node only, whatever node, run or epoch it names", async () => {
    const other = await startRun();
    await launch(other);
    const [token = ""] = await launch();
    const client = await agent(token);
    await use(client, "create", { goal: "child" });
    for (const args of [{ run_id: other }, { node_id: "#2" }, { epoch: 7 }, { project: "/" }])
      expect(await use(client, "complete", { result: "x", ...args })).toEqual([
        false,
        expect.stringContaining("has no parameter"),
      ]);
    for (const [name, args] of [
      ["stop", { node_id: "#1" }],
      ["modify", { node_id: "#1", goal: "x" }],
      ["read_node", { node_id: "#9" }],
      ["answer", { node_id: "#2", answer: "x" }],
    ] as const)
      expect((await use(client, name, args))[0]).toBe(false);
    expect((await daemon.rpc("nodes/read", { run_id: other, node_id: "#1" })).result).toMatchObject({
      status: "active",
    });
  });

  test("over JSON-RPC opens the tree's methods as itself, and nothing of the board, the engine or the events", async () => {
    const [token = ""] = await launch();
    const other = await startRun();
    const authorization = `Bearer ${token}`;
    const as = (method: string, params: object) => daemon.rpc(method, params, { authorization });
    for (const [method, params] of [
      ["tasks/list", {}],
      ["tasks/send", { name: "x" }],
      ["runs/list", {}],
      ["runs/create", { goal: "x", options: runOptions }],
      ["nodes/claim", { run_id: other, engine: "e", limit: 1 }],
      ["nodes/fail", { run_id: run, node_id: "#1", epoch: 1, reason: "x" }],
      ["nodes/tell", { node_id: "#1", text: "x" }],
      ["daemon/status", {}],
      ["agents/heartbeat", { id: "x", name: "x" }],
    ] as const)
      expect((await as(method, params)).error).toMatchObject({ code: -32003 });
    expect((await as("nodes/tree", { run_id: other })).result).toMatchObject({ status: "active" });
    const created = await as("nodes/create", { run_id: other, node_id: "#1", goal: "child" });
    expect(created.result).toMatchObject({ created: "#2" });
    expect((await daemon.rpc("nodes/tree", { run_id: other })).result).not.toHaveProperty("children");
    const events = await fetch(`${daemon.url}events`, { headers: { authorization } });
    expect(events.status).toBe(403);
    for (const method of ["GET", "DELETE"])
      expect((await fetch(`${daemon.url}mcp`, { method, headers: { authorization } })).status).toBe(405);
  });

  test("is good for its epoch only: the next attempt has its own, and the old one changes nothing", async () => {
    const [old = ""] = await launch();
    await daemon.rpc("nodes/release", { run_id: run, node_id: "#1", epoch: 1 });
    const [fresh = ""] = await launch();
    expect(fresh).not.toBe(old);
    const [late, current] = [await agent(old), await agent(fresh)];
    for (const [name, args] of [
      ["create", { goal: "x" }],
      ["complete", { result: "late" }],
      ["ask", { question: "x" }],
    ] as const)
      expect((await use(late, name, args))[0]).toBe(false);
    expect(await use(current, "complete", { result: "in time" })).toEqual([true, '{"completed":"#1"}']);
  });

  test("cannot be made from another: any changed character is refused", async () => {
    const [token = ""] = await launch();
    const parts = token.split(".");
    const forged = [
      token.slice(0, -1),
      `${token}A`,
      token.replace(/\.1\./, ".2."),
      token.replace(/\.1\./, ".01."),
      token.replace(/\.1\./, ".1e0."),
      token.replace("cord-node", "cord-nodE"),
      [...parts.slice(0, 3), "A".repeat(43)].join("."),
      [...parts, parts[3]].join("."),
      parts.slice(0, 3).join("."),
    ];
    for (const authorization of forged.map((one) => `Bearer ${one}`)) {
      const response = await daemon.post(rpcCall("nodes/tree"), { authorization });
      expect(response.status).toBe(401);
    }
  });

  test("outlives a restart of the daemon, and no daemon with another token takes it", async () => {
    const database = join(temporaryDirectory("restart"), "cord.db");
    await daemon.stop();
    daemon = daemonHere({ database });
    run = await startRun();
    const [token = ""] = await launch();
    await daemon.stop();
    const authorization = `Bearer ${token}`;
    await using other = daemonHere({ database });
    const asked = rpcCall("nodes/tree");
    expect((await other.post(asked, { authorization })).status).toBe(401);
    await other.stop();
    await using again = daemonHere({ database, token: daemon.token });
    expect((await again.rpc("nodes/tree", {}, { authorization })).result).toMatchObject({ status: "active" });
  });
});

test("what an agent is refused tells it what to do instead, as JSON with an error", async () => {
  const [token = ""] = await launch();
  const client = await agent(token);
  const [ok, said] = await use(client, "stop", { node_id: "#1" });
  expect(ok).toBe(false);
  expect(JSON.parse(said)).toEqual({ error: expect.stringContaining("Call complete() when you are done") });
  expect((await use(client, "create", { goal: "" }))[1]).not.toContain("ZodError");
});
