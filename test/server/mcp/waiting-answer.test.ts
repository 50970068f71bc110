import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { WaitingAnswers } from "../../../src/server/mcp/waiting-answer.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { runOptions } from "../../support/run-options.ts";
import { rpcCall } from "../../support/rpc.ts";
import { until } from "../../support/until.ts";

/** A call that waits: clients give up on a request of which nothing comes, so its answer is a stream that begins at once. */

const Created = z.object({ result: z.object({ run_id: z.string() }) });
const Claimed = z.object({ result: z.object({ nodes: z.array(z.object({ token: z.string() })) }) });

/** The token of a run's root, and the run. */
async function rootOf(daemon: DaemonHere): Promise<{ run: string; token: string }> {
  const { result } = Created.parse(await daemon.rpc("runs/create", { goal: "goal", options: runOptions }));
  const claim = { run_id: result.run_id, engine: "engine", limit: 1 };
  const { nodes } = Claimed.parse(await daemon.rpc("nodes/claim", claim)).result;
  return { run: result.run_id, token: nodes[0]?.token ?? "" };
}

function call(
  daemon: DaemonHere,
  token: string,
  name: string,
  args: object,
  more: Record<string, string> = {},
) {
  const body = rpcCall("tools/call", { name, arguments: args }, 7);
  return fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...more,
    },
    body: JSON.stringify(body),
  });
}

/** What a stream sends, piece by piece. */
async function* piecesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  if (response.body) for await (const bytes of response.body) yield decoder.decode(bytes, { stream: true });
}

async function openSession(daemon: DaemonHere): Promise<string> {
  const opened = await fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: { authorization: `Bearer ${daemon.token}`, "content-type": "application/json" },
    body: JSON.stringify(
      rpcCall("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "t", version: "1" },
      }),
    ),
  });
  return opened.headers.get("mcp-session-id") ?? "";
}

test("a question that waits has its head and a first byte at once, and its answer when there is one", async () => {
  await using daemon = daemonHere();
  const { run, token } = await rootOf(daemon);
  const response = await call(daemon, token, "ask", { question: "Which?", wait_seconds: 100 });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const pieces = piecesOf(response);
  expect((await pieces.next()).value).toBe(": cord\n\n");
  await daemon.rpc("nodes/answer", { run_id: run, node_id: "#2", answer: "red" });
  const rest = (await Array.fromAsync(pieces)).join("");
  const [, answer = ""] = /^event: message\ndata: (.*)\n\n$/.exec(rest) ?? [];
  expect(JSON.parse(answer)).toMatchObject({
    jsonrpc: "2.0",
    id: 7,
    result: { structuredContent: { created: "#2", answer: "red" } },
  });
});

test("a list of a tab that waits is such a stream too; what does not wait, what reads no stream and cord's bridge get JSON", async () => {
  await using daemon = daemonHere();
  const session = { "mcp-session-id": await openSession(daemon) };
  const waits = { kind: "bug", wait_ms: 30_000 };
  const response = await call(daemon, daemon.token, "tasks_list", waits, session);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("mcp-session-id")).toBe(session["mcp-session-id"]);
  await daemon.rpc("tasks/send", { name: "leak", kind: "bug" });
  expect(await response.text()).toContain('"leak"');
  const others: [object, Record<string, string>][] = [
    [{ kind: "bug" }, {}],
    [waits, { accept: "application/json" }],
    [waits, { "cord-request": crypto.randomUUID() }],
  ];
  for (const [args, more] of others) {
    const plain = await call(daemon, daemon.token, "tasks_list", args, { ...session, ...more });
    expect(plain.headers.get("content-type")).toStartWith("application/json");
    expect(await plain.json()).toMatchObject({ id: 7, result: {} });
  }
});

test("a client whose stream broke before the answer is told at once that its call is over, whatever daemon it asks", async () => {
  await using daemon = daemonHere();
  const { token } = await rootOf(daemon);
  const version = { "mcp-protocol-version": "2025-11-25" };
  const response = await call(daemon, token, "ask", { question: "Which?", wait_seconds: 100 }, version);
  const first = String((await piecesOf(response).next()).value);
  const [, event = ""] = /^id: (\S+)\nretry: 2000\ndata: \n\n$/.exec(first) ?? [];
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
  const again = (id: string) => fetch(`${daemon.url}mcp`, { headers: { ...headers, "last-event-id": id } });
  const told = await (await again(event)).text();
  expect(told).toContain('{"jsonrpc":"2.0","id":7,"result":{"isError":true,');
  expect(told).toContain("Call it again");
  expect((await again("nonsense")).status).toBe(405);
});

