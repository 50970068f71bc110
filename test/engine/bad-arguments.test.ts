import { afterEach, expect, test } from "bun:test";
import type { RunSnapshot } from "../../src/core/run.ts";
import { CordError } from "../../src/core/error.ts";
import type { OperationName } from "../../src/operations/list.ts";
import { randomly, type Random } from "../support/random.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";
import { rpcCall } from "../support/rpc.ts";

/** Whatever agents and people throw at a run, it comes to its end, and so does each of its nodes, with a reason. */

afterEach(endStarted);

const runs = 8;
const turns = 15;
const texts = [
  "x",
  "",
  " ",
  "\u001b[2J\u202e",
  "y".repeat(3000),
  "1. one\n2. two",
  null,
  7,
  true,
  ["a"],
  { a: 1 },
];
const numbers = [
  "#1",
  "#2",
  "#5",
  "#6",
  "#7",
  "#8",
  "#3",
  "#4",
  "5",
  2,
  "#999",
  "#0",
  "-1",
  "me",
  "",
  null,
  {},
  ["#1"],
];
const schemas = [
  { type: "object" },
  { type: "array" },
  { type: "banana" },
  { $ref: "#/gone" },
  { pattern: "(a+)+$" },
  "{",
  3,
];
const agents = ["rehearsal", "claude", "general-purpose", "Claude", "codex", "", 5];
const models = ["sonnet", "claude-sonnet-4-5", "nope", "", 3, "--help"];
const returns = ["text", "list", "structured", "file", "boolean", "a page about it", 4];

/** Some of these fields, each with one of its values. */
function some(
  random: Random,
  fields: Record<string, readonly unknown[]>,
  chance: number,
): Record<string, unknown> {
  const entries = Object.entries(fields).filter(() => random.chance(chance));
  return Object.fromEntries(entries.map(([name, values]) => [name, random.pick(values)]));
}

const tools: Record<string, (random: Random) => Record<string, unknown>> = {
  create: (random) => ({
    goal: random.chance(0.7) ? "part" : random.pick(texts),
    ...some(
      random,
      { prompt: texts, returns, schema: schemas, agent: agents, model: models, extra: texts },
      0.25,
    ),
    ...(random.chance(0.5)
      ? { needs: random.chance(0.7) ? [random.pick(numbers), random.pick(numbers)] : random.pick(numbers) }
      : {}),
  }),
  complete: (random) => ({ result: random.pick(texts) }),
  ask: (random) => ({
    question: "which?",
    ...some(
      random,
      {
        options: [["a", "b"], "a", 3],
        default: texts,
        target: ["human", "parent", "god"],
        wait_seconds: [0, 0.01, "x", -1],
      },
      0.4,
    ),
  }),
  stop: (random) => ({ node_id: random.pick(numbers) }),
  pause: (random) => ({ node_id: random.pick(numbers) }),
  resume: (random) => ({ node_id: random.pick(numbers) }),
  modify: (random) => ({
    node_id: random.pick(numbers),
    ...some(random, { goal: texts, prompt: texts }, 0.6),
  }),
  answer: (random) => ({ node_id: random.pick(numbers), answer: random.pick(texts) }),
  read_node: (random) => ({ node_id: random.pick(numbers) }),
  no_such_tool: () => ({}),
};
const acts: readonly OperationName[] = [
  "nodes/stop",
  "nodes/pause",
  "nodes/resume",
  "nodes/modify",
  "nodes/answer",
  "nodes/retry",
  "nodes/tell",
  "nodes/create",
];

