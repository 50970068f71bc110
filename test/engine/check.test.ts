import { afterEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentNamed } from "../../src/engine/agents/agents.ts";
import { Checks } from "../../src/engine/check.ts";
import { troubleOfShell } from "../../src/engine/outside.ts";
import { Reporter } from "../../src/engine/reporter.ts";
import { claimNodes } from "../../src/engine/run-context.ts";
import { call, calls, say, type Turn } from "../support/claude/model.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { until } from "../support/until.ts";

/** A result counts once its check has passed. */

afterEach(endStarted);

/** Passes at its third run, and prints which it is. */
const passesThird = "echo run >> runs; n=$(wc -l < runs); echo that is run $n; [ $n -ge 3 ]";

async function checkedBy(check: string, some: object = {}, script = handsIn): Promise<World> {
  const here = await world(script);
  Object.assign(here.options, { check, ...some });
  await here.client.call("runs/modify", { run_id: here.runId, options: here.options });
  return here;
}

/** Hands in once a turn: `result 1`, `result 2`… */
function handsIn({ lastResults, said }: Turn) {
  if (lastResults.length > 0) return say("Handed in.");
  const refused = said.filter((text) => text.includes("does not count yet")).length;
  return call("complete", { result: `result ${refused + 1}` });
}

const rootOf = async ({ client, runId }: World) =>
  client.call("nodes/read", { run_id: runId, node_id: "#1" });

