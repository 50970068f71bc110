import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, gate, say } from "../support/claude/model.ts";
import { openPane } from "../support/terminal/pane.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";

/** What a person does around a run with the commands alone: hits the node they mean, follows it, and reads what was paid for. */

const short = (id: string) => id.slice(0, 13);

async function idOf(world: World, goal: string): Promise<string> {
  const { run_id } = await world.event(({ type, name }) => type === "run.created" && name === goal);
  return run_id ?? "";
}

test("with two runs at work, a number that both have is refused with the list; one that only one has hits it, by name", async () => {
  await using world = await runWorld((turn) => {
    if (turn.node !== "#1") return { hang: true };
    const children = turn.phase === "synthesis" ? 0 : turn.prompt.includes("First") ? 1 : 2;
    if (turn.stepSincePrompt < children) return call("create", { goal: `Part ${turn.stepSincePrompt}` });
    return turn.stepSincePrompt === children ? call("complete", { result: "Done." }) : say("Done.");
  });
  const runs = [world.start("run", "First"), world.start("run", "Second")];
  await world.event(({ number }) => number === 3);
  const [first, second] = [await idOf(world, "First"), await idOf(world, "Second")];
  await world.event(
    ({ number, run_id, type }) => number === 2 && run_id === first && type === "task.claimed",
  );

  const refused = await world.cord("stop", "2");
  expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: "" });
  expect(refused.err).toStartWith("cord stop: 2 open runs have a #2, so say which you mean: --run ");
  for (const id of [first, second]) expect(refused.err).toContain(`--run ${short(id)}`);

  expect(await world.cord("stop", "3")).toMatchObject({
    code: 0,
    out: `#3 of run ${short(second)} cancelled  Part 1\n`,
  });
  expect(await world.cord("stop", "2", "--run", first)).toMatchObject({
    out: `#2 of run ${short(first)} cancelled  Part 0\n`,
  });
  expect(await world.cord("stop", "2", "--run", first)).toMatchObject({
    code: 1,
    err: `cord stop: #2 of run ${short(first)} is cancelled: there is nothing left to stop.\n`,
  });
  // the wait's exit code says how what it waited for ended
  expect((await world.cord("wait", "--run", second, "--node", "3")).code).toBe(1);
  expect((await world.cord("wait", "--run", first)).code).toBe(0);
  expect((await world.cord("wait", "--run", first, "--node", "9")).err).toContain("had no node 9");
  for (const run of runs) run.signal("SIGINT");
  await Promise.all(runs.map(({ ended }) => ended));
});

test("a log is followed from before its node starts to the end of its attempt", async () => {
  const open = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Before" }),
        call("create", { goal: "After", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": async ({ stepSincePrompt }) => {
        await open.opened;
        return stepSincePrompt === 0 ? call("complete", { result: "Before." }) : say("Done.");
      },
      "#3": [call("Bash", { command: "echo begun" }), call("complete", { result: "After." })],
      "#1 synthesis": [call("complete", { result: "Both." })],
    }),
  );
  const run = world.start("run", "Follow");
  await world.event(({ number }) => number === 3);
  expect(await world.cord("logs", "3")).toMatchObject({
    code: 1,
    err: expect.stringContaining('has not been started yet. "cord logs 3 -f --run'),
  });
  const log = world.start("logs", "3", "-f");
  await log.says("#3 is pending and needs #2; its log is printed once an agent works on it.");
  open.open();
  const { code, out } = await log.ended;
  expect(code).toBe(0);
  expect(out).toContain("→ Bash: echo begun");
  expect((await run.ended).out).toBe("Both.\n");
});

test("what a run has made can be read again: its nodes whole, and its report, rendered on a terminal", async () => {
  const report = "# The *report*\n\n- one\n- two\n\u001b]0;owned\u0007";
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Part", prompt: "Do the part well." }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: `${"long ".repeat(500)}end` })],
      "#1 synthesis": [call("complete", { result: report })],
    }),
  );
  const { err } = await world.cord("run", "Write");
  const id = short(await idOf(world, "Write"));
  expect(err).toContain(`  report     cord report ${id}\n`);
  expect(err).toContain(`  a node     cord show 2 --run ${id}\n`);

  const printed = { code: 0, out: `${report}\n`, err: "" };
  expect(await world.cord("report")).toEqual(printed);
  expect(await world.cord("report", id)).toEqual(printed);
  expect(await world.cord("show", id)).toEqual(printed);
  const { out: json } = await world.cord("report", "--json");
  expect(JSON.parse(json)).toMatchObject({
    run_id: expect.stringContaining(id),
    result: report,
    nodes: [{}, {}],
  });

  const node = await world.cord("show", "2");
  expect(node).toEqual(await world.cord("show", "2", "--run", id));
  expect(node.out).toMatch(
    new RegExp(
      `^node      #2 of run ${id}\ngoal      Part\nstate     complete .*\nparent    #1 \\[complete\\] Write\nattempt   1  work  ended .*\nlog       cord logs 2 --run ${id}\n\nprompt:\n\nDo the part well\\.\n\nresult:\n\n(?:long ){500}end\n$`,
    ),
  );
  expect((await world.cord("show", "1")).out).toContain("said when it handed out work:\n\nPlanned.");
  expect(JSON.parse((await world.cord("show", "2", "--json")).out)).toMatchObject({ id: "#2", goal: "Part" });
  expect(await world.cord("show", "3")).toMatchObject({
    code: 1,
    err: expect.stringContaining(`There is no node #3 in run ${id}`),
  });

  const { env, cwd, binary } = world;
  {
    await using pane = await openPane([binary, "report"], { cwd, env, width: 60 });
    const screen = await pane.shows("two");
    expect(screen.trim()).toBe("The report\n\n• one\n• two");
  }

  // a task of the board keeps its number; a person is told of the node beside it
  for (const name of ["Task one", "Task two"]) await world.cord("send", name);
  expect((await world.cord("show", "2")).out).toContain("name      Task two");
  await using pane = await openPane([binary, "show", "2"], { cwd, env, width: 90 });
  await pane.shows(`"cord show 2 --run ${id}" shows the node.`);
});

test("a failed node names its log, and a run that failed says that it has no report", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "plan.md"), "# A plan\n");
  world.wrapClaude("exit 7");
  const { code, err } = await world.cord("run", "plan.md");
  const id = short(await idOf(world, "A plan"));
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`failed {5}#1 A plan: .*\n {13}cord logs 1 --run ${id}\n`));
  expect(await world.cord("report")).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining(`cord report: Run ${id} has no report: it failed, `),
  });
  expect((await world.cord("show", "1")).out).toContain("state     failed");
});
