import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, calls, gate, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { usedUp } from "../support/claude/subscription.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** A person who approves what a run has planned before it is worked on, where nobody can be asked. */

const plans = (...goals: readonly string[]): Reply[] => [
  ...goals.map((goal) => call("create", { goal, prompt: `Do ${goal}, and nothing else.` })),
  call("complete", { result: "Planned." }),
];
const done = (result: string): Reply[] => [call("complete", { result })];

/** Plans, and when it is told something, plans again. */
const plansAgain = (first: readonly Reply[], second: readonly Reply[]) => {
  let next = 0;
  return ({ said, stepSincePrompt }: Turn): Reply => {
    if (!said.some((text) => text.includes("Plan again"))) return first[stepSincePrompt] ?? say("Done.");
    next += 1;
    return second[next - 1] ?? say("Done.");
  };
};

const snapshotOf = async ({ client }: World) => {
  const [run] = await client.call("runs/list", {});
  if (run === undefined) throw new Error("There is no run.");
  return client.call("runs/get", { run_id: run.id });
};

test("--plan ends with the plan and nothing of it done, and --resume approves what was shown", async () => {
  await using world = await runWorld(
    roles({
      "#1": plans("one", "two"),
      "#2": done("First."),
      "#3": done("Second."),
      "#1 synthesis": done("Both."),
    }),
  );
  const planned = await world.cord("run", "A house", "--plan");
  expect(planned.code).toBe(0);
  expect(planned.out).toContain("#1 A house: a plan of 2 nodes");
  expect(planned.out).toMatch(/◇ #2 one\n {5}sonnet\n {5}Do one, and nothing else\./);
  const [, name = ""] = /cord run --resume (\S+)/.exec(planned.err) ?? [];
  expect(planned.err).toContain(`waits for your approval`);
  expect(turnsOf(world.model, "#2")).toEqual([]);
  expect((await world.cord("runs")).out).toContain("waits for your approval");
  expect((await world.cord("tree")).out).toContain("◇ #2 [proposed] TASK one");
  const { code, out, err } = await world.cord("run", "--resume", name);
  expect({ code, out }).toEqual({ code: 0, out: "Both.\n" });
  expect(err).toContain("Approved: what #1 planned, 2 nodes.");
});

test("a plan that is rejected is made again in the session of the first, with the remark", async () => {
  await using world = await runWorld(
    roles({
      "#1": plansAgain(plans("one", "two"), plans("both")),
      "#4": done("Done at once."),
      "#1 synthesis": done("All."),
    }),
  );
  expect((await world.cord("run", "A house", "--plan")).out).toContain("#3 two");
  const rejected = await world.cord("reject", "1", "in one part");
  expect(rejected.code).toBe(0);
  expect(rejected.out).toMatch(
    /^#1 of run \S+: its plan of 2 nodes was rejected {2}A house\nGo on with it: cord run --resume /,
  );
  const again = await world.cord("run", "--resume");
  expect(again.code).toBe(0);
  expect(again.out).toContain("a plan of 1 node");
  expect(again.out).not.toContain("#2");
  const told = turnsOf(world.model, "#1").at(-1);
  expect(told?.session).toBe(turnsOf(world.model, "#1")[0]?.session ?? "");
  expect(JSON.stringify(told?.messages)).toContain("in one part");
  expect((await world.cord("approve")).out).toContain("#1 of run");
  const { code, out } = await world.cord("run", "--resume");
  expect({ code, out }).toEqual({ code: 0, out: "All.\n" });
  const { run } = await snapshotOf(world);
  expect(run).toMatchObject({ standing: "complete", nodes: 2, lost: 0 });
});

test("--plan=all holds each plan; the rest goes on, and cord approve lets an engine that works go on", async () => {
  const slow = gate();
  await using world = await runWorld(
    roles({
      "#1": plans("one", "two"),
      "#2": plans("below"),
      "#3": async ({ stepSincePrompt }) => {
        if (stepSincePrompt > 0) return say("Done.");
        await slow.opened;
        return call("complete", { result: "Second." });
      },
      "#4": done("Below."),
      "#2 synthesis": done("First."),
      "#1 synthesis": done("Both."),
    }),
  );
  await world.cord("run", "A house", "--plan=all");
  const run = world.start("run", "--resume");
  await world.event(({ type, data }) => type === "run.proposed" && "parent" in data && data.parent === 2);
  const { nodes } = await snapshotOf(world);
  expect(nodes[3]).toMatchObject({ number: 4, status: "pending", proposal: "open" });
  expect((await world.cord("approve", "#2")).out).not.toContain("Go on with it");
  await world.event(({ type, number }) => type === "task.completed" && number === 4);
  slow.open();
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "Both.\n" });
});

