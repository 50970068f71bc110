import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, gate, say } from "../support/claude/model.ts";
import { startProxy } from "../support/network/proxy.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** A run that was cut by a limit, or in which something failed, goes on, also when it is over, and pays for nothing twice. */

/** A million input tokens of the default model cost 3 dollars. */
const dollars = (usd: number) => ({ input_tokens: Math.round((usd / 3) * 1_000_000), output_tokens: 1 });

async function lastRun({ client }: World) {
  return (await client.call("runs/get", {})).run;
}

test("a run that its total budget stopped goes on with more, by --resume, and what is complete is not done again", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Costly" }),
        call("create", { goal: "Came too late" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: "A costly part." }, dollars(1.7))],
      "#3": [call("complete", { result: "The late part." })],
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt > 0
          ? say("Done.")
          : call("complete", { result: prompt.includes("The late part.") ? "All of it." : "Half of it." }),
    }),
  );
  const first = await world.cord("run", "Spend", "--total-budget", "2", "--jobs", "1");
  expect({ code: first.code, out: first.out }).toEqual({ code: 3, out: "Half of it.\n" });
  const { id } = await lastRun(world);
  expect(first.err).toContain(`  try again  cord run --resume ${id.slice(0, 13)} --total-budget 3\n`);
  const refused = await world.cord("run", "--resume", id);
  expect(refused.code).toBe(3);
  expect(refused.err).toMatch(
    /has spent \$1\.70 of its \$2\.00\. Give it more: "cord run --resume \S+ --total-budget 3"/,
  );

  const again = await world.cord("run", "--resume", id, "--total-budget", "20");
  expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: "All of it.\n" });
  expect(turnsOf(world.model, "#2").filter(({ stepSincePrompt }) => stepSincePrompt === 0)).toHaveLength(1);
  expect(await lastRun(world)).toMatchObject({ standing: "complete", limit_hit: null, lost: 0 });
  const over = await world.cord("run", "--resume", id);
  expect(over.code).toBe(1);
  expect(over.err).toContain("is over (complete). Nothing in it failed");
});

test("cord retry opens a node that failed, with what hung on it, and says how to go on with a run that is over", async () => {
  let fails = true;
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Fails" }),
        call("create", { goal: "Hangs on it", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": ({ stepSincePrompt }) => {
        if (fails) return { error: { status: 400, message: "a policy" } };
        return stepSincePrompt > 0 ? say("Done.") : call("complete", { result: "In the end." });
      },
      "#3": [call("complete", { result: "Built on it." })],
      "#1 synthesis": ({ stepSincePrompt }) =>
        stepSincePrompt > 0 ? say("Done.") : call("complete", { result: fails ? "Nothing." : "Something." }),
    }),
  );
  expect((await world.cord("run", "Try")).out).toBe("Nothing.\n");
  fails = false;
  const { code, out } = await world.cord("retry", "2");
  const { id } = await lastRun(world);
  const run = id.slice(0, 13);
  expect({ code, out }).toEqual({
    code: 0,
    out: `#2 of run ${run} is to be tried again  Fails\nwith #3\nGo on with it: cord run --resume ${run}\n`,
  });
  expect((await world.cord("retry", "2")).err).toContain("#2 of run");
  expect((await world.cord("run", "--resume", run)).out).toBe("Something.\n");
  expect(
    turnsOf(world.model, "#1", "work").filter(({ stepSincePrompt }) => stepSincePrompt === 0),
  ).toHaveLength(1);
  expect(await lastRun(world)).toMatchObject({ standing: "complete", done: 3 });
});

test("a node that is tried again while others work is started at once", async () => {
  let fails = true;
  const { open, opened } = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Fails" }),
        call("create", { goal: "Works on" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": ({ stepSincePrompt }) => {
        if (fails) return { error: { status: 400, message: "a policy" } };
        return stepSincePrompt > 0 ? say("Done.") : call("complete", { result: "In the end." });
      },
      "#3": async () => {
        await opened;
        return call("complete", { result: "Worked on." });
      },
      "#1 synthesis": [call("complete", { result: "Both." })],
    }),
  );
  const run = world.start("run", "Try");
  await world.event(({ type, number }) => type === "task.failed" && number === 2);
  fails = false;
  const { code, out } = await world.cord("retry", "2");
  expect({ code, lines: out.trim().split("\n").length }).toEqual({ code: 0, lines: 1 });
  await world.event(({ type, number }) => type === "task.completed" && number === 2);
  open();
  expect(await run.ended).toMatchObject({ code: 0, out: "Both.\n" });
});

test("a run that is opened again while its engine takes its leave goes on with it", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  writeFileSync(join(world.cwd, "plan.md"), '# A plan\n\n- Fails {rehearse="fail 1" retries=0}\n');
  expect((await world.cord("status")).code).toBe(0);
  await using proxy = startProxy(world.url, world.token);
  const held = proxy.hold(/"leaving":true/);
  const run = world.start("run", "plan.md", "--rehearse", "--url", proxy.url);
  await held.here;
  const over = await lastRun(world);
  expect(over).toMatchObject({ standing: "partial", lost: 1 });
  const retried = await world.cord("retry", "2", "--run", over.id);
  // an engine is still there
  expect({ code: retried.code, goesOn: retried.out.includes("--resume") }).toEqual({
    code: 0,
    goesOn: false,
  });
  held[Symbol.dispose]();
  const { code, err } = await run.ended;
  expect(err).toContain("was opened again as it ended; it goes on");
  expect(code).toBe(0);
  expect(await lastRun(world)).toMatchObject({ standing: "complete", lost: 0 });
});
