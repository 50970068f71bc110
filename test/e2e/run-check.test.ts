import { expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, calls, say, type Turn } from "../support/claude/model.ts";
import { usedUp } from "../support/claude/subscription.ts";
import { runWorld } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** A result counts once its check has passed, whatever happens between. */

/** Hands in once a turn: `result 1`, `result 2`… */
function handsIn({ lastResults, said }: Turn) {
  if (lastResults.length > 0) return say("Handed in.");
  const refused = said.filter((text) => text.includes("does not count yet")).length;
  return call("complete", { result: `result ${refused + 1}` });
}

test("--check sends the agent on until the command passes; the log of the run and cord show have every check", async () => {
  await using world = await runWorld(handsIn);
  const check = "echo run >> runs; n=$(wc -l < runs); echo that is run $n; [ $n -ge 3 ]";
  const { code, out, err } = await world.cord("run", "Prove it", "--check", check);
  expect({ code, out }).toEqual({ code: 0, out: "result 3\n" });
  expect(err).toMatch(/#1 active {2}checking: echo run >> runs/);
  expect(err).toMatch(/#1 active {2}its check failed \(1 of 3\): `echo run >> runs.*` exited with 1$/m);
  expect(err).toMatch(/#1 active {2}its check failed \(2 of 3\)/);
  const shown = await world.cord("show", "1");
  expect(shown.out).toContain(`\ncheck     ${check}\n`);
  expect(shown.out.match(/^checked .*exited with 1 /gm)).toHaveLength(2);
  expect(shown.out.match(/^checked .*passed /gm)).toHaveLength(1);
});

test("a check that cannot be run is said; the kept result is shown, and --resume with another check goes on in the session", async () => {
  await using world = await runWorld(handsIn);
  const { code, err } = await world.cord("run", "Prove it", "--check", "no-such-check");
  expect(code).toBe(1);
  const [, resume = ""] =
    /its check could not be run: `no-such-check` was not found.* go on with "cord (run --resume \S+)"/.exec(
      err,
    ) ?? [];
  const shown = await world.cord("show", "1");
  expect(shown.out).toMatch(/^result that does not count:\n\nresult 1$/m);
  const resumed = await world.cord(...resume.split(" "), "--check", "true");
  expect(resumed).toMatchObject({ code: 0, out: "result 1\n" });
  expect(new Set(world.model.requests.map(({ session }) => session)).size).toBe(1);
});

test("kill -9 of the engine between hand-in and check lets nothing through, and leaves no check running", async () => {
  await using world = await runWorld(handsIn);
  const waits = join(world.cwd, "wait");
  writeFileSync(waits, "");
  const check = "echo begun >> begun; while [ -e wait ]; do sleep 0.05; done";
  const run = world.start("run", "Prove it", "--check", check);
  await until("the check", () => existsSync(join(world.cwd, "begun")));
  run.signal("SIGKILL");
  await run.ended;
  await until("the end of all but the daemon", () => world.processes().length === 1);
  const interrupted = await world.client.call("nodes/read", { node_id: "#1" });
  expect(interrupted.result).toBeUndefined();
  rmSync(waits);
  const resumed = await world.cord("run", "--resume");
  expect(resumed).toMatchObject({ code: 0, out: "result 1\n" });
  const { attempts } = await world.client.call("nodes/read", { node_id: "#1" });
  expect(attempts.map(({ checks }) => checks.map(({ verdict }) => verdict))).toEqual([[], ["passed"]]);
  expect(attempts[0]).toMatchObject({ late_result: "result 1" });
  expect(new Set(world.model.requests.map(({ session }) => session)).size).toBe(1);
});

/** #1 hands out a part that has a check. */
function handsOut(turn: Turn) {
  if (turn.node === "#2") return handsIn(turn);
  if (turn.lastResults.length > 0) return say("Done.");
  if (turn.phase === "synthesis") return call("complete", { result: "whole" });
  return calls([
    ["create", { goal: "Part", check: "echo ran >> ran; [ $(wc -l < ran) -ge 2 ]" }],
    ["complete", { result: "planned" }],
  ]);
}

test("an agent gives its children checks; where it may not run every command it may not, and is told what instead", async () => {
  await using world = await runWorld(handsOut);
  const { out } = await world.cord("run", "Prove it");
  expect(out).toBe("whole\n");
  expect(existsSync(join(world.cwd, "ran"))).toBe(true);
  rmSync(join(world.cwd, "ran"));
  await world.cord("run", "Prove it", "--permission-mode", "plan");
  expect(existsSync(join(world.cwd, "ran"))).toBe(false);
  const told = world.model.requests.flatMap(({ lastResults }) =>
    lastResults.filter(({ isError }) => isError),
  );
  expect(told.map(({ text }) => text).join("\n")).toContain(
    "A check is a shell command, and not every one is allowed to you here.",
  );
});

test("a rehearsal runs the check, and goes on when that fails, whatever it prints", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "plan.md"), "# Two parts\n\n- Left\n- Right\n");
  const check = "echo '- no child'; echo run >> runs; [ $(wc -l < runs) -ge 2 ]";
  const { code, err } = await world.cord("run", "plan.md", "--rehearse", "--check", check);
  expect(code).toBe(0);
  expect(err).toContain("its check failed (1 of 3)");
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ goal, status }) => [goal, status])).toEqual([
    ["Two parts", "complete"],
    ["Left", "complete"],
    ["Right", "complete"],
  ]);
});

test("an agent that was cut off before it could be told what its check refused is told when its session goes on", async () => {
  const resetsAt = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
  const account = { isUsedUp: false };
  const isThere = (name: string) => existsSync(join(world.cwd, name));
  await using world = await runWorld(async (turn) => {
    const { node, phase, lastResults } = turn;
    if (account.isUsedUp) return usedUp(resetsAt);
    if (lastResults.length > 0) return say("Done.");
    if (node === "#2") return handsIn(turn);
    if (node === "#3" && !isThere("go")) {
      await until("the check", () => isThere("begun"));
      account.isUsedUp = true;
      return usedUp(resetsAt);
    }
    if (node !== "#1" || phase === "synthesis") return call("complete", { result: "whole" });
    const check =
      "touch begun; until [ -e go ]; do sleep 0.05; done; echo run >> runs; [ $(wc -l < runs) -ge 2 ]";
    return calls([
      ["create", { goal: "Is checked", check }],
      ["create", { goal: "Finds the account used up" }],
      ["complete", { result: "planned" }],
    ]);
  });
  delete world.env["ANTHROPIC_API_KEY"];
  world.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  const run = world.start("run", "Prove it");
  await run.says("The 5-hour window is used up; the run goes on at");
  writeFileSync(join(world.cwd, "go"), "");
  await run.says("#2 pending  again: the 5-hour window is used up");
  await until("the agents' end", () => world.agents().length === 0);
  account.isUsedUp = false;
  const [{ id } = { id: "" }] = await world.client.call("runs/list", {});
  await world.cord("resume", id);
  expect(await run.ended).toMatchObject({ code: 0, out: "whole\n" });
  const { result, attempts } = await world.client.call("nodes/read", { node_id: "#2" });
  expect(result).toBe("result 2");
  expect(new Set(attempts.map(({ session }) => session)).size).toBe(1);
});
