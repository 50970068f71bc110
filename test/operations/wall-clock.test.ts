import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openRig, textField, type Rig } from "../support/operations/rig.ts";
import { runOptions } from "../support/run-options.ts";

const hour = 3_600_000;

let rig: Rig;
beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

async function claimed(leaseSeconds: number): Promise<string> {
  const id = textField(await rig.call("tasks/send", { name: "task" }), "id");
  await rig.call("tasks/claim", { id, agentId: "a", leaseSeconds });
  return id;
}

const stateOf = async (id: string) => textField(await rig.call("tasks/get", { id }), "state");

describe.each([-hour, hour])("a wall clock that is set by %d ms", (milliseconds) => {
  test("takes no claim from its holder, and lets none go on: it ends in its time", async () => {
    const id = await claimed(60);
    rig.setWallClock(milliseconds);
    await rig.sweep();
    rig.advance(50_000);
    await rig.sweep();
    expect(await stateOf(id)).toBe("claimed");
    await rig.call("tasks/extend", { id, agentId: "a", epoch: 1, leaseSeconds: 30 });
    rig.setWallClock(-milliseconds);
    rig.advance(29_999);
    await rig.sweep();
    expect(await stateOf(id)).toBe("claimed");
    rig.advance(1);
    await rig.sweep();
    expect(await stateOf(id)).toBe("pending");
  });

  test("keeps no engine from its nodes", async () => {
    const run_id = await rig.startRun();
    await rig.call("nodes/claim", { run_id, engine: "e", limit: 1 });
    rig.setWallClock(milliseconds);
    rig.advance(10_000);
    await rig.sweep();
    expect(await rig.call("nodes/renew", { run_id, engine: "e" })).toEqual({
      held: [{ node_id: "#1", epoch: 1 }],
    });
  });

  test("makes no agent younger or older, nor those that are silent come before those that are not", async () => {
    await rig.call("agents/heartbeat", { id: "silent", name: "silent" });
    rig.advance(20_000);
    rig.setWallClock(milliseconds);
    await rig.call("agents/heartbeat", { id: "here", name: "here" });
    rig.advance(1000);
    expect(await rig.call("agents/list", {})).toMatchObject([
      { id: "here", status: "active", age_ms: 1000 },
      { id: "silent", status: "idle", age_ms: 21_000 },
    ]);
    expect(await rig.call("daemon/status", {})).toMatchObject({ agents: { active: 1, idle: 1, stale: 0 } });
  });

  test("notes a claim as a sign of life all the same", async () => {
    const id = await claimed(60);
    await rig.call("tasks/release", { id, agentId: "a" });
    rig.setWallClock(milliseconds);
    rig.advance(70_000);
    await rig.call("tasks/claim", { id, agentId: "a" });
    expect(await rig.call("agents/list", {})).toMatchObject([{ id: "a", status: "active" }]);
  });

  test("neither brings a default early nor keeps it back", async () => {
    const run = await rig.startRun();
    await rig.call("nodes/claim", { run_id: run, engine: "e", limit: 1 });
    const asked = { question: "which?", default: "either" };
    await rig.call("nodes/ask", asked, await rig.asNode(run, 1));
    rig.setWallClock(milliseconds);
    rig.advance(599_999);
    await rig.sweep();
    expect((await rig.node(run, 2)).state).toBe("pending");
    rig.advance(1);
    await rig.sweep();
    expect(await rig.node(run, 2)).toMatchObject({ state: "completed", result: '"either"' });
  });

  test("leaves the newest run the newest", async () => {
    const names = ["first", "second", "third"];
    for (const goal of names) {
      await rig.call("runs/create", { goal, options: runOptions });
      rig.setWallClock(milliseconds);
    }
    expect(await rig.call("runs/list", {})).toMatchObject([
      { goal: "third" },
      { goal: "second" },
      { goal: "first" },
    ]);
    expect(await rig.call("runs/get", {})).toMatchObject({ run: { goal: "third" } });
  });

  test("wakes a parent by a question that was asked after it had begun", async () => {
    const run = await rig.startRun();
    await rig.call("nodes/claim", { run_id: run, engine: "e", limit: 1 });
    const root = await rig.asNode(run, 1);
    await rig.call("nodes/create", { goal: "child" }, root);
    await rig.call("nodes/claim", { run_id: run, engine: "e", limit: 1 });
    rig.setWallClock(milliseconds);
    const question = { question: "which?", target: "parent" };
    await rig.call("nodes/ask", question, await rig.asNode(run, 2));
    await rig.call("nodes/complete", { result: "children are at it" }, root);
    expect((await rig.node(run, 1)).state).toBe("pending");
  });
});

test("a request is remembered for a day, however the wall clock is set", async () => {
  const send = { name: "once", request_id: "r" };
  const first = await rig.call("tasks/send", send);
  rig.setWallClock(30 * hour);
  expect(await rig.call("tasks/send", send)).toEqual(first);
});
