import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

const claim = (engine = "engine") => rig.call("nodes/claim", { run_id: run, engine, limit: 50 });
const renew = (more: object = {}) => rig.call("nodes/renew", { run_id: run, engine: "engine", ...more });
const summary = async () => {
  const [found] = (await rig.call("runs/list", {})) as object[];
  return found;
};
const launch = async (number: number) => {
  await claim();
  return rig.asNode(run, number);
};
const ended = async (number: number, usd = 0) => {
  const { epoch } = await rig.node(run, number);
  const told = { node_id: `#${number}`, epoch, ended: true, usd };
  await rig.call("runs/report", { run_id: run, attempts: [told] });
};
const fail = async (number: number, input: object = {}) => {
  const { epoch } = await rig.node(run, number);
  await rig.call("nodes/fail", {
    run_id: run,
    node_id: `#${number}`,
    epoch,
    reason: "no",
    final: true,
    ...input,
  });
};

const decomposed = async (children: number) => {
  const root = await launch(1);
  for (let child = 0; child < children; child += 1) await rig.call("nodes/create", { goal: "child" }, root);
  await rig.call("nodes/complete", { result: "plan" }, root);
  await claim();
};
const complete = async (number: number) => {
  await claim();
  await rig.call("nodes/complete", { result: "done" }, await rig.asNode(run, number));
};
const nodes = async () => (await rig.call("runs/get", { run_id: run })) as { nodes: object[] };

describe("an open run", () => {
  test("is interrupted until an engine has claimed of it, and again when that goes or is not heard of", async () => {
    expect(await summary()).toMatchObject({ standing: "interrupted", agents: 0 });
    await claim();
    expect(await summary()).toMatchObject({ standing: "running", agents: 1 });
    await renew({ leaving: true });
    expect(await summary()).toMatchObject({ standing: "interrupted", agents: 0 });
    await renew();
    rig.advance(29_999);
    await rig.sweep();
    expect(await summary()).toMatchObject({ standing: "running" });
    rig.advance(1);
    await rig.sweep();
    expect(await summary()).toMatchObject({ standing: "interrupted", agents: 0, worked_ms: 0 });
  });

  test("is parked as long as its engine says what holds it up", async () => {
    await claim();
    await renew({ trouble: "claude is gone" });
    await renew();
    expect(await summary()).toMatchObject({ standing: "parked", trouble: "claude is gone" });
    await renew({ trouble: null });
    expect(await summary()).toMatchObject({ standing: "running", trouble: null });
  });

  test("waits for a person while one is asked, whoever else works, and not while a parent is", async () => {
    const root = await launch(1);
    await rig.call("nodes/create", { goal: "child" }, root);
    const child = await launch(2);
    await rig.call("nodes/ask", { question: "dear parent?", target: "parent" }, child);
    expect(await summary()).toMatchObject({ standing: "running", asks: [] });
    await rig.call("nodes/ask", { question: "which way?" }, child);
    expect(await summary()).toMatchObject({ standing: "waiting", asks: [4], agents: 2 });
    await rig.call("nodes/answer", { run_id: run, node_id: "#4", answer: "left" });
    expect(await summary()).toMatchObject({ standing: "running", asks: [], done: 1 });
  });

  test("has worked as long as at least one agent ran, pauses not counted", async () => {
    const root = await launch(1);
    rig.advance(1000);
    await rig.call("nodes/create", { goal: "child" }, root);
    await launch(2);
    rig.advance(1000);
    await ended(1);
    rig.advance(1000);
    expect(await summary()).toMatchObject({ worked_ms: 3000, agents: 1 });
    await ended(2);
    rig.advance(5000);
    expect(await summary()).toMatchObject({ worked_ms: 3000, agents: 0 });
  });
});

describe("a run that is over", () => {
  test("is complete, or partial when nodes were lost; what somebody stopped is not lost", async () => {
    await decomposed(2);
    await rig.call("nodes/stop", { run_id: run, node_id: "#2" });
    await complete(3);
    await complete(1);
    expect(await summary()).toMatchObject({ standing: "complete", done: 2, lost: 0 });
  });

  test("counts as lost what failed and what needed it", async () => {
    await decomposed(1);
    await rig.call("nodes/create", { node_id: "#1", run_id: run, goal: "after", needs: ["#2"] });
    await fail(2);
    await complete(1);
    expect(await summary()).toMatchObject({ standing: "partial", done: 1, lost: 2 });
  });

  test("is limited when a budget stopped it, failed or cancelled else", async () => {
    await launch(1);
    await fail(1, { limit: "budget" });
    expect(await summary()).toMatchObject({ standing: "limited", status: "failed" });

    run = await rig.startRun();
    await launch(1);
    await fail(1);
    expect(await summary()).toMatchObject({ standing: "failed" });

    run = await rig.startRun();
    await rig.call("nodes/stop", { run_id: run, node_id: "#1" });
    expect(await summary()).toMatchObject({ standing: "cancelled", lost: 0 });
    expect(await rig.call("runs/list", { open: true })).toEqual([]);
  });
});

test("a node's tries are those of its present phase that failed, and the one after", async () => {
  await launch(1);
  expect((await nodes()).nodes).toMatchObject([{ tries: 1, estimated: false }]);
  await fail(1, { final: false });
  await launch(1);
  expect((await nodes()).nodes).toMatchObject([{ tries: 2 }]);
});