test("a plan that nobody was shown, since cord was killed before, is shown and not approved by --resume", async () => {
  await using world = await runWorld(
    roles({ "#1": plans("one"), "#2": done("First."), "#1 synthesis": done("All.") }),
  );
  const run = world.start("run", "A house", "--plan");
  await world.event(({ type }) => type === "run.proposed");
  await run.kill();
  await world.kill();
  const shown = await world.cord("run", "--resume");
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining("#2 one") });
  expect(turnsOf(world.model, "#2")).toEqual([]);
  const { code, out } = await world.cord("run", "--resume");
  expect({ code, out }).toEqual({ code: 0, out: "All.\n" });
});

test("a root that was killed with its daemon before it handed its plan in goes on with it, and nothing is worked on", async () => {
  const handing = gate();
  await using world = await runWorld(
    roles({
      "#1": async ({ stepSincePrompt, prompt, messages, lastResults }) => {
        if (lastResults.some(({ text }) => text.includes("completed"))) return say("Done.");
        const goesOn =
          stepSincePrompt > 0 || /cut off|already created/.test(JSON.stringify([prompt, messages]));
        if (!goesOn) return call("create", { goal: "one" });
        if (stepSincePrompt === 1) await handing.opened;
        return call("complete", { result: "Planned." });
      },
      "#2": done("First."),
      "#1 synthesis": done("All."),
    }),
  );
  const run = world.start("run", "A house", "--plan");
  await world.event(({ type, number }) => type === "task.created" && number === 2);
  await run.kill();
  await world.kill();
  handing.open();
  const shown = await world.cord("run", "--resume");
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining("a plan of 1 node") });
  expect(turnsOf(world.model, "#2")).toEqual([]);
  expect((await world.cord("run", "--resume")).out).toBe("All.\n");
});

test("--json gives the plan whole, and a plan can be given up", async () => {
  await using world = await runWorld(roles({ "#1": plans("one") }));
  const { code, out } = await world.cord("run", "A house", "--plan", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    standing: "proposed",
    plans: [
      {
        node_id: "#1",
        nodes: [{ node_id: "#2", goal: "one", prompt: "Do one, and nothing else.", model: "sonnet" }],
        estimate: { usd: 0, unknown: 1, from: 0 },
      },
    ],
  });
  expect((await world.cord("stop", "1")).code).toBe(0);
  expect(await world.cord("approve")).toMatchObject({
    code: 1,
    err: expect.stringContaining("has a plan that waits for your approval"),
  });
});

test("a rehearsal shows what a plan would be approved as, rejects and approves it, and spends nothing", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "plan.md"), "# Ship it\n\n1. Build\n2. Test\n");
  const { out } = await world.cord("run", "plan.md", "--rehearse", "--plan");
  expect(out).toContain("◇ #2 Build\n");
  expect(out).toContain("needs #2");
  expect(out).toContain("It costs nothing");
  await world.cord("reject", "once more");
  expect((await world.cord("run", "--resume")).out).toContain("◇ #4 Build\n");
  const { code, err } = await world.cord("run", "--resume");
  expect(code).toBe(0);
  expect(err).toMatch(/nodes +3 complete\n/);
  expect(err).toContain("a node     cord show 4 ");
  expect(world.model.requests).toEqual([]);
});

test("a skill's tree waits for approval as any plan does, before any agent of it starts", async () => {
  await using world = await runWorld();
  const { code, out, err } = await world.cord("run", "@review", "src/", "--rehearse", "--plan");
  expect(code).toBe(0);
  expect(out).toMatch(/^#1 .*: a plan of \d+ nodes\n/);
  expect(err).not.toContain("active");
  const { run } = await snapshotOf(world);
  expect(run).toMatchObject({ standing: "proposed", done: 0 });
  expect((await world.cord("run", "--resume")).code).toBe(0);
  expect((await snapshotOf(world)).run).toMatchObject({ standing: "complete", lost: 0 });
});

test("a plan that is handed in while the account is used up is shown at once: a person decides meanwhile", async () => {
  const resetsAt = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
  const parked = gate();
  await using world = await runWorld(async ({ prompt, lastResults }) => {
    if (prompt.includes("Another goal")) return usedUp(resetsAt);
    if (lastResults.length > 0) return say("Done.");
    await parked.opened;
    return calls([
      ["create", { goal: "One part" }],
      ["complete", { result: "planned" }],
    ]);
  });
  delete world.env["ANTHROPIC_API_KEY"];
  world.env["CLAUDE_CODE_OAUTH_TOKEN"] = "a subscription's";
  const planned = world.start("run", "Plan it", "--plan");
  await world.model.waitFor(({ prompt }) => prompt.includes("Plan it"));
  const other = world.start("run", "Another goal");
  await planned.says("The 5-hour window is used up; the run goes on at");
  parked.open();
  const { code, out } = await planned.ended;
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("#2 One part") });
  await other.kill();
});
