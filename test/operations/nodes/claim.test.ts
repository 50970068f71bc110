import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { RunOptions } from "../../../src/core/run.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** What engines may start: as many agents as the run has jobs, whichever of them asks, and for what it has left to spend. */

let rig: Rig;
let run: string;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const Claimed = z.object({
  nodes: z.array(
    z.object({
      node_id: z.string(),
      epoch: z.number(),
      budget_usd: z.number().nullable(),
      shared: z.boolean(),
    }),
  ),
});

async function claim(engine = "engine", limit = 50) {
  return Claimed.parse(await rig.call("nodes/claim", { run_id: run, engine, limit, settles: true })).nodes;
}

const numbersOf = (nodes: { node_id: string }[]) => nodes.map(({ node_id }) => node_id);

/** A run whose root has created so many and waits for them, having spent so much. */
async function decomposed(children: number, options: Partial<RunOptions>, usd = 0): Promise<void> {
  run = await rig.startRun(options);
  await claim();
  const root = await rig.asNode(run, 1);
  for (let child = 0; child < children; child += 1) await rig.call("nodes/create", { goal: "child" }, root);
  await rig.call("nodes/complete", { result: "plan" }, root);
  await rig.call("nodes/settle", { run_id: run, node_id: "#1", epoch: 1 });
  await report(1, { usd, ended: true });
}

async function report(number: number, told: object): Promise<void> {
  const { epoch } = await rig.node(run, number);
  await rig.call("runs/report", { run_id: run, attempts: [{ node_id: `#${number}`, epoch, ...told }] });
}

/** Its nodes are given back, and what its agents did last never reaches the daemon. */
async function leave(): Promise<void> {
  for (const number of [2, 3]) {
    const { epoch } = await rig.node(run, number);
    await rig.call("nodes/release", { run_id: run, node_id: `#${number}`, epoch, reason: "interrupted" });
  }
  await rig.call("nodes/renew", { run_id: run, engine: "engine", leaving: true });
}

describe("jobs", () => {
  test("hold over all engines of a run", async () => {
    await decomposed(5, { jobs: 3 });
    expect(numbersOf(await claim("one", 2))).toEqual(["#2", "#3"]);
    expect(numbersOf(await claim("two"))).toEqual(["#4"]);
    expect(await claim("two")).toEqual([]);
  });

  test("are free again when a result is settled, and when an attempt is over", async () => {
    await decomposed(4, { jobs: 2 });
    await claim("one");
    await rig.call("nodes/complete", { result: "x" }, await rig.asNode(run, 2));
    // what its message has cost is not reported yet
    expect(numbersOf(await claim("two"))).toEqual([]);
    await rig.call("nodes/settle", { run_id: run, node_id: "#2", epoch: 1 });
    expect(numbersOf(await claim("two"))).toEqual(["#4"]);
    const { epoch } = await rig.node(run, 3);
    await rig.call("nodes/fail", { run_id: run, node_id: "#3", epoch, reason: "no", final: true });
    expect(numbersOf(await claim("two"))).toEqual(["#5"]);
  });
});

