import { afterEach, describe, expect, test } from "bun:test";
import { claudePath, type ClaudeVersion } from "../support/claude/claude.ts";
import { apiError, call, calls, gate, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { unified, usedUp } from "../support/claude/subscription.ts";
import { endStarted, graces, world, type World } from "../support/engine/engine-world.ts";

/** A subscription's window that is used up in the middle of a run, with the real Claude Code: the run parks, and goes on. */

afterEach(endStarted);

const versions: ClaudeVersion[] = ["pinned", "newest"];

/** Completes, and says a last word. */
const completes = ({ lastResults }: Turn, result: string): Reply =>
  lastResults.some(({ text }) => text.includes('"completed"')) ? say("Done.") : call("complete", { result });

/** Claude Code of a version, as a subscriber's. */
function subscribe(here: World, version: ClaudeVersion): void {
  delete here.env["ANTHROPIC_API_KEY"];
  here.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  here.program("claude", `exec ${claudePath(version)} "$@"`);
}

/** What can be used, until the test says otherwise. */
function allowance() {
  const state = { isUsedUp: false, resetsAt: 0 };
  return {
    state,
    /** The window is used up, and is open again after so long. Whole seconds are told. */
    useUp(ms: number) {
      Object.assign(state, { isUsedUp: true, resetsAt: Math.ceil((Date.now() + ms) / 1000) * 1000 });
    },
    /** An answer, if there is one to be had. */
    answer(reply: Reply): Reply {
      if (state.isUsedUp && Date.now() < state.resetsAt) return usedUp(state.resetsAt);
      const told = unified({ utilization: 0.5, resetsAt: Date.now() + 3_600_000 });
      return "error" in reply || "hang" in reply || "cut" in reply ? reply : { ...reply, headers: told };
    },
  };
}

describe.each(versions)("with Claude Code, %s", (version) => {
  test("three agents are stopped by a used-up window; one tries at its reset in its old session, then the others", async () => {
    const account = allowance();
    const all = gate();
    const begun = new Set<string | null>();
    const here = await world(async (turn) => {
      const { node, phase, stepSincePrompt, step } = turn;
      if (node === "#1" && phase === "work")
        return account.answer(
          stepSincePrompt === 0
            ? calls([
                ["create", { goal: "a" }],
                ["create", { goal: "b" }],
                ["create", { goal: "c" }],
                ["complete", { result: "Planned." }],
              ])
            : say("Planned."),
        );
      if (node === "#1") return account.answer(completes(turn, "All of it."));
      if (step === 0) return account.answer(call("Bash", { command: `echo ${node}` }));
      if (!account.state.isUsedUp) {
        begun.add(node);
        if (begun.size === 3) {
          account.useUp(2000);
          all.open();
        }
        await all.opened;
      }
      return account.answer(completes(turn, `Part ${node}.`));
    });
    subscribe(here, version);
    const engine = await here.engine();
    expect(await engine.run()).toEqual({ how: "ended" });
    const { nodes, run } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes.map(({ status, result }) => `${status} ${result}`)).toEqual([
      "complete All of it.",
      "complete Part #2.",
      "complete Part #3.",
      "complete Part #4.",
    ]);
    const tries = here.events.flatMap((event) =>
      event.type === "attempt.started" ? [event.data.tries] : [],
    );
    // none of what was stopped counts as one
    expect(tries.length).toBeGreaterThan(6);
    expect(new Set(tries)).toEqual(new Set([1]));
    const afterReset = here.model.requests.filter(
      ({ startedAt }) => performance.timeOrigin + startedAt > account.state.resetsAt,
    );
    const [first, second] = afterReset;
    expect(second?.startedAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
    for (const node of ["#2", "#3", "#4"]) {
      const sessions = here.model.requests.filter((turn) => turn.node === node).map(({ session }) => session);
      expect(new Set(sessions).size).toBe(1);
    }
    expect(here.notices[0]).toMatch(
      /^The 5-hour window is used up; the run goes on (?:in \d+ s|at \d\d:\d\d)\.$/,
    );
    expect(here.notices.slice(1)).toEqual([
      "The 5-hour window is used up; one agent tries again.",
      "The account is open again: the run goes on.",
    ]);
    expect(run.parked).toBeNull();
    expect(here.events.filter(({ type }) => type.endsWith("parked")).map(({ type }) => type)).toEqual([
      "run.parked",
      "run.unparked",
    ]);
  });
});

test("what was claimed and has not started yet does not start any more, and a run that is parked ends at once", async () => {
  const here = await world((turn) => {
    if (turn.node !== "#1") return usedUp(Date.now() + 3_600_000);
    return turn.stepSincePrompt === 0
      ? calls([
          ["create", { goal: "a" }],
          ["create", { goal: "b" }],
          ["create", { goal: "c" }],
          ["complete", { result: "Planned." }],
        ])
      : say("Planned.");
  });
  subscribe(here, "newest");
  const engine = await here.engine({ graces: { ...graces, siblings: 60_000 } });
  const ending = engine.run();
  const given = new Set<number | null>();
  // two of them wait for the answer to the first, so that they read its cache
  await here.next(({ type, number }) => type === "task.released" && given.add(number).size === 3);
  expect(engine.running).toBe(0);
  await engine.interrupt();
  expect(await ending).toEqual({ how: "interrupted" });
  expect(here.model.requests.filter(({ node }) => node !== "#1").map(({ node }) => node)).toEqual(["#2"]);
  const { nodes, run } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.slice(1).map(({ status }) => status)).toEqual(["pending", "pending", "pending"]);
  expect(run.parked).toMatchObject({ reason: "the 5-hour window is used up" });
});

test("a throttle of the API, which is no window, is waited out by all agents together: one tries at a time", async () => {
  const all = gate();
  const met = new Set<string | null>();
  const throttled: { at: number }[] = [];
  let isThrottled = true;
  const here = await world(async (turn) => {
    const { node, phase, stepSincePrompt, step } = turn;
    if (node === "#1" && phase === "work")
      return stepSincePrompt === 0
        ? calls([
            ["create", { goal: "a" }],
            ["create", { goal: "b" }],
            ["create", { goal: "c" }],
            ["complete", { result: "Planned." }],
          ])
        : say("Planned.");
    if (node === "#1") return completes(turn, "All of it.");
    if (step === 0) return call("Bash", { command: `echo ${node}` });
    if (!isThrottled) return completes(turn, `Part ${node}.`);
    met.add(node);
    if (met.size === 3) all.open();
    await all.opened;
    throttled.push({ at: here.model.running().size });
    if (throttled.length === 6) isThrottled = false;
    return apiError(throttled.length % 2 === 0 ? 429 : 529);
  });
  here.env["CLAUDE_CODE_MAX_RETRIES"] = "0";
  expect(await (await here.engine()).run()).toEqual({ how: "ended" });
  const { nodes, run } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
    "complete 2",
    "complete 1",
    "complete 1",
    "complete 1",
  ]);
  // the three that met it, and then one after the other
  expect(throttled.slice(3).map(({ at }) => at)).toEqual([1, 1, 1]);
  expect([run.parked, here.events.filter(({ type }) => type === "run.parked")]).toEqual([null, []]);
});
