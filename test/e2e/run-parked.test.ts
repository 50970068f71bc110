import { expect, test } from "bun:test";
import { claudePath } from "../support/claude/claude.ts";
import { call, say, type Script } from "../support/claude/model.ts";
import { unified, usedUp } from "../support/claude/subscription.ts";
import { openPane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";

/** An account that is used up, as a person sees it who runs cord: the runs park, and nothing is lost. */

/** A subscriber's machine, and whether the five hours are used up. */
async function subscribed() {
  const account = { isUsedUp: true, resetsAt: Math.ceil(Date.now() / 1000) * 1000 + 3_600_000 };
  const script: Script = ({ lastResults, node }) => {
    if (account.isUsedUp) return usedUp(account.resetsAt);
    const isDone = lastResults.some(({ text }) => text.includes('"completed"'));
    const headers = unified({ utilization: 0.83, resetsAt: account.resetsAt + 18_000_000 });
    return { ...(isDone ? say("Done.") : call("complete", { result: `Result of ${node}.` })), headers };
  };
  const world = await runWorld(script);
  delete world.env["ANTHROPIC_API_KEY"];
  world.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  return { world, account };
}

const parks = "The 5-hour window is used up; the run goes on at ";

/** The id of a run, which its first line says. */
const idIn = (err: string): string => /^cord run (\S+)/m.exec(err)?.[1] ?? "none";

/** How many requests came for a run of this goal. */
const requestsOf = ({ model }: World, goal: string): number =>
  model.requests.filter(({ prompt }) => prompt.includes(goal)).length;

test("two runs of one account: the second parks by what the first has learnt, and one that is told to go on lets both", async () => {
  const { world: one, account } = await subscribed();
  await using world = one;
  // the older one says nothing of how much is used
  world.program("claude", `exec ${claudePath("newest")} "$@"`);
  const first = world.start("run", "The first goal");
  await first.says(parks);
  const second = world.start("run", "The second goal");
  await second.says(parks);
  expect(requestsOf(world, "The second goal")).toBe(0);
  await until("the agent's end", () => world.agents().length === 0);
  const runs = await world.client.call("runs/list", {});
  expect(runs).toMatchObject(
    [1, 2].map(() => ({ standing: "parked", parked: { reason: "the 5-hour window is used up" } })),
  );

  account.isUsedUp = false;
  const id = runs.find(({ goal }) => goal === "The first goal")?.id ?? "none";
  expect((await world.cord("resume", id)).code).toBe(0);
  const ends = await Promise.all([first.ended, second.ended]);
  expect(ends.map(({ code, out }) => ({ code, out }))).toEqual([
    { code: 0, out: "Result of #1.\n" },
    { code: 0, out: "Result of #1.\n" },
  ]);
  for (const { err } of ends) {
    expect(err).toContain("The account is open again: the run goes on.");
    expect(err).toMatch(/ {2}5 h 83 %, resets (?:\w+ )?\d\d:\d\d$/m);
    expect(err).toMatch(/^ {2}account +5 h 83 %, resets (?:\w+ )?\d\d:\d\d/m);
  }
  // in its window's time a run that was parked has failed at nothing
  const { nodes } = await world.client.call("runs/get", { run_id: id });
  expect(nodes).toMatchObject([{ status: "complete", tries: 1 }]);
});

test("a daemon that is killed while a run is parked changes nothing; with its engine killed too it parks again when it is resumed", async () => {
  const { world: one, account } = await subscribed();
  await using world = one;
  const run = world.start("run", "A long goal");
  await run.says(parks);
  await until("the agent's end", () => world.agents().length === 0);
  const before = requestsOf(world, "A long goal");
  await world.kill(({ pid }) => pid === world.daemon().pid);
  expect((await world.cord("tree")).out).toContain("limit: the 5-hour window is used up, goes on at");
  await run.kill();
  await world.kill(({ pid }) => pid === world.daemon().pid);

  const resumed = world.start("run", "--resume");
  await resumed.says(parks);
  expect(requestsOf(world, "A long goal")).toBe(before);
  account.isUsedUp = false;
  const [{ id } = { id: "" }] = await world.client.call("runs/list", {});
  await world.cord("resume", id);
  const { code, out } = await resumed.ended;
  expect({ code, out }).toEqual({ code: 0, out: "Result of #1.\n" });
});

test("--on-limit stop leaves the run for later: exit 3, and the line that goes on with it", async () => {
  const { world: one, account } = await subscribed();
  await using world = one;
  const stopped = await world.cord("run", "A goal", "--on-limit", "stop");
  expect({ code: stopped.code, out: stopped.out }).toEqual({ code: 3, out: "" });
  expect(stopped.err).toMatch(
    /stopped by a limit after \d+s: the 5-hour window is used up, and resets at (?:\w+ )?\d\d:\d\d$/m,
  );
  expect(stopped.err).toContain(`resume     cord run --resume ${idIn(stopped.err)}`);
  // who comes back sees whether it is open again
  expect((await world.cord("run", "--resume")).code).toBe(3);
  account.isUsedUp = false;
  const { code, out } = await world.cord("run", "--resume");
  expect({ code, out }).toEqual({ code: 0, out: "Result of #1.\n" });
});

test("Ctrl-C ends a parked run at once, and it can be resumed", async () => {
  const { world: one } = await subscribed();
  await using world = one;
  const run = world.start("run", "A goal");
  await run.says(parks);
  run.signal("SIGINT");
  const { code, err } = await run.ended;
  expect(code).toBe(130);
  expect(err).toContain(`cord run --resume ${idIn(err)}`);
});

test("on a terminal the tree says when the run goes on, and + has it try now", async () => {
  const { world: one, account } = await subscribed();
  await using world = one;
  await using pane = await openPane([world.binary, "run", "A goal"], world);
  const parked = await pane.shows("limit: the 5-hour window is used up, goes on at");
  expect(parked).toMatch(/goes on at \d\d:\d\d \(6[01] min\)/);
  expect(parked).toMatch(/cord run {2}A goal .* parked/);
  expect(parked).toContain("+ go on now");
  expect(parked).not.toContain("The 5-hour window is used up;");
  account.isUsedUp = false;
  await pane.press("+");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("Result of #1.");
});