describe("what a run has left", () => {
  test("is shared by those that start together, the reserve of the synthesis apart", async () => {
    await decomposed(3, { total_budget_usd: 1, budget_usd: 2 }, 0.3);
    const nodes = await claim();
    expect(nodes.map(({ budget_usd, shared }) => [budget_usd?.toFixed(2), shared])).toEqual([
      ["0.20", true],
      ["0.20", true],
      ["0.20", true],
    ]);
    for (const number of [2, 3, 4]) {
      await rig.call("nodes/complete", { result: "x" }, await rig.asNode(run, number));
      await rig.call("nodes/settle", { run_id: run, node_id: `#${number}`, epoch: 1 });
      await report(number, { usd: 0.3, ended: true });
    }
    expect(await claim()).toMatchObject([{ node_id: "#1", budget_usd: 0.1, shared: true }]);
  });

  test("is one agent's usual budget as long as there is enough", async () => {
    await decomposed(2, { total_budget_usd: 10, budget_usd: 2 });
    expect(await claim()).toMatchObject([
      { budget_usd: 2, shared: false },
      { budget_usd: 2, shared: false },
    ]);
  });

  test.each([
    ["taken over", () => rig.call("nodes/takeover", { run_id: run, engine: "engine" })],
    ["given back", () => leave()],
  ])(
    "is not kept for agents whose engine has died: their nodes are claimed when they are %s",
    async (_, end) => {
      await decomposed(2, { total_budget_usd: 10 });
      await claim();
      await report(2, { usd: 0.5, estimated: true });
      await end();
      expect(await claim("another")).toMatchObject([{ node_id: "#2" }, { node_id: "#3" }]);
      expect(await rig.call("runs/get", { run_id: run })).toMatchObject({ run: { usd: 0.5 } });
    },
  );

  test("is not held back for an agent whose result is settled, and that says its last words", async () => {
    await decomposed(3, { total_budget_usd: 10, budget_usd: 4, jobs: 2 });
    await claim();
    await rig.call("nodes/complete", { result: "x" }, await rig.asNode(run, 2));
    await rig.call("nodes/settle", { run_id: run, node_id: "#2", epoch: 1 });
    expect(await claim()).toMatchObject([{ node_id: "#4", budget_usd: 4, shared: false }]);
  });

  test("counts what an agent has spent while it runs, and an estimate until the agent says it", async () => {
    await decomposed(1, { total_budget_usd: 10 });
    await claim();
    await report(2, { usd: 0.5, estimated: true });
    const estimated = { run: { usd: 0.5, estimated: true }, nodes: [{}, { usd: 0.5, estimated: true }] };
    expect(await rig.call("runs/get", { run_id: run })).toMatchObject(estimated);
    await report(2, { usd: 0.4, estimated: false, ended: true });
    expect(await rig.call("runs/get", { run_id: run })).toMatchObject({
      run: { usd: 0.4, estimated: false },
    });
  });

  test("comes back from an engine that is found dead, whatever became of its nodes, and others are told", async () => {
    await decomposed(2, { total_budget_usd: 10, budget_usd: 9, jobs: 1 });
    await claim("one");
    await rig.call("nodes/pause", { run_id: run, node_id: "#2" });
    expect(await claim("two")).toEqual([]);
    await rig.call("nodes/takeover", { run_id: run, engine: "one" });
    expect(rig.events.at(-1)).toMatchObject({ type: "attempt.ended", number: 2 });
    expect(await claim("two")).toMatchObject([{ node_id: "#3", budget_usd: 9 }]);
  });

  test("comes back from an engine that is not heard of any more, and from one that says goodbye", async () => {
    await decomposed(3, { total_budget_usd: 10, budget_usd: 9, jobs: 1 });
    await claim("one");
    await rig.call("nodes/stop", { run_id: run, node_id: "#2" });
    rig.advance(31_000);
    await rig.sweep();
    expect(rig.events.at(-1)).toMatchObject({ type: "attempt.ended", number: 2 });
    expect(await claim("two")).toMatchObject([{ node_id: "#3", budget_usd: 9 }]);
    await rig.call("nodes/stop", { run_id: run, node_id: "#3" });
    await rig.call("nodes/renew", { run_id: run, engine: "two", leaving: true });
    expect(await claim("three")).toMatchObject([{ node_id: "#4", budget_usd: 9 }]);
  });

  test("is not held back from a node by its own earlier attempt", async () => {
    await decomposed(1, { total_budget_usd: 10, budget_usd: 9 });
    const [node] = await claim();
    await rig.call("nodes/release", { run_id: run, node_id: "#2", epoch: node?.epoch });
    expect(await claim()).toMatchObject([{ node_id: "#2", budget_usd: 9 }]);
  });
});

test("a session outlives the attempts that were to go on with it and never began", async () => {
  run = await rig.startRun();
  const sessionOfNext = async () => {
    const found = await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1, settles: true });
    return Sessions.parse(found).nodes.map(({ session_id }) => session_id);
  };
  const release = async () => {
    const { epoch } = await rig.node(run, 1);
    await rig.call("nodes/release", { run_id: run, node_id: "#1", epoch, reason: "interrupted" });
  };
  expect(await sessionOfNext()).toEqual([null]);
  await report(1, { session_id: "s", ended: true, exit: "limited" });
  await release();
  for (const exit of ["limited", "interrupted", "lost"]) {
    expect(await sessionOfNext()).toEqual(["s"]);
    if (exit !== "lost") await report(1, { ended: true, exit });
    await release();
  }
  expect(await sessionOfNext()).toEqual(["s"]);
});

const Sessions = z.object({ nodes: z.array(z.object({ session_id: z.string().nullable() })) });

test("a session is told that its task was changed also after others that were to go on with it never began", async () => {
  const Next = z.object({
    nodes: z.array(z.object({ session_id: z.string().nullable(), task_changed: z.boolean() })),
  });
  const next = async () =>
    Next.parse(await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1, settles: true }))
      .nodes[0];
  const cutOff = async (told: object) => {
    await report(1, { ...told, ended: true, exit: "limited" });
    const { epoch } = await rig.node(run, 1);
    await rig.call("nodes/release", { run_id: run, node_id: "#1", epoch, reason: "limited" });
  };
  run = await rig.startRun();
  await next();
  await cutOff({ pid: 4, session_id: "s" });
  await rig.call("nodes/modify", { run_id: run, node_id: "#1", goal: "another" });
  for (const _ of [1, 2]) {
    expect(await next()).toEqual({ session_id: "s", task_changed: true });
    await cutOff({});
  }
  expect(await next()).toEqual({ session_id: "s", task_changed: true });
  await cutOff({ pid: 5 });
  expect(await next()).toEqual({ session_id: "s", task_changed: false });
});
