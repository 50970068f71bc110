import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** An agent's calls of one message are one act, whichever comes first: its engine says when the message is over. */

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

async function launch(number: number): Promise<Caller> {
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50, settles: true });
  return rig.asNode(run, number);
}

const create = (caller: Caller, input: object = {}) =>
  rig.call("nodes/create", { goal: "child", ...input }, caller);
const complete = (caller: Caller, result: unknown = "done") => rig.call("nodes/complete", { result }, caller);
const stateOf = async (number: number) => (await rig.node(run, number)).state;
const held = async (number: number) => {
  const { epoch } = await rig.node(run, number);
  return { run_id: run, node_id: `#${number}`, epoch };
};
const settle = async (number: number) => rig.call("nodes/settle", await held(number));
const types = () => rig.events.filter(({ number }) => number === 1).map(({ type }) => type);

describe("what an agent has handed in", () => {
  test("is its result when its message is over, and its run ends then, not before", async () => {
    const root = await launch(1);
    expect(await complete(root, "whole")).toEqual({ completed: "#1" });
    expect(await rig.node(run, 1)).toMatchObject({ state: "claimed", result: null });
    expect(await settle(1)).toEqual({ settled: true });
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"whole"' });
    expect(await settle(1)).toEqual({ settled: false });
    expect(types()).toEqual([
      "task.created",
      "task.claimed",
      "attempt.started",
      "task.handed_in",
      "task.completed",
    ]);
    expect(rig.events.at(-1)?.type).toBe("run.ended");
  });

  test("is what it said of its children, when it creates them after it in the same message", async () => {
    const root = await launch(1);
    await complete(root, "planned two");
    await create(root);
    await complete(root, "planned three");
    await create(root, { needs: ["#2"] });
    await settle(1);
    expect(await rig.node(run, 1)).toMatchObject({ state: "waiting", phase: "synthesis", result: null });
    for (const number of [2, 3]) {
      await complete(await launch(number));
      await settle(number);
    }
    const claimed = await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1, settles: true });
    expect(claimed).toMatchObject({ nodes: [{ brief: { said: "planned three", children: [{}, {}] } }] });
  });

  test("starts nobody who needs it and wakes no parent before its children are known", async () => {
    const root = await launch(1);
    await create(root);
    await create(root, { needs: ["#2"] });
    await complete(root);
    await settle(1);
    const child = await launch(2);
    await complete(child, "planned one");
    expect([await stateOf(1), await stateOf(3)]).toEqual(["waiting", "pending"]);
    expect(await rig.node(run, 3)).toMatchObject({ unmet: 1 });
    await create(child);
    await settle(2);
    expect(await rig.node(run, 3)).toMatchObject({ unmet: 1 });
    expect([await stateOf(1), await stateOf(2)]).toEqual(["waiting", "waiting"]);
  });

  test("that does not fit is refused as ever, and nothing is held back", async () => {
    const root = await launch(1);
    await create(root, { returns: "list" });
    await expect(complete(await launch(2), "prose")).rejects.toMatchObject({ code: "invalid" });
    expect(await settle(2)).toEqual({ settled: false });
  });
});

describe("a result that was acknowledged and is held back is not lost", () => {
  test.each([
    ["released", async () => void (await rig.call("nodes/release", await held(1)))],
    ["failed", async () => void (await rig.call("nodes/fail", { ...(await held(1)), reason: "x" }))],
    ["taken over", async () => void (await rig.call("nodes/takeover", { run_id: run, engine: "engine" }))],
    ["left until its lease ends", async () => (rig.advance(30_001), rig.sweep())],
    [
      "handed in again by its engine",
      async () => {
        await expect(
          rig.call("nodes/complete", { ...(await held(1)), result: "last words" }),
        ).resolves.toBeDefined();
      },
    ],
  ])("when its node is %s", async (how, act) => {
    await complete(await launch(1), "the result");
    await act();
    const result = how.startsWith("handed") ? '"last words"' : '"the result"';
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result });
  });

  test("when its engine, which has not heard of it yet, hands in its agent's last words, whatever their form", async () => {
    const root = await launch(1);
    await create(root, { returns: "list" });
    await complete(root, "planned");
    await settle(1);
    await complete(await launch(2), ["one", "two"]);
    const words = { ...(await held(2)), result: "I have handed in.", to_check: true };
    expect(await rig.call("nodes/complete", words)).toEqual({ completed: "#2" });
    expect(await settle(2)).toEqual({ settled: true });
    expect(await rig.node(run, 2)).toMatchObject({ state: "completed", result: '["one","two"]' });
  });

  test("when somebody pauses or stops its node: it is complete by then", async () => {
    await complete(await launch(1), "the result");
    await expect(rig.call("nodes/pause", { run_id: run, node_id: "#1" })).rejects.toMatchObject({
      code: "conflict",
    });
    await settle(1);
    expect(await stateOf(1)).toBe("completed");
  });

  test("when its parent is stopped", async () => {
    const root = await launch(1);
    await create(root);
    await complete(await launch(2), "the child's");
    await rig.call("nodes/stop", { run_id: run, node_id: "#1" });
    expect([await stateOf(1), await stateOf(2)]).toEqual(["cancelled", "completed"]);
  });

  test("by an older attempt, which settles nothing of a later one", async () => {
    const root = await launch(1);
    const old = await held(1);
    await rig.call("nodes/release", old);
    await complete(await launch(1), "the later one's");
    expect(await rig.call("nodes/settle", old)).toEqual({ settled: false });
    await expect(complete(root, "too late")).rejects.toMatchObject({ code: "stale_lease" });
    await settle(1);
    expect(await rig.node(run, 1)).toMatchObject({ result: '"the later one\'s"' });
  });
});
