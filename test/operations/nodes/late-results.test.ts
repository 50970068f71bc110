import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { AttemptRow } from "../../../src/store/tables/attempts.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

/** A task of the board that each of these agents has held, in turn, each for a second; it is pending again. */
async function heldInTurn(...agents: string[]): Promise<string> {
  const id = textField(await rig.call("tasks/send", { name: "task" }), "id");
  for (const agentId of agents) {
    await rig.call("tasks/claim", { id, agentId, leaseSeconds: 1 });
    rig.advance(1000);
    await rig.sweep();
  }
  return id;
}

const refusal = (call: Promise<unknown>) =>
  call.catch((error: unknown) => Reflect.get(Object(error), "code"));
const handIn = (id: string, result: unknown, who: { agentId?: string; epoch?: number }) =>
  refusal(rig.call("tasks/complete", { id, result, ...who }));

const kept = (id: string) =>
  rig.store.read((tx) =>
    tx.all<Pick<AttemptRow, "epoch" | "agent" | "late_result">>(
      "SELECT epoch, agent, late_result FROM attempts WHERE task_id = ? ORDER BY epoch",
      id,
    ),
  );
const refusals = () => rig.events.filter(({ type }) => type === "task.refused").length;

describe("a late result", () => {
  test.each([0, -1, 3, 4, 2 ** 31, Number.MAX_SAFE_INTEGER, -(2 ** 31)])(
    "under an epoch that never was (%d) leaves no trace, and the task can be claimed on",
    async (epoch) => {
      const id = await heldInTurn("a", "b");
      expect(await handIn(id, "never", { epoch })).toBe("stale_lease");
      expect(await handIn(id, "never", { epoch, agentId: "a" })).toBe("stale_lease");
      expect([await kept(id), refusals()]).toEqual([[], 0]);
      for (const agentId of ["c", "d"]) {
        expect(await rig.call("tasks/claim", { id, agentId })).toMatchObject({ claimed_by: agentId });
        await rig.call("tasks/release", { id, agentId });
      }
    },
  );

  test("of a node under an epoch that never was keeps no engine from the epochs that come", async () => {
    const runId = await rig.startRun();
    const held = { run_id: runId, node_id: "#1" };
    for (const epoch of [0, 1, 2, 7]) {
      const call = rig.call("nodes/complete", { ...held, epoch, result: "from nowhere" });
      expect(await refusal(call)).toBe("stale_lease");
      await rig.call("runs/report", { run_id: runId, attempts: [{ ...held, epoch, usd: 1, ended: true }] });
    }
    for (const epoch of [1, 2, 3]) {
      const claimed = await rig.call("nodes/claim", { run_id: runId, engine: "e", limit: 1 });
      expect(claimed).toMatchObject({ nodes: [{ epoch }] });
      await rig.call("nodes/release", { ...held, epoch });
    }
    expect(await rig.call("runs/get", { run_id: runId })).toMatchObject({ run: { usd: 0 } });
  });

  test("is kept under the epoch that its agent held, named or not", async () => {
    const id = await heldInTurn("a", "b", "a");
    expect(await handIn(id, "of b", { agentId: "b" })).toBe("stale_lease");
    expect(await handIn(id, "of a", { agentId: "a", epoch: 1 })).toBe("stale_lease");
    expect(await handIn(id, "of a, later", { agentId: "a" })).toBe("stale_lease");
    expect(await kept(id)).toEqual([
      { epoch: 1, agent: "a", late_result: '"of a"' },
      { epoch: 2, agent: "b", late_result: '"of b"' },
      { epoch: 3, agent: "a", late_result: '"of a, later"' },
    ]);
    expect(refusals()).toBe(3);
  });

  test("of one who never held the task, or not under that epoch, leaves no trace", async () => {
    const id = await heldInTurn("a", "b");
    await handIn(id, "never", { agentId: "stranger" });
    await handIn(id, "never", { agentId: "stranger", epoch: 1 });
    await handIn(id, "never", { agentId: "a", epoch: 2 });
    await rig.call("tasks/claim", { id, agentId: "c" });
    await handIn(id, "never", { agentId: "stranger", epoch: 3 });
    expect([await kept(id), refusals()]).toEqual([[], 0]);
  });

  test("is kept once: what comes again under the same epoch changes nothing", async () => {
    const id = await heldInTurn("a");
    for (const result of ["first", "first", "second"]) await handIn(id, result, { agentId: "a", epoch: 1 });
    expect(await kept(id)).toEqual([{ epoch: 1, agent: "a", late_result: '"first"' }]);
    expect(refusals()).toBe(1);
  });

  test("is none when it only says again what was taken", async () => {
    const id = textField(await rig.call("tasks/send", { name: "task" }), "id");
    await rig.call("tasks/claim", { id, agentId: "a" });
    await rig.call("tasks/complete", { id, agentId: "a", epoch: 1, result: { done: true } });
    expect(await handIn(id, { done: true }, { agentId: "a", epoch: 1 })).toBe("stale_lease");
    expect([await kept(id), refusals()]).toEqual([[], 0]);
  });

  test("is one of so many that a task keeps, however often it was claimed", async () => {
    const agents = Array.from({ length: 40 }, (_, index) => `agent-${index}`);
    const id = await heldInTurn(...agents);
    for (const agentId of agents) await handIn(id, "late", { agentId });
    expect((await kept(id)).length).toBe(16);
    expect(refusals()).toBe(16);
  });
});
