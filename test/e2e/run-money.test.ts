import { expect, test } from "bun:test";
import { call, say, type Turn } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** The total holds to within one model call of each agent, and what is spent is known while it is spent. */

/** A million input tokens of the default model cost 3 dollars. */
const dollars = (usd: number) => ({ input_tokens: Math.round((usd / 3) * 1_000_000), output_tokens: 1 });

async function read({ client }: World) {
  return client.call("runs/get", {});
}

test("agents that start together share what is left, work on until their share is gone, and leave the synthesis its reserve", async () => {
  const perCall = 0.05;
  const greedy = () => call("Bash", { command: "true" }, dollars(perCall));
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "One" }),
        call("create", { goal: "Two" }),
        call("create", { goal: "Three" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": greedy,
      "#3": greedy,
      "#4": greedy,
      "#1 synthesis": ({ stepSincePrompt }: Turn) =>
        stepSincePrompt === 0
          ? call("complete", { result: "What there is." }, dollars(perCall))
          : say("Done."),
    }),
  );
  const { code, out, err } = await world.cord("run", "Spend", "--total-budget", "0.5");
  expect({ code, out }).toEqual({ code: 3, out: "What there is.\n" });
  const { run, nodes } = await read(world);
  expect(run.usd).toBeGreaterThan(0.4);
  expect(run.usd).toBeLessThanOrEqual(0.5 + 4 * perCall);
  expect(run.usd).toBeCloseTo(nodes.reduce((sum, { usd }) => sum + usd, 0));
  expect(run).toMatchObject({ standing: "limited", estimated: false });
  expect(err).toContain("it used up its share of the run's total budget");
});

test("what an agent spends is seen while it works, and is not lost when it is ended before it says so", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }: Turn) =>
        stepSincePrompt < 2 ? call("Bash", { command: "true" }, dollars(0.15)) : { hang: true },
    }),
  );
  const run = world.start("run", "Spend and hang");
  await world.model.waitFor(({ stepSincePrompt }) => stepSincePrompt === 2);
  await world.event(({ data }) => "usd" in data && data.usd > 0.29);
  expect((await read(world)).run).toMatchObject({ estimated: true, standing: "running" });
  run.signal("SIGINT");
  expect((await run.ended).code).toBe(130);
  const after = await read(world);
  expect(after.run.usd).toBeCloseTo(0.3, 2);
  expect(after.run).toMatchObject({ estimated: true, standing: "interrupted" });
  await until("the end of the agents", () => world.agents().length === 0);
});