test("one that fails twice sends the agent on in its session, with what it printed; then the result counts", async () => {
  const here = await checkedBy(passesThird);
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  expect(here.model.scriptErrors).toEqual([]);
  const root = await rootOf(here);
  expect(root).toMatchObject({ status: "complete", result: "result 3" });
  expect(root.attempts).toHaveLength(1);
  expect(root.attempts[0]?.checks).toMatchObject([
    { verdict: "failed", code: 1, output: "that is run 1\n", command: passesThird },
    { verdict: "failed", code: 1, output: "that is run 2\n" },
    { verdict: "passed", code: 0, output: "that is run 3\n" },
  ]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  const told = here.model.requests.at(-1)?.said.join("\n") ?? "";
  expect(told).toContain("Your result does not count yet");
  expect(told).toMatch(/<output-(\w+)>\nthat is run 2\n\n<\/output-\1>/);
});

test("a check that prints nothing is not said to have printed something", async () => {
  const here = await checkedBy("exit 3");
  const engine = await here.engine();
  await engine.run();
  expect((await rootOf(here)).reason).toBe(
    "its check refused 3 results: `exit 3` exited with 3. It printed nothing.",
  );
});

test("what refuses three results ends the attempt; the next one starts afresh, and knows why", async () => {
  const here = await checkedBy("printf '\\033[31mbroken\\033[0m\\007\\n'; exit 3");
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const root = await rootOf(here);
  expect(root).toMatchObject({
    status: "failed",
    reason: expect.stringMatching(
      /^its check refused 3 results: `printf .*` exited with 3\. Its output ends: broken$/,
    ),
  });
  expect(root.attempts.map(({ checks, late_result }) => [checks.length, late_result])).toEqual([
    [3, "result 3"],
    [3, "result 3"],
  ]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(2);
});

test.each([
  ["is not there", "no-such-check --all", {}, /`no-such-check --all` was not found \(exit code 127\)/],
  ["may not be executed", "/etc/passwd", {}, /`\/etc\/passwd` may not be executed \(exit code 126\)/],
  ["hangs", "exec sleep 1009", { check_seconds: 1 }, /`exec sleep 1009` took longer than 1 s/],
  ["is killed", "kill -9 $$", {}, /`kill -9 \$\$` was ended by SIGKILL/],
])(
  "one that %s fails its node at once, keeps the result, and says how to go on",
  async (_, check, some, why) => {
    const here = await checkedBy(check, some);
    const engine = await here.engine();
    expect(await engine.run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root.attempts).toMatchObject([{ late_result: "result 1", checks: [{ verdict: "not run" }] }]);
    expect(root.reason).toMatch(why);
    const id = here.runId.slice(0, 13);
    expect(root.reason).toContain(`"cord run --resume ${id}", with another --check if need be`);
    expect(here.notices).toEqual([`#1: ${root.reason}`]);
    expect(here.processes().filter(({ argv }) => argv.includes("1009"))).toEqual([]);
  },
);

test("a final text without complete() is checked too, and its agent goes on", async () => {
  const here = await checkedBy(passesThird, {}, ({ said }) => {
    const refused = said.filter((text) => text.includes("does not count yet")).length;
    return say(`text ${refused + 1}`);
  });
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const root = await rootOf(here);
  expect(root).toMatchObject({ status: "complete", result: "text 3" });
  expect(root.attempts[0]?.checks.map(({ verdict }) => verdict)).toEqual(["failed", "failed", "passed"]);
});

test("a decomposition is not checked; children are by their own checks, one at a time, and the synthesis is", async () => {
  const one = "mkdir here || exit 1; sleep 0.2; rmdir here";
  const here = await checkedBy("echo synthesis >> order; rm -f no", {}, (turn) => {
    if (turn.lastResults.length > 0) return say("Handed in.");
    if (turn.node !== "#1") return call("complete", { result: `part ${turn.node}` });
    if (turn.phase === "synthesis") return call("complete", { result: "whole" });
    return calls([
      ["create", { goal: "Left", check: one }],
      ["create", { goal: "Right", check: one }],
      ["complete", { result: "planned" }],
    ]);
  });
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const checks = async (node: string) => {
    const { attempts } = await here.client.call("nodes/read", { run_id: here.runId, node_id: node });
    return attempts.map((attempt) => attempt.checks.map(({ verdict, command }) => [verdict, command]));
  };
  expect(await checks("#1")).toEqual([[], [["passed", "echo synthesis >> order; rm -f no"]]]);
  expect(await checks("#2")).toEqual([[["passed", one]]]);
  expect(await checks("#3")).toEqual([[["passed", one]]]);
});

test("a node that is paused or stopped while its check runs has handed in nothing, and its check is ended", async () => {
  const here = await checkedBy("echo begun > begun; exec sleep 1010");
  const engine = await here.engine();
  const running = engine.run();
  await here.next(
    ({ type, data }) => type === "attempt.progress" && String(data.notice).startsWith("checking"),
  );
  const node = { run_id: here.runId, node_id: "#1" };
  await here.client.call("nodes/pause", node);
  await until("the end of the check", () => here.processes().every(({ argv }) => !argv.includes("1010")));
  expect(await rootOf(here)).toMatchObject({
    status: "paused",
    attempts: [{ late_result: "result 1", checks: [] }],
  });
  Object.assign(here.options, { check: "true" });
  await here.client.call("runs/modify", { run_id: here.runId, options: here.options });
  await here.client.call("nodes/resume", node);
  expect(await running).toEqual({ how: "ended" });
  const root = await rootOf(here);
  expect(root).toMatchObject({ status: "complete", result: "result 1" });
  expect(root.attempts.at(-1)?.checks).toMatchObject([{ verdict: "passed", command: "true" }]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
});

test("a check that cannot be run since the run's folder is gone is nobody's fault: the node waits for that, and goes on", async () => {
  const cwd = temporaryDirectory("gone");
  const here = await checkedBy("true", {}, (turn) => {
    if (turn.step === 0) rmSync(cwd, { recursive: true });
    return handsIn(turn);
  });
  const engine = await here.engine({ cwd, holdTimes: { lookMs: 20, maxMs: 60_000 } });
  const running = engine.run();
  await until("the trouble", () => engine.trouble?.includes(cwd) === true);
  expect(await rootOf(here)).toMatchObject({ attempts: [{ checks: [] }] });
  mkdirSync(cwd);
  expect(await running).toEqual({ how: "ended" });
  const root = await rootOf(here);
  expect(root).toMatchObject({ status: "complete" });
  expect(root.attempts.at(-1)?.checks).toMatchObject([{ verdict: "passed" }]);
});

test.each([
  ["EAGAIN", "outside"],
  ["ENOSPC", "outside"],
  ["ENOENT", "unchecked"],
])("a check that cannot be started for %s is %s", async (code, kind) => {
  const here = await checkedBy("true");
  const { client, runId, env } = here;
  const [node] = (await claimNodes(client, runId, "engine-of-the-test", 1)).nodes;
  if (node === undefined) throw new Error("no node");
  const { node_id, epoch } = node;
  await client.call("nodes/complete", { run_id: runId, node_id, epoch, result: "whole", to_check: true });
  const { signal } = new AbortController();
  const reporter = new Reporter(client, runId, signal, { onSpent: () => {}, onTrouble: () => {} });
  const failed = JSON.stringify({ failed: { code, message: "no" } });
  const checks = new Checks({
    settle: () => ({ client, runId, reporter, signal, onTrouble: () => {} }),
    env,
    seconds: 60,
    graceMs: 100,
    mayGoOn: () => true,
    onNotice: () => {},
    shimCommand: ["sh", "-c", `echo '${failed}' >&3; exit 127`],
  });
  const cwd = temporaryDirectory("shell");
  const folder = join(cwd, "check-1");
  const needs = { agent: agentNamed(node.agent), env, cwd, folder };
  const attempt = {
    node,
    folder,
    cwd,
    stopped: new Promise<void>(() => {}),
    onProgress: () => {},
    onProcess: () => {},
    trouble: (why: string) => troubleOfShell(why, needs),
  };
  expect(await checks.judge(attempt, { kind: "done" })).toMatchObject({ kind });
});

test.each([
  ["called complete()", handsIn],
  ["ended with a text", () => say("result 1")],
])(
  "a check that a run gets while its agent works holds for one that then %s: it goes on in its session",
  async (_, hands) => {
    let here: World | null = null;
    const script = async (turn: Turn) => {
      if (turn.step === 0 && here !== null)
        await here.client.call("runs/modify", {
          run_id: here.runId,
          options: { ...here.options, check: passesThird },
        });
      return hands(turn);
    };
    here = await world(script);
    const engine = await here.engine();
    expect(await engine.run()).toEqual({ how: "ended" });
    const root = await rootOf(here);
    expect(root).toMatchObject({ status: "complete" });
    expect(root.attempts.map(({ checks }) => checks.map(({ verdict }) => verdict))).toEqual([
      [],
      ["failed", "failed", "passed"],
    ]);
    expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  },
);

test("when the run's time is up a check that runs may still pass; what it refuses is over, and the rest is put together", async () => {
  const check = "while [ ! -e up ]; do sleep 0.05; done; echo no; exit 1";
  const here = await world((turn) => {
    if (turn.lastResults.length > 0) return say("Handed in.");
    if (turn.node !== "#1") return call("complete", { result: `part ${turn.node}` });
    if (turn.phase === "synthesis") return call("complete", { result: "whole" });
    return calls([
      ["create", { goal: "Left" }],
      ["create", { goal: "Right", check }],
      ["complete", { result: "planned" }],
    ]);
  });
  Object.assign(here.options, { timeout_seconds: 15 });
  await here.client.call("runs/modify", { run_id: here.runId, options: here.options });
  const cwd = temporaryDirectory("late");
  const engine = await here.engine({ cwd });
  const running = engine.run();
  await until("the time's end", () => here.notices.some((text) => text.startsWith("The run's time is up")));
  writeFileSync(join(cwd, "up"), "");
  expect(await running).toEqual({ how: "ended" });
  expect(await rootOf(here)).toMatchObject({ status: "complete", result: "whole" });
  const right = await here.client.call("nodes/read", { run_id: here.runId, node_id: "#3" });
  expect(right).toMatchObject({ status: "failed", attempts: [{ late_result: "part #3" }] });
  expect(right.reason).toStartWith("its check refused 1 result: ");
});

test("a check has the agent's environment and where it stands, and no token", async () => {
  const here = await checkedBy('echo "$CORD_RUN $CORD_NODE [$CORD_TOKEN] $OF_THE_RUN in $PWD"');
  Object.assign(here.env, { OF_THE_RUN: "set", CORD_TOKEN: "a person's", CLAUDECODE: "1" });
  const cwd = temporaryDirectory("here");
  const engine = await here.engine({ cwd });
  expect(await engine.run()).toEqual({ how: "ended" });
  const root = await rootOf(here);
  expect(root.attempts[0]?.checks[0]?.output).toBe(`${here.runId} #1 [] set in ${cwd}\n`);
});
