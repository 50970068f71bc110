import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { sendWaiting } from "../../../src/server/mcp/waiting-answer.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { runOptions } from "../../support/run-options.ts";
import { rpcCall } from "../../support/rpc.ts";

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
  await using daemon = daemonHere({ idleExitSeconds: 0.02 });
  const session = { "mcp-session-id": await openSession(daemon) };
  const waits = { kind: "bug", wait_ms: 60_000 };
  const response = await call(daemon, daemon.token, "tasks_list", waits, session);
  await using other = daemonHere({ idleExitSeconds: 0.05 });
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
  const pieces = piecesOf(
    sendWaiting(request, { params }, { hold, answer: () => answered.promise, heartbeatMs: 1 }),
  );
  const seen: string[] = [];
  for (let at = 0; at < 3; at += 1) seen.push(String((await pieces.next()).value));
  expect(isHeld).toBe(true);
  answered.resolve({ result: 1 });
  expect((await Array.fromAsync(pieces)).at(-1)).toBe('event: message\ndata: {"result":1}\n\n');
  expect(isHeld).toBe(false);
  return seen;
}

describe("signs of life while a call waits", () => {
  test("are progress, ever more of it, where the client wants to hear of that", async () => {
    const [first, ...rest] = await signs({ _meta: { progressToken: "t" } });
    expect(first).toBe(": cord\n\n");
    const told = rest.map((text): unknown => JSON.parse(text.split("data: ")[1] ?? ""));
    expect(told).toEqual(
      [1, 2].map((progress) => ({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: "t", progress, message: "still waiting" },
      })),
    );
  });

  test("are comments where it does not", async () => {
    expect(await signs({})).toEqual([": cord\n\n", ": cord\n\n", ": cord\n\n"]);
  });
});
