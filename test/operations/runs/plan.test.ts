import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ plan: "root" });
});
afterEach(() => rig.close());

const claim = async () => {
  const { nodes } = (await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 })) as {
    nodes: {
      node_id: string;
      session_id: string | null;
      brief: { remark: string | null; children: object[] };
    }[];
  };
  return nodes;
};
const call = (name: Parameters<Rig["call"]>[0], input: object = {}) =>
  rig.call(name, { run_id: run, ...input });
const plan = async (number: number, goals: readonly string[]) => {
  const caller = await rig.asNode(run, number);
  for (const goal of goals) await rig.call("nodes/create", { goal }, caller);
  await rig.call("nodes/complete", { result: "planned" }, caller);
};
const complete = async (number: number) =>
  rig.call("nodes/complete", { result: "done" }, await rig.asNode(run, number));
const stands = async () => {
  const [found] = (await rig.call("runs/list", {})) as { standing: string; nodes: number; lost: number }[];
  return found;
};
const names = async () => (await claim()).map(({ node_id }) => node_id);

describe("a run whose root's plan is to be approved", () => {
  test("holds the root's children until then, and stands as proposed, with an engine or without", async () => {
    expect(await names()).toEqual(["#1"]);
    await plan(1, ["one", "two"]);
    expect(await names()).toEqual([]);
    expect(await stands()).toMatchObject({ standing: "proposed" });
    await call("nodes/renew", { engine: "engine", leaving: true });
    expect(await stands()).toMatchObject({ standing: "proposed" });
    expect(await call("nodes/claim", { engine: "engine", limit: 9 })).toMatchObject({ proposed: true });
    await expect(
      rig.call("tasks/claim", { id: (await rig.node(run, 2)).id, agentId: "ann" }),
    ).rejects.toThrow(`waits for a person's approval: "cord approve --run ${run.slice(0, 13)}"`);
    await call("runs/approve");
    expect(await names()).toEqual(["#2", "#3"]);
    expect(await stands()).toMatchObject({ standing: "running" });
  });

  test("asks for nothing more once it is approved: neither below its children nor after its synthesis", async () => {
    await claim();
    await plan(1, ["one"]);
    await call("runs/approve", { node_id: "#1" });
    await claim();
    await plan(2, ["below"]);
    expect(await names()).toEqual(["#3"]);
    await complete(3);
    await claim();
    await complete(2);
    await claim();
    await plan(1, ["more"]);
    expect(await names()).toEqual(["#4"]);
  });

  test("has nothing to approve before the root has handed its plan in", async () => {
    await claim();
    await rig.call("nodes/create", { goal: "one" }, await rig.asNode(run, 1));
    await expect(call("runs/approve")).rejects.toThrow("has no plan that waits for your approval");
    expect(await stands()).toMatchObject({ standing: "running" });
  });

  test("still waits after the root's attempt was lost between its children and its hand-in", async () => {
    await claim();
    await rig.call("nodes/create", { goal: "one" }, await rig.asNode(run, 1));
    rig.advance(31_000);
    await rig.sweep();
    expect(await names()).toEqual(["#1"]);
    await complete(1);
    expect(await names()).toEqual([]);
    expect(await stands()).toMatchObject({ standing: "proposed" });
  });

  test("takes a rejected plan out, and has the root plan again in its session, with the remark", async () => {
    await claim();
    const { epoch } = await rig.node(run, 1);
    await call("runs/report", {
      attempts: [{ node_id: "#1", epoch, session_id: "s", ended: true, exit: "done" }],
    });
    await plan(1, ["one", "two"]);
    await call("runs/reject", { text: "in one step" });
    const [again] = await claim();
    expect(again).toMatchObject({
      node_id: "#1",
      session_id: "s",
      brief: { remark: "in one step", children: [] },
    });
    expect(await stands()).toMatchObject({ nodes: 1, lost: 0 });
    await plan(1, ["both"]);
    expect(await stands()).toMatchObject({ standing: "proposed", nodes: 2 });
    await call("runs/approve");
    expect(await names()).toEqual(["#4"]);
    await complete(4);
    const [synthesis] = await claim();
    expect(synthesis).toMatchObject({ node_id: "#1", brief: { remark: null, children: [{ number: 4 }] } });
    await complete(1);
    expect(await stands()).toMatchObject({ standing: "complete", nodes: 2 });
  });

  test("lets the root do the work itself after its plan was rejected", async () => {
    await claim();
    await plan(1, ["one"]);
    await call("runs/reject", { text: "do it yourself" });
    await claim();
    await complete(1);
    expect(await stands()).toMatchObject({ standing: "complete" });
  });

  test("is not rejected for ever", async () => {
    for (let round = 0; round < 10; round += 1) {
      await claim();
      await plan(1, ["one"]);
      await call("runs/reject", { text: "no" });
    }
    await claim();
    await plan(1, ["one"]);
    await expect(call("runs/reject", { text: "no" })).rejects.toThrow("has planned 11 times");
    await call("runs/approve");
  });

  test("counts what was rejected against none of its limits", async () => {
    run = await rig.startRun({ plan: "root", max_nodes: 3, max_children: 2 });
    for (let round = 0; round < 3; round += 1) {
      await claim();
      await plan(1, ["one", "two"]);
      await call("runs/reject", { text: "no" });
    }
    await claim();
    await plan(1, ["one", "two"]);
    await call("runs/approve");
    await claim();
    await expect(rig.call("nodes/create", { goal: "three" }, await rig.asNode(run, 8))).rejects.toThrow(
      "may have 3 nodes",
    );
  });

  test("opens nothing of a rejected plan again", async () => {
    await claim();
    await plan(1, ["one"]);
    await call("runs/reject", { text: "no" });
    await expect(call("nodes/retry", { node_id: "#2" })).rejects.toThrow("was taken out of a plan");
    await call("nodes/stop", { node_id: "#1" });
    await call("nodes/retry", { node_id: "#1" });
    expect(await names()).toEqual(["#1"]);
  });

  test("waits for the person again after it was stopped and is tried again", async () => {
    await claim();
    await plan(1, ["one"]);
    await call("nodes/stop", { node_id: "#1" });
    await call("nodes/retry", { node_id: "#1" });
    expect(await names()).toEqual([]);
    expect(await stands()).toMatchObject({ standing: "proposed" });
  });

  test("cancels what needs a node of a plan that is rejected", async () => {
    run = await rig.startRun({ plan: "all" });
    await claim();
    await plan(1, ["one", "two"]);
    await call("runs/approve");
    await claim();
    await plan(2, ["below"]);
    await rig.call("nodes/create", { goal: "after", needs: ["#4"] }, await rig.asNode(run, 3));
    await complete(3);
    await call("runs/reject", { node_id: "#2", text: "no" });
    expect(await rig.node(run, 5)).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining("it needs #4"),
    });
  });
});