test("the MCP SDK's client takes the stream", async () => {
  await using daemon = daemonHere();
  const { run, token } = await rootOf(daemon);
  const client = new Client({ name: "agent", version: "1" });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${daemon.url}mcp`), { requestInit: { headers } }),
  );
  const asked = client.callTool({ name: "ask", arguments: { question: "Which?", wait_seconds: 100 } });
  const answer = { run_id: run, node_id: "#2", answer: "blue" };
  while ((await daemon.rpc("nodes/answer", answer)).error !== undefined);
  expect((await asked).structuredContent).toMatchObject({ answer: "blue" });
  await client.close();
});

test("a wait holds the daemon, and one that its client leaves does not", async () => {
  await using daemon = daemonHere({ idleExitSeconds: 0.5 });
  const session = { "mcp-session-id": await openSession(daemon) };
  const waits = { kind: "bug", wait_ms: 60_000 };
  const response = await call(daemon, daemon.token, "tasks_list", waits, session);
  await using other = daemonHere({ idleExitSeconds: 1 });
  await other.idle;
  expect(await Promise.race([daemon.idle.then(() => true), false])).toBe(false);
  await response.body?.cancel();
  await daemon.idle;
});

/** The first three signs of life of a call that waits, whose answer comes then. */
async function signs(params: object): Promise<string[]> {
  const answered = Promise.withResolvers<object>();
  let isHeld = false;
  const hold = () => {
    isHeld = true;
    return () => (isHeld = false);
  };
  const request = new Request("http://127.0.0.1/mcp", { method: "POST" });
  const wait = { for: "a bug", ms: 100_000 };
  const sent = { hold, answer: () => answered.promise, wait };
  const pieces = piecesOf(new WaitingAnswers(1).send(request, { params }, sent));
  const seen: string[] = [];
  for (let at = 0; at < 3; at += 1) seen.push(String((await pieces.next()).value));
  expect(isHeld).toBe(true);
  answered.resolve({ result: 1 });
  expect((await Array.fromAsync(pieces)).at(-1)).toBe('event: message\ndata: {"result":1}\n\n');
  expect(isHeld).toBe(false);
  return seen;
}

describe("signs of life while a call waits", () => {
  test("are a comment, and progress: what it waits for and how long, where the client wants to hear of that", async () => {
    const told = (await signs({ _meta: { progressToken: "t" } })).map((text) => {
      const [comment, event = ""] = text.split("event: message\n");
      expect(comment).toBe(": cord\n\n");
      return Notice.parse(JSON.parse(event.replace("data: ", ""))).params;
    });
    for (const params of told)
      expect(params).toEqual({
        progressToken: "t",
        progress: expect.any(Number),
        total: 100,
        message: "Waiting for a bug: 0 of at most 100 s.",
      });
    const numbers = told.map(({ progress }) => progress);
    expect(new Set(numbers).size).toBe(3);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  });

  test("are comments where it does not", async () => {
    expect(await signs({})).toEqual([": cord\n\n", ": cord\n\n", ": cord\n\n"]);
  });
});

const Notice = z.object({
  jsonrpc: z.literal("2.0"),
  method: z.literal("notifications/progress"),
  params: z.looseObject({ progress: z.number() }),
});

const takeBack = (daemon: DaemonHere, token: string, more: Record<string, string>) =>
  fetch(`${daemon.url}mcp`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...more },
    body: JSON.stringify({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 7, reason: "enough" },
    }),
  });

describe("a call that its client takes back", () => {
  const asks = { question: "Which?", wait_seconds: 100 };
  const version = { "mcp-protocol-version": "2025-11-25" };
  test.each(["a node of a run", "a tab"])("ends, and has no answer: %s", async (who) => {
    await using daemon = daemonHere();
    const [token, session] =
      who === "a tab"
        ? [daemon.token, { "mcp-session-id": await openSession(daemon) }]
        : [(await rootOf(daemon)).token, {}];
    const [name, args] = who === "a tab" ? ["tasks_list", { kind: "bug", wait_ms: 50_000 }] : ["ask", asks];
    const more = { ...session, ...version };
    const response = await call(daemon, token, name, args, more);
    const pieces = piecesOf(response);
    const first = String((await pieces.next()).value);
    expect((await takeBack(daemon, token, session)).status).toBe(202);
    expect(await Array.fromAsync(pieces)).toEqual([]);
    // a client that finds its stream ended asks for the rest
    const [, event = ""] = /^id: (\S+)\n/.exec(first) ?? [];
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": event };
    expect((await fetch(`${daemon.url}mcp`, { headers: { ...headers, ...session } })).status).toBe(405);
  });

  test("ends too where it is no stream, and nothing waits for it any more", async () => {
    await using daemon = daemonHere();
    const session = { "mcp-session-id": await openSession(daemon) };
    const waits = { kind: "bug", wait_ms: 50_000 };
    const waiting = call(daemon, daemon.token, "tasks_list", waits, {
      ...session,
      accept: "application/json",
    });
    const watchers = async () => Watchers.parse(await daemon.rpc("daemon/status", {})).result.watchers;
    await until("a waiter", async () => (await watchers()) === 1);
    await takeBack(daemon, daemon.token, session);
    const response = await waiting;
    expect([response.status, await response.text()]).toEqual([202, ""]);
    expect(await watchers()).toBe(0);
  });

  test("of two clients with one token, whose ids are the same, is not known", async () => {
    await using daemon = daemonHere();
    const { run, token } = await rootOf(daemon);
    const both = await Promise.all([call(daemon, token, "ask", asks), call(daemon, token, "ask", asks)]);
    await takeBack(daemon, token, {});
    await daemon.rpc("nodes/answer", { run_id: run, node_id: "#2", answer: "red" });
    for (const response of both) expect(await response.text()).toContain('"answer":"red"');
  });
});

const Watchers = z.object({ result: z.object({ watchers: z.number() }) });
