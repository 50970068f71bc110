import { afterEach, beforeEach, expect, test } from "bun:test";
import { operations } from "../../src/operations/list.ts";
import { methods as mcpMethods, notifications } from "../../src/server/mcp/methods.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { junk, junkWords as words, mutated } from "../support/junk.ts";
import { randomly, type Random } from "../support/random.ts";
import { sendAndHangUp } from "../support/network/raw-http.ts";
import { runOptions } from "../support/run-options.ts";
import { statelessCall, statelessHeaders } from "../support/clients/stateless.ts";
import { rpcCall } from "../support/rpc.ts";

let daemon: DaemonHere;
let complaints: string[];
const { error: spoken } = console;

beforeEach(() => {
  complaints = [];
  // what the daemon finds unexpected it logs: here it must have nothing to say
  console.error = (...words: unknown[]) => void complaints.push(words.map(String).join(" "));
  daemon = daemonHere();
});
afterEach(async () => {
  await daemon.stop();
  console.error = spoken;
});

const methods = Object.keys(operations);
const tools = [
  "create",
  "complete",
  "ask",
  "stop",
  "tasks_send",
  "tasks_list",
  "tasks_complete",
  "read_tree",
  "nope",
];
/** Parameters under the names that the operation has, with values that may fit. */
function paramsFor(random: Random, method: string, ids: readonly string[]): Record<string, unknown> {
  const known = Object.entries(operations).find(([name]) => name === method)?.[1];
  const names = [...Object.keys(known?.input.shape ?? { x: 0 }), ...(random.chance(0.1) ? words : [])];
  const params: Record<string, unknown> = {};
  for (const name of names) {
    if (name === "wait_ms" || name === "wait_seconds") params[name] = random.pick([0, 0.001, "x", -1]);
    else if (/^(?:run_id|id|node_id|agentId|engine|name|goal|result|question|epoch|limit)$/.test(name))
      params[name] = random.chance(0.7) ? fitting(random, name, ids) : junk(random, ids);
    else if (random.chance(0.3)) params[name] = junk(random, ids);
  }
  if (method === "runs/create" && random.chance(0.5)) params["options"] = runOptions;
  return params;
}

function fitting(random: Random, name: string, ids: readonly string[]): unknown {
  if (name === "node_id") return random.pick(["#1", "#2", "#3", "4"]);
  if (name === "epoch" || name === "limit") return 1 + random.int(3);
  return name === "id" || name === "run_id" ? random.pick(ids) : random.pick(["a", "b", "one two"]);
}

/** No answer may be a defect's; every other is one the daemon meant. */
async function checkAnswer(sent: unknown, response: Response): Promise<string> {
  const text = await response.text();
  expect([sent, response.status]).not.toEqual([sent, 500]);
  expect(text.includes("-32603") && [sent, text]).toBe(false);
  expect(text.includes("went wrong inside cord") && [sent, text]).toBe(false);
  return text;
}

async function isHealthy(): Promise<void> {
  expect(complaints).toEqual([]);
  expect((await fetch(`${daemon.url}healthz`)).status).toBe(200);
  const sent = await daemon.rpc("tasks/send", { name: "still well" });
  expect(sent.result).toMatchObject({ name: "still well" });
}

/** Ids that come up in the answers, so that later calls name what there is. */
function idsIn(text: string): string[] {
  return text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
}

