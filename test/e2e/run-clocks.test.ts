import { expect, test } from "bun:test";
import { call, gate, looks, say } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";
import { canShift, shiftedClock } from "../support/machine/shifted-clock.ts";

/** A run whose clock is set, or whose engine is stopped for a while, loses no attempt and no time. */

/** Two parts at work until they are let go on, and what is made of them. */
function twoParts() {
  const { open, opened } = gate();
  const part = async ({ stepSincePrompt }: { stepSincePrompt: number }) => {
    if (stepSincePrompt === 0) return looks;
    await opened;
    return stepSincePrompt === 1 ? call("complete", { result: "A part." }) : say("Done.");
  };
  const script = roles({
    "#1": [
      call("create", { goal: "One" }),
      call("create", { goal: "Two" }),
      call("create", { goal: "Three", needs: ["#2", "#3"] }),
      call("complete", { result: "Planned." }),
    ],
    "#2": part,
    "#3": part,
    "#4": [call("complete", { result: "Built on both." })],
    "#1 synthesis": [call("complete", { result: "Whole." })],
  });
  return { script, open };
}

async function atWork(world: World): Promise<void> {
  for (const name of ["#2", "#3"])
    await world.model.waitFor(({ node, stepSincePrompt }) => node === name && stepSincePrompt === 1);
  await world.event(({ type, number }) => type === "task.waiting" && number === 1);
}

const attemptsIn = (out: string) =>
  JSON.parse(out).nodes.map(({ attempts }: { attempts: number }) => attempts);

test.skipIf(!canShift).each([-3600, 3600])("a clock that is set by %d s ends no lease", async (seconds) => {
  const { script, open } = twoParts();
  await using world = await runWorld(script);
  const clock = await shiftedClock();
  Object.assign(world.env, clock.env);
  const run = world.start("run", "Three parts", "--json");
  await atWork(world);
  clock.set(seconds);
  open();
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  // the root's two are its two phases
  expect(attemptsIn(out)).toEqual([2, 1, 1, 1]);
});

test("an engine that is stopped while its agents hand in goes on where they are, and tries none of them again", async () => {
  const { script, open } = twoParts();
  await using world = await runWorld(script);
  const run = world.start("run", "Three parts", "--json");
  await atWork(world);
  run.signal("SIGSTOP");
  open();
  await until("both parts' results", () =>
    ["#2", "#3"].every((name) =>
      world.model.requests.some(({ node, stepSincePrompt }) => node === name && stepSincePrompt === 2),
    ),
  );
  run.signal("SIGCONT");
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "Whole." });
  expect(attemptsIn(out)).toEqual([2, 1, 1, 1]);
});
