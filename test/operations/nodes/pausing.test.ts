import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** A pause means the node that is named and all below it; of the root, the run. */

let rig: Rig;
let run: string;

/** #1 with #2 and #3, and #4 and #5 under #2; #2 waits, #3 to #5 are claimed or pending. */
beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
  await create(await launch(1), 2);
  await complete(await rig.asNode(run, 1));
  await create(await launch(2), 2);
  await complete(await rig.asNode(run, 2));
});
afterEach(() => rig.close());

async function launch(number: number): Promise<Caller> {
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 });
  return rig.asNode(run, number);
}

async function create(caller: Caller, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await rig.call("nodes/create", { goal: "child" }, caller);
}

const complete = (caller: Caller) => rig.call("nodes/complete", { result: "done" }, caller);
const node = (number: number) => ({ run_id: run, node_id: `#${number}` });
const states = async () => Promise.all([1, 2, 3, 4, 5].map(async (n) => (await rig.node(run, n)).state));

test("pauses and resumes what is below a node with it, and nothing beside it", async () => {
  await launch(4);
  expect(await states()).toEqual(["waiting", "waiting", "claimed", "claimed", "claimed"]);
  expect(await rig.call("nodes/pause", node(2))).toMatchObject({ paused: "#2", below: 2 });
  expect(await states()).toEqual(["waiting", "paused", "claimed", "paused", "paused"]);
  expect(await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 9 })).toMatchObject({
    nodes: [],
  });
  expect(await rig.call("nodes/resume", node(2))).toMatchObject({ resumed: "#2", below: 2 });
  expect(await states()).toEqual(["waiting", "waiting", "claimed", "pending", "pending"]);
});

test("of the root, all of the run: nothing of it is claimed, and its standing says so", async () => {
  expect(await rig.call("nodes/pause", node(1))).toMatchObject({ below: 4 });
  expect(await states()).toEqual(["paused", "paused", "paused", "paused", "paused"]);
  await rig.call("nodes/renew", { run_id: run, engine: "engine", nodes: [] });
  expect(await rig.call("runs/get", { run_id: run })).toMatchObject({ run: { standing: "paused" } });
  await expect(rig.call("nodes/pause", node(1))).rejects.toMatchObject({ code: "conflict" });
  await rig.call("nodes/resume", node(1));
  expect(await states()).toEqual(["waiting", "waiting", "pending", "pending", "pending"]);
});

test("of a node that is paused already, what is not below it; and of one that works, what is paused below it", async () => {
  await rig.call("nodes/pause", node(2));
  await rig.call("nodes/resume", node(4));
  expect(await states()).toEqual(["waiting", "paused", "claimed", "pending", "paused"]);
  expect(await rig.call("nodes/pause", node(2))).toMatchObject({ paused: "#2", below: 1 });
  expect(await rig.call("nodes/resume", node(1))).toMatchObject({ resumed: "#1", below: 3 });
  expect(await states()).toEqual(["waiting", "waiting", "claimed", "pending", "pending"]);
  await expect(rig.call("nodes/resume", node(1))).rejects.toMatchObject({ code: "conflict" });
});

test("what a node below has handed in counts before it is paused, and a question stays open", async () => {
  const four = await launch(4);
  await rig.call("nodes/ask", { question: "Which?" }, four);
  await complete(await rig.asNode(run, 5));
  expect(await rig.call("nodes/pause", node(2))).toMatchObject({ below: 1 });
  expect(await states()).toEqual(["waiting", "paused", "claimed", "paused", "completed"]);
  expect((await rig.node(run, 6)).state).toBe("pending");
  await rig.call("nodes/answer", { ...node(6), answer: "that" });
  await rig.call("nodes/resume", node(2));
  expect(await states()).toEqual(["waiting", "waiting", "claimed", "pending", "completed"]);
});

test("an agent pauses and resumes what is below it, and is told how much that was", async () => {
  await complete(await launch(4));
  await complete(await launch(5));
  const two = await launch(2);
  await create(two, 1);
  expect(await rig.call("nodes/pause", { node_id: "#6" }, two)).toEqual({
    paused: "#6",
    goal: "child",
    below: 0,
  });
  expect(await rig.call("nodes/resume", { node_id: "#6" }, two)).toEqual({
    resumed: "#6",
    goal: "child",
    below: 0,
  });
});