test(
  "thousands of random calls of every method, as a person and as a node, find no defect",
  randomly(async (random) => {
    const ids: string[] = ["ffffffff"];
    const authorizations = [`Bearer ${daemon.token}`];
    for (let round = 0; round < 300; round += 1) {
      const calls = Array.from({ length: 10 }, () => {
        const method = random.chance(0.98) ? random.pick(methods) : random.pick(words);
        const call = rpcCall(method, paramsFor(random, method, ids), random.pick([1, "x", null]));
        return random.chance(0.05) ? [call, call] : call;
      });
      const answers = await Promise.all(
        calls.map(async (call) => {
          const authorization = random.pick(authorizations);
          return checkAnswer(call, await daemon.post(call, { authorization }));
        }),
      );
      for (const text of answers) {
        ids.push(...idsIn(text).slice(0, 3));
        const token = /cord-node\.[^"]+/.exec(text)?.[0];
        if (token !== undefined) authorizations.push(`Bearer ${token}`);
      }
      ids.splice(1, Math.max(0, ids.length - 40));
    }
    await isHealthy();
  }),
);

test(
  "thousands of damaged bodies to each door find no defect",
  randomly(async (random) => {
    const { result } = await daemon.rpc("runs/create", { goal: "x", options: runOptions });
    const ids = idsIn(JSON.stringify(result));
    for (let round = 0; round < 300; round += 1) {
      const method = random.pick(methods);
      const body = mutated(random, JSON.stringify(rpcCall(method, paramsFor(random, method, ids))));
      const bare = JSON.stringify(junk(random, ids)) ?? "";
      const headers = { "content-type": "application/json", authorization: `Bearer ${daemon.token}` };
      for (const path of ["", "mcp", "a2a", "events", "healthz", ".well-known/agent.json", "%00", "..%2f"]) {
        const sent = random.chance(0.7) ? body : bare;
        await checkAnswer(
          [path, sent],
          await fetch(`${daemon.url}${path}`, { method: "POST", headers, body: sent }),
        );
      }
    }
    await isHealthy();
  }),
);

test(
  "random messages over MCP, as a tab and as a node, find no defect",
  randomly(async (random) => {
    const { result } = await daemon.rpc("runs/create", { goal: "x", options: runOptions });
    const ids = idsIn(JSON.stringify(result));
    const claimed = await daemon.rpc("nodes/claim", { run_id: ids[0], engine: "e", limit: 1 });
    const token = /cord-node\.[^"]+/.exec(JSON.stringify(claimed))?.[0] ?? "";
    const session = await openSession();
    for (let round = 0; round < 1500; round += 1) {
      const asNode = random.chance(0.5);
      const call = random.chance(0.8)
        ? rpcCall(
            random.pick(sessionMethods),
            {
              ...featuresNamed(random, ids, random.pick([...tools, "next", "catch-up"])),
              requestId: random.int(10),
            },
            round,
          )
        : junk(random, ids);
      const text = JSON.stringify(call) ?? "null";
      const body = random.chance(0.8) ? text : mutated(random, text);
      const headers = {
        "content-type": "application/json",
        accept: random.pick(["application/json, text/event-stream", "*/*", "text/html"]),
        authorization: `Bearer ${asNode ? token : daemon.token}`,
        ...(random.chance(0.7)
          ? { "mcp-session-id": random.chance(0.8) ? session : random.pick(["x", "a.b"]) }
          : {}),
        "mcp-protocol-version": random.pick(["2025-11-25", "2025-06-18", "1999-01-01"]),
      };
      await checkAnswer(body, await fetch(`${daemon.url}mcp`, { method: "POST", headers, body }));
    }
    await isHealthy();
  }),
);

const knownMethods = [...mcpMethods.keys(), "nope"];
const sessionMethods = [...knownMethods, ...notifications.keys()];
const statelessMethods = [...knownMethods, "server/discover", "subscriptions/listen"];

/** The parameters of any method of MCP. */
function featuresNamed(random: Random, ids: readonly string[], name: string) {
  return {
    name,
    uri: random.pick([`cord://tasks/${random.pick(ids)}`, `cord://runs/${random.pick(ids)}`, ...words]),
    ref: random.pick([
      { type: "ref/prompt", name },
      { type: "ref/resource", uri: "cord://tasks/{id}" },
      junk(random, ids),
    ]),
    argument: random.chance(0.5)
      ? { name: random.pick(["id", "kind"]), value: random.pick(words) }
      : junk(random, ids),
    arguments: random.chance(0.8) ? paramsFor(random, "nodes/create", ids) : junk(random, ids),
  };
}

test(
  "random messages of MCP 2026-07-28, as a tab and as a node, find no defect",
  randomly(async (random) => {
    const { result } = await daemon.rpc("runs/create", { goal: "x", options: runOptions });
    const ids = idsIn(JSON.stringify(result));
    const claimed = await daemon.rpc("nodes/claim", { run_id: ids[0], engine: "e", limit: 1 });
    const token = /cord-node\.[^"]+/.exec(JSON.stringify(claimed))?.[0] ?? "";
    for (let round = 0; round < 1500; round += 1) {
      const method = random.pick(statelessMethods);
      const name = random.pick([...tools, "next", "catch-up"]);
      const params = {
        ...featuresNamed(random, ids, name),
        // what can be watched would be told of for ever
        notifications: random.chance(0.5)
          ? { resourceSubscriptions: words, toolsListChanged: true }
          : junk(random, ids),
      };
      const text = JSON.stringify(
        statelessCall(
          method,
          params,
          random.chance(0.1) ? { "io.modelcontextprotocol/clientCapabilities": junk(random, ids) } : {},
        ),
      );
      const body = random.chance(0.8) ? text : mutated(random, text);
      const named = method === "resources/read" ? params.uri : name;
      const headers = {
        ...statelessHeaders(method, /^[\x20-\x7e]*$/.test(named) ? named : "x"),
        accept: random.pick(["application/json, text/event-stream", "application/json", "*/*"]),
        authorization: `Bearer ${random.chance(0.5) ? token : daemon.token}`,
        ...(random.chance(0.1) ? { "cord-session": random.pick(["x", "a.b"]) } : {}),
        ...(random.chance(0.1) ? { "mcp-protocol-version": random.pick(["2025-11-25", "1999-01-01"]) } : {}),
      };
      await checkAnswer(body, await fetch(`${daemon.url}mcp`, { method: "POST", headers, body }));
    }
    await isHealthy();
  }),
);

async function openSession(): Promise<string> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${daemon.token}`,
  };
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "fuzz", version: "1" },
  };
  const body = JSON.stringify(rpcCall("initialize", params, 0));
  const response = await fetch(`${daemon.url}mcp`, { method: "POST", headers, body });
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

test(
  "random queries and methods on every route find no defect",
  randomly(async (random) => {
    const headers = { authorization: `Bearer ${daemon.token}` };
    const names = [
      "since",
      "kind",
      "state",
      "priority",
      "name_contains",
      "ignore_ids",
      "run_id",
      "project",
      "x",
    ];
    for (let round = 0; round < 1000; round += 1) {
      const query = new URLSearchParams(
        Array.from({ length: random.int(5) }, (): [string, string] => [
          random.pick(names),
          random.pick(words),
        ]),
      );
      const path = random.pick([
        "",
        "events",
        "events",
        "healthz",
        "mcp",
        ".well-known/agent.json",
        "a2a",
        "nothing",
      ]);
      const method = random.pick(["GET", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]);
      const gone = new AbortController();
      const response = await fetch(`${daemon.url}${path}?${query}`, { method, headers, signal: gone.signal });
      expect([method, path, String(query), response.status]).not.toContain(500);
      if (response.headers.get("content-type")?.includes("event-stream")) gone.abort();
      else await checkAnswer([method, path, String(query)], response);
    }
    await isHealthy();
  }),
);

test(
  "bytes that are no HTTP find no defect",
  randomly(async (random) => {
    const body = JSON.stringify(rpcCall("daemon/status"));
    const whole = [
      "POST / HTTP/1.1",
      `Host: 127.0.0.1:${daemon.port}`,
      `Authorization: Bearer ${daemon.token}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n");
    for (let round = 0; round < 300; round += 1) {
      const { status } = await sendAndHangUp(daemon.port, mutated(random, whole));
      expect(status).not.toBe(500);
    }
    await isHealthy();
  }),
);
