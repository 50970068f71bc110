import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { Brief } from "../../../src/core/brief.ts";
import { WholeNode } from "../../../src/core/node.ts";
import { RunOptions } from "../../../src/core/run.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { runOptions } from "../../support/run-options.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

/** What has a check counts once that has passed, and by nothing else that happens to its node. */

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ check: "make" });
});
afterEach(() => rig.close());

const ran = { command: "make", code: 0, verdict: "passed", why: null, output: "", took_ms: 1 };
const failed = { ...ran, code: 1, verdict: "failed", output: "broken" };

const Briefs = z.object({ nodes: z.array(z.object({ brief: Brief })) });
const RunWithOptions = z.object({ run: z.object({ options: RunOptions }) });

async function launch(number: number): Promise<Caller> {
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50, settles: true });
  return rig.asNode(run, number);
}

const complete = (caller: Caller, result: unknown) => rig.call("nodes/complete", { result }, caller);
const root = () => ({ run_id: run, node_id: "#1" });
const held = async () => ({ ...root(), epoch: (await rig.node(run, 1)).epoch });
const settle = async (check?: object) =>
  rig.call("nodes/settle", { ...(await held()), ...(check === undefined ? {} : { check }) });
const attempts = async () => {
  const { attempts } = WholeNode.parse(await rig.call("nodes/read", root()));
  return attempts.map(({ late_result, checks }) => [late_result, checks.map(({ verdict }) => verdict)]);
};

describe("a result that has a check", () => {
  test("is held back, with the command that has to pass, and counts when it has", async () => {
    expect(await complete(await launch(1), "whole")).toMatchObject({
      completed: "#1",
      note: expect.any(String),
    });
    expect(await settle()).toEqual({ settled: false, check: "make" });
    expect(await settle({ ...ran, command: "another" })).toEqual({ settled: false, check: "make" });
    expect(await settle(failed)).toEqual({ settled: false, check: "make" });
    expect(await rig.node(run, 1)).toMatchObject({ state: "claimed", result: null });
    expect(await settle(ran)).toEqual({ settled: true });
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"whole"' });
    expect(await attempts()).toEqual([[null, ["passed"]]]);
  });

  test("is not told of again once its agent has handed out work, or has another check", async () => {
    const refusal = async () => {
      const claimed = await rig.call("nodes/claim", {
        run_id: run,
        engine: "engine",
        limit: 1,
        settles: true,
      });
      return Briefs.parse(claimed).nodes.map(({ brief }) => brief.refusal?.output);
    };
    const refuse = async () => {
      await complete(await rig.asNode(run, 1), "first");
      await rig.call("nodes/refuse", { ...(await held()), check: failed });
    };
    const release = async () => rig.call("nodes/release", { ...(await held()), reason: "interrupted" });
    expect(await refusal()).toEqual([undefined]);
    await refuse();
    await release();
    expect(await refusal()).toEqual(["broken"]);
    await release();
    expect(await refusal()).toEqual(["broken"]);
    const { options } = RunWithOptions.parse(await rig.call("runs/get", { run_id: run })).run;
    await rig.call("runs/modify", { run_id: run, options: { ...options, check: "another" } });
    await release();
    expect(await refusal()).toEqual([undefined]);
    await rig.call("runs/modify", { run_id: run, options });
    const agent = await rig.asNode(run, 1);
    await rig.call("nodes/create", { goal: "child" }, agent);
    await complete(agent, "planned");
    await settle();
    await rig.call("nodes/stop", { run_id: run, node_id: "#2" });
    expect(await refusal()).toEqual([undefined]);
  });

  test("is taken back when that fails: the same attempt hands in again", async () => {
    const agent = await launch(1);
    for (const refusals of [1, 2]) {
      await complete(agent, `try ${refusals}`);
      const refused = await rig.call("nodes/refuse", { ...(await held()), check: failed });
      expect(refused).toMatchObject({ refusals });
      expect(await settle(ran)).toEqual({ settled: false });
    }
    await complete(agent, "try 3");
    expect(await settle(ran)).toEqual({ settled: true });
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"try 3"' });
    expect(await attempts()).toEqual([["try 2", ["failed", "failed", "passed"]]]);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ["released", "pending", async () => rig.call("nodes/release", await held())],
    ["failed", "pending", async () => await rig.call("nodes/fail", { ...(await held()), reason: "x" })],
    [
      "failed for good",
      "failed",
      async () => await rig.call("nodes/fail", { ...(await held()), reason: "x", final: true }),
    ],
    [
      "taken over",
      "pending",
      async () => await rig.call("nodes/takeover", { run_id: run, engine: "engine" }),
    ],
    ["left until its lease ends", "pending", () => (rig.advance(30_001), rig.sweep())],
    ["paused", "paused", async () => await rig.call("nodes/pause", root())],
    ["stopped", "cancelled", async () => await rig.call("nodes/stop", root())],
  ])("does not count when its node is %s before, and is kept", async (_, state, act) => {
    const agent = await launch(1);
    await complete(agent, "the result");
    const before = await held();
    await act();
    expect(await rig.node(run, 1)).toMatchObject({ state, result: null });
    expect(await attempts()).toEqual([["the result", []]]);
    expect(await rig.call("nodes/settle", { ...before, check: ran })).toEqual({ settled: false });
    await expect(rig.call("nodes/refuse", { ...before, check: failed })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:stale_lease|conflict)$/),
    });
  });

  test("a decomposition is not checked; what an agent creates in the message of its hand-in makes it one", async () => {
    const agent = await launch(1);
    await complete(agent, "planned");
    await rig.call("nodes/create", { goal: "child" }, agent);
    expect(await settle()).toEqual({ settled: true });
    expect((await rig.node(run, 1)).state).toBe("waiting");
  });

  test("stays the one that is checked when its engine, which has not heard of it yet, hands in its agent's last words", async () => {
    await complete(await launch(1), "the result");
    await rig.call("nodes/complete", { ...(await held()), result: "I have handed in.", to_check: true });
    expect(await settle(ran)).toEqual({ settled: true });
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"the result"' });
  });

  test("that was cut off before its check is asked for again", async () => {
    const earlier = async () => {
      const claimed = await rig.call("nodes/claim", {
        run_id: run,
        engine: "engine",
        limit: 1,
        settles: true,
      });
      return Briefs.parse(claimed).nodes[0]?.brief.earlier;
    };
    expect(await earlier()).toBeNull();
    await rig.call("nodes/release", await held());
    expect(await earlier()).not.toContain("hand it in again");
    await complete(await rig.asNode(run, 1), "the result");
    await rig.call("nodes/takeover", { run_id: run, engine: "engine" });
    expect(await earlier()).toEndWith("does not count: hand it in again.");
  });

  test("a final text that its engine hands in is held back too; by hand it counts, and says that it was not checked", async () => {
    await launch(1);
    const text = { ...(await held()), result: "text" };
    await rig.call("nodes/complete", { ...text, to_check: true });
    expect((await rig.node(run, 1)).state).toBe("claimed");
    expect(await settle()).toEqual({ settled: false, check: "make" });
    await rig.call("nodes/complete", text);
    expect(await rig.node(run, 1)).toMatchObject({
      state: "completed",
      reason: "handed in by hand: its check was not run",
    });
  });
});

test("a root whose result is that of its first part takes no check: no agent could go on when that fails", async () => {
  const created = rig.call("runs/create", {
    goal: "First of all",
    options: { ...runOptions, check: "make" },
    root: { options: { resolve: "any" } },
  });
  await expect(created).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("Leave --check out"),
  });
});
