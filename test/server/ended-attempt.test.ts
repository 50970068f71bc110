import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { runOptions } from "../support/run-options.ts";
import { rpcCall } from "../support/rpc.ts";

let daemon: DaemonHere;
let run: string;
let token: string;

const Created = z.object({ result: z.object({ run_id: z.string() }) });
const Claimed = z.object({ result: z.object({ nodes: z.array(z.object({ token: z.string() })) }) });

/** The token of the node that is ready. */
async function launch(): Promise<string> {
  const claimed = await daemon.rpc("nodes/claim", { run_id: run, engine: "e", limit: 1 });
  return Claimed.parse(claimed).result.nodes[0]?.token ?? "";
}

beforeEach(async () => {
  daemon = daemonHere();
  run = Created.parse(await daemon.rpc("runs/create", { goal: "a secret", options: runOptions })).result
    .run_id;
  token = await launch();
});
afterEach(() => daemon.stop());

const node = { node_id: "#1" };
const by = (shown: string) => ({ authorization: `Bearer ${shown}` });
const asNode = (method: string, params: object) => daemon.rpc(method, params, by(token));
const asPerson = (method: string, params: object) => daemon.rpc(method, { run_id: run, ...params });

async function viaMcp(method: string, params: object): Promise<unknown> {
  const headers = { ...by(token), "content-type": "application/json" };
  const body = JSON.stringify(rpcCall(method, params));
  return (await fetch(`${daemon.url}mcp`, { method: "POST", headers, body })).json();
}

/** How an attempt ends, and how its token's refusal says so. */
const endings: [string, () => Promise<unknown>, RegExp][] = [
  ["completed", () => asNode("nodes/complete", { result: "the end" }), /it is complete\./],
  ["failed", () => asPerson("nodes/fail", { ...node, epoch: 1, reason: "x", final: true }), /it is failed/],
  ["cancelled", () => asPerson("nodes/stop", node), /it is cancelled/],
  ["paused", () => asPerson("nodes/pause", node), /it is paused/],
  ["released", () => asPerson("nodes/release", { ...node, epoch: 1 }), /it is pending/],
  ["taken over", () => asPerson("nodes/takeover", { engine: "e" }).then(launch), /another attempt/],
];

const acts: [string, string, object][] = [
  ["nodes/tree", "read_tree", {}],
  ["nodes/read", "read_node", node],
  ["nodes/create", "create", { goal: "more" }],
  ["nodes/ask", "ask", { question: "may I?" }],
  ["nodes/answer", "answer", { node_id: "#2", answer: "yes" }],
  ["nodes/stop", "stop", { node_id: "#2" }],
  ["nodes/pause", "pause", { node_id: "#2" }],
  ["nodes/resume", "resume", { node_id: "#2" }],
  ["nodes/modify", "modify", { node_id: "#2", goal: "other" }],
  ["nodes/complete", "complete", { result: "again" }],
];

describe.each(endings)("the token of an attempt that was %s", (_, end, why) => {
  test("reads nothing and changes nothing, by any door, and is told to stop", async () => {
    expect((await asNode("nodes/tree", {})).result).toMatchObject({ goal: "a secret" });
    await end();
    const before = await asPerson("nodes/tree", {});
    for (const [method, tool, params] of acts) {
      const refused = await asNode(method, params);
      expect([method, refused.error]).toEqual([method, expect.objectContaining({ code: -32001 })]);
      expect(refused.error?.message).toMatch(why);
      const said = JSON.stringify(await viaMcp("tools/call", { name: tool, arguments: params }));
      expect(said).toContain("There is nothing more for you to do; stop here.");
      expect(said).not.toContain("a secret");
    }
    expect(await asPerson("nodes/tree", {})).toEqual(before);
    expect(await viaMcp("tools/list", {})).not.toHaveProperty("error");
  });
});

test("a completion whose answer was lost gets that answer again", async () => {
  const completion = { result: "the end", request_id: "once" };
  const first = await asNode("nodes/complete", completion);
  expect(first.result).toEqual({ completed: "#1" });
  expect(await asNode("nodes/complete", completion)).toEqual(first);
});

test("a question that is held open hears no answer once its attempt is over", async () => {
  const asked = asNode("nodes/ask", { question: "may I?", wait_seconds: 60 });
  await asPerson("tasks/list", { kind: "ask", state: "pending", wait_ms: 10_000 });
  await asPerson("nodes/pause", node);
  await asPerson("nodes/answer", { node_id: "#2", answer: "a secret" });
  expect(JSON.stringify(await asked)).not.toContain("a secret");
});