describe("with --plan=all", () => {
  test("each plan waits by itself, while the rest goes on", async () => {
    run = await rig.startRun({ plan: "all" });
    await claim();
    await plan(1, ["one", "two"]);
    await call("runs/approve");
    await claim();
    await plan(2, ["below"]);
    expect(await stands()).toMatchObject({ standing: "running" });
    await complete(3);
    expect(await stands()).toMatchObject({ standing: "proposed" });
    expect(await call("runs/plan")).toMatchObject({
      plans: [
        { node_id: "#2", goal: "one", shown: false, nodes: [{ node_id: "#4", parent: "#2", goal: "below" }] },
      ],
    });
    await call("runs/approve", { node_id: "#2" });
    expect(await names()).toEqual(["#4"]);
  });

  test("a synthesis that plans further waits too, and goes back to its synthesis when that is rejected", async () => {
    run = await rig.startRun({ plan: "all" });
    await claim();
    await plan(1, ["one"]);
    await call("runs/approve");
    await claim();
    await complete(2);
    await claim();
    await plan(1, ["more"]);
    expect(await names()).toEqual([]);
    await call("runs/reject", { text: "enough" });
    expect(await claim()).toMatchObject([{ node_id: "#1", brief: { phase: "synthesis", remark: "enough" } }]);
    await complete(1);
    expect(await stands()).toMatchObject({ standing: "complete" });
  });
});

describe("what was shown", () => {
  test("is what a person who goes on with a run approves, and nothing else", async () => {
    await claim();
    await plan(1, ["one"]);
    expect(await call("runs/approve", { only_shown: true })).toMatchObject({ plans: [] });
    await call("runs/shown");
    expect(await call("runs/plan")).toMatchObject({ plans: [{ shown: true }] });
    expect(await call("runs/approve", { only_shown: true })).toMatchObject({
      plans: [{ node_id: "#1", nodes: 1 }],
    });
    expect(await names()).toEqual(["#2"]);
  });
});

test("a plan's estimate is what nodes of the same model cost before, and unknown where none did", async () => {
  const spend = async (number: number, usd: number) => {
    const { epoch } = await rig.node(run, number);
    await call("runs/report", {
      attempts: [{ node_id: `#${number}`, epoch, usd, ended: true, exit: "done" }],
    });
  };
  run = await rig.startRun({ plan: "root", model: "sonnet" });
  await claim();
  await plan(1, ["one", "two"]);
  expect(await call("runs/plan")).toMatchObject({ plans: [{ estimate: { usd: 0, unknown: 2, from: 0 } }] });
  await call("runs/approve");
  await claim();
  for (const [number, usd] of [
    [2, 0.2],
    [3, 0.4],
  ] as const) {
    await spend(number, usd);
    await complete(number);
  }
  run = await rig.startRun({ plan: "root", model: "sonnet" });
  await claim();
  const root = await rig.asNode(run, 1);
  await rig.call("nodes/create", { goal: "other", model: "opus" }, root);
  await plan(1, ["one", "two"]);
  const { plans } = (await call("runs/plan")) as { plans: { estimate: object }[] };
  expect(plans[0]?.estimate).toEqual({ usd: expect.closeTo(0.6), unknown: 1, from: 2 });
});
