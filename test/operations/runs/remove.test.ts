import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { beginRemoval } from "../../../src/store/lifecycle/remove-run.ts";
import { forget } from "../../../src/store/lifecycle/sweep.ts";
import { getRun } from "../../../src/store/tables/runs.ts";
import type { Store } from "../../../src/store/store.ts";
import { sourceOver } from "../../../src/server/vault.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let store: Store;

beforeEach(() => {
  store = openSqlite(":memory:");
  rig = openRig(store);
});
afterEach(() => rig.close());

const Removed = z.object({
  removed: z.object({ nodes: z.number(), attempts: z.number(), events: z.number() }),
  more: z.boolean(),
});

/** A run with this many children of its root, each tried and complete. */
async function endedRun(children: number): Promise<string> {
  const run = await rig.startRun({ jobs: 20, max_children: 150, max_nodes: 500 });
  const claim = { run_id: run, engine: "engine", limit: 50 };
  const complete = async (number: number) => {
    const node = await rig.asNode(run, number);
    const { epoch } = await rig.node(run, number);
    await rig.call("nodes/complete", { result: `result of ${number}` }, node);
    await rig.call("nodes/settle", { run_id: run, node_id: `#${number}`, epoch });
  };
  await rig.call("nodes/claim", claim);
  const root = await rig.asNode(run, 1);
  for (let made = 0; made < children; made += 1)
    await rig.call("nodes/create", { goal: `part ${made}` }, root);
  await complete(1);
  for (let done = 0; done < children; done += 20) {
    await rig.call("nodes/claim", { ...claim, limit: 20 });
    for (let number = done + 2; number < Math.min(children, done + 20) + 2; number += 1)
      await complete(number);
  }
  await rig.call("nodes/claim", claim);
  await complete(1);
  // it has left
  await store.write((tx) => tx.run("DELETE FROM engines"));
  return run;
}

const tables = [
  "tasks",
  "needs",
  "attempts",
  "messages",
  "artifacts",
  "push_configs",
  "runs",
  "engines",
  "removals",
];
const rowsIn = (table: string) =>
  store.read(async (tx) => (await tx.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
const sizes = async () =>
  Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await rowsIn(table)] as const)));
const nothing = Object.fromEntries(tables.map((table) => [table, 0]));

async function removeWhole(run: string): Promise<{ nodes: number; calls: number }> {
  let [nodes, calls] = [0, 0];
  for (let more = true; more; calls += 1) {
    const answer = Removed.parse(await rig.call("runs/remove", { run_id: run }));
    nodes += answer.removed.nodes;
    ({ more } = answer);
  }
  return { nodes, calls };
}

test("a run that is over goes with all that is kept of it, and one event stays that tells of it", async () => {
  await rig.call("tasks/send", { name: "of the board" });
  const run = await endedRun(3);
  expect(await removeWhole(run)).toEqual({ nodes: 4, calls: 1 });
  expect(await sizes()).toEqual({ ...nothing, tasks: 1 });
  const ofRun = "SELECT type FROM events WHERE run_id IS NOT NULL";
  expect(await store.read((tx) => tx.all(ofRun))).toEqual([{ type: "run.removed" }]);
  expect(rig.events.at(-1)).toMatchObject({ type: "run.removed", run_id: run, data: { by: "human" } });
  expect(await rig.call("runs/list", {})).toEqual([]);
  await expect(rig.call("runs/get", { run_id: run })).rejects.toThrow(`There is no run ${run}`);
});

test("what others have on the board, and another run, stay as they are", async () => {
  const [gone, other] = [await endedRun(1), await endedRun(2)];
  await rig.call("tasks/send", { name: "of the board" });
  const before = await sizes();
  await removeWhole(gone);
  expect(await sizes()).toMatchObject({ tasks: Number(before["tasks"]) - 2, runs: 1, removals: 0 });
  expect(await rig.call("runs/get", { run_id: other })).toMatchObject({
    run: { standing: "complete", done: 3, nodes: 3 },
  });
});

test("a run that is not over, or that an engine works on, is refused and stays whole", async () => {
  const run = await rig.startRun();
  await expect(rig.call("runs/remove", { run_id: run })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("is not over"),
  });
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
  await rig.call("nodes/stop", { run_id: run, node_id: 1 });
  await expect(rig.call("runs/remove", { run_id: run })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("An engine works on"),
  });
  expect(await rig.call("runs/get", { run_id: run })).toMatchObject({ run: { nodes: 1 } });
});

test("a large run goes in many small transactions, and a claim gets in between two of them", async () => {
  const run = await endedRun(130);
  const { id } = z.object({ id: z.string() }).parse(await rig.call("tasks/send", { name: "of the board" }));
  const order: string[] = [];
  const removed = removeWhole(run).then(({ nodes }) => order.push(`${nodes} nodes are gone`));
  const claimed = rig.call("tasks/claim", { id, agentId: "somebody" }).then(() => order.push("claimed"));
  await Promise.all([removed, claimed]);
  expect(order).toEqual(["claimed", "131 nodes are gone"]);
});

test("what a killed removal has left is nobody's run, and goes with the next call or by the daemon itself", async () => {
  const [called, left] = [await endedRun(2), await endedRun(2)];
  for (const id of [called, left])
    await store.write(async (tx) => beginRemoval(tx, await getRun(tx, id), "human", rig.now()));
  expect(await rig.call("runs/list", {})).toEqual([]);
  await expect(rig.call("runs/get", { run_id: left })).rejects.toMatchObject({ code: "not_found" });
  expect(await removeWhole(called.slice(0, 36))).toEqual({ nodes: 3, calls: 1 });
  expect(await rowsIn("removals")).toBe(1);
  await forget(store, { now: rig.now(), monotonic: rig.monotonic() });
  expect(await sizes()).toEqual(nothing);
});

test("no event gets the seq of one that was removed", async () => {
  const run = await endedRun(1);
  const last = rig.events.at(-1)?.seq ?? 0;
  await removeWhole(run);
  await rig.call("tasks/send", { name: "of the board" });
  expect(rig.events.at(-1)?.seq).toBeGreaterThan(last + 1);
});

test("what of a removed run others still ask for is not there, and a vault keeps its notes as they are", async () => {
  const run = await endedRun(1);
  const { id } = await rig.node(run, 2);
  const source = sourceOver(store);
  expect(await source.run(run)).toMatchObject({ id: run });
  await removeWhole(run);
  expect(await rig.call("tasks/get", { id })).toBeNull();
  await expect(rig.call("runs/history", { run_id: run })).rejects.toMatchObject({ code: "not_found" });
  expect(await source.run(run)).toBeNull();
  expect(await source.tasks([id])).toEqual([]);
});

test("runs are listed by when they were over", async () => {
  const older = await endedRun(1);
  rig.advance(86_400_000);
  await endedRun(1);
  const ids = async (ms: number) => {
    const ended_before = new Date(ms).toISOString();
    return z.array(z.object({ id: z.string() })).parse(await rig.call("runs/list", { ended_before }));
  };
  expect(await ids(rig.now() - 1000)).toMatchObject([{ id: older }]);
  expect(await ids(rig.now() - 86_400_000)).toEqual([]);
  expect(await ids(rig.now() + 1000)).toHaveLength(2);
});