/** Several calls of one agent: in one body, or one after the other. */
async function callTools(here: World, token: string, random: Random): Promise<void> {
  const names = Object.keys(tools);
  const calls = Array.from({ length: 1 + random.int(5) }, (_, id) => {
    const name = random.chance(0.5) ? "create" : random.pick(names);
    return rpcCall("tools/call", { name, arguments: tools[name]?.(random) }, id);
  });
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const post = async (body: unknown) => {
    const answer = await fetch(`${here.client.url}mcp`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    await answer.text();
  };
  if (random.chance(0.5)) await post(calls);
  else for (const call of calls) await post(call);
}

/** What the daemon refuses is refused with a sentence; anything else is a fault. */
async function refusable(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof CordError) || error.code === "internal") throw error;
  });
}

/** One agent of an engine of the test's own: it does this and that, and then ends in some way. */
async function agent(here: World, run_id: string, random: Random): Promise<void> {
  const claim = { run_id, engine: "of the test", limit: 1, settles: random.chance(0.5) };
  const { nodes } = await here.client.call("nodes/claim", claim);
  for (const { node_id, epoch, token } of nodes) {
    await callTools(here, token, random);
    const held = { run_id, node_id, epoch };
    const end = random.pick(["settle", "fail", "release", "takeover", "complete"] as const);
    if (end === "settle") await refusable(here.client.call("nodes/settle", held));
    if (end === "complete")
      await refusable(here.client.call("nodes/complete", { ...held, result: random.pick(texts) }));
    if (end === "fail")
      await refusable(here.client.call("nodes/fail", { ...held, reason: "so", final: random.chance(0.5) }));
    if (end === "release") await refusable(here.client.call("nodes/release", held));
    // whatever it still holds
    await here.client.call("nodes/takeover", { run_id, engine: "of the test" });
  }
}

async function person(here: World, run_id: string, random: Random): Promise<void> {
  const input = {
    run_id,
    node_id: random.pick(numbers),
    ...some(random, { goal: texts, prompt: texts, text: texts, answer: texts, reason: texts }, 0.5),
  };
  await refusable(here.client.call(random.pick(acts), input as never));
}

/** What only a person can set going again. */
async function unblock({ client }: World, run_id: string): Promise<void> {
  const { nodes } = await client.call("runs/get", { run_id });
  for (const { number, status, type } of nodes) {
    const node = { run_id, node_id: `#${number}` };
    if (status === "paused") await refusable(client.call("nodes/resume", node));
    if (type === "ASK" && status !== "complete")
      await refusable(client.call("nodes/answer", { ...node, answer: "a", other: true }));
  }
}

test(
  "a run in rehearsal comes to its end, and each node has one with a reason",
  randomly(async (random) => {
    const here = await world();
    here.env["CORD_REHEARSAL_MS"] = "0";
    const options = { ...here.options, agent: "rehearsal", max_nodes: 20, max_depth: 4 };
    for (let round = 0; round < runs; round += 1) {
      const prompt = "- one\n- two\n- three";
      const { run_id } = await here.client.call("runs/create", { goal: "Chaos", prompt, options });
      await agent(here, run_id, random);
      const stands = () => here.client.call("runs/get", { run_id });
      const work = async (snapshot: RunSnapshot) =>
        (await here.engine({ runId: run_id, snapshot, options })).run();
      const snapshot = await stands();
      // an engine that is started on what is over hears of no end any more
      if (snapshot.run.ended_at !== null) continue;
      let over = work(snapshot);
      for (let turn = 0; turn < turns; turn += 1)
        await (random.chance(0.6) ? agent(here, run_id, random) : person(here, run_id, random));
      for (;;) {
        await unblock(here, run_id);
        await unblock(here, run_id);
        expect(await over).toEqual({ how: "ended" });
        const now = await stands();
        if (now.run.ended_at !== null) break;
        // a retry has opened it again when its engine was gone
        over = work(now);
      }
      const { nodes } = await stands();
      for (const { number, status, result, reason } of nodes) {
        expect([number, ["complete", "failed", "cancelled"].includes(status)]).toEqual([number, true]);
        expect([number, (status === "complete" ? result : reason) === null]).toEqual([number, false]);
      }
    }
  }),
);
