import { expect, test } from "bun:test";
import { call, gate, say, type Turn } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** The total holds to within one model call of each agent, and what is spent is known while it is spent. */

/** What a million input tokens of the default model cost. */
const price = process.env["TEST_CLAUDE"] === "newest" ? 2 : 3;
const dollars = (usd: number) => ({ input_tokens: Math.round((usd / price) * 1_000_000), output_tokens: 1 });

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
  expect((await world.cord("show", "1")).out).toMatch(/^attempt {3}1 {2}work {2}ended {2}~\$0\.30 /m);
  expect(after.run).toMatchObject({ estimated: true, standing: "interrupted" });
  await until("the end of the agents", () => world.agents().length === 0);
});

test("an agent that is ended in its first call has a cost that nobody knows: it is shown as unknown, and what comes later is the least", async () => {
  let hangs = true;
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }: Turn) => {
        if (hangs) return { hang: true };
        return stepSincePrompt === 0 ? call("complete", { result: "Done." }, dollars(0.2)) : say("Done.");
      },
    }),
  );
  const run = world.start("run", "Hang at once");
  await world.model.waitFor(() => true);
  run.signal("SIGINT");
  const { err } = await run.ended;
  expect(err).toMatch(/^ {2}cost +– of \$10\.00$/m);
  expect(err).toMatch(/^ {2}tokens +–$/m);
  hangs = false;
  const again = await world.cord("run", "--resume");
  expect(again.err).toMatch(/^ {2}cost +≥\$0\.2\d of \$10\.00$/m);
  expect(again.err).toMatch(/^ {2}tokens +at least /m);
});

test("what agents spent adds up to what the model charged, where one was ended in mid-work and estimated, and one went on in its session", async () => {
  let isEnded = false;
  let charged = 0;
  const charge = (usd: number) => {
    charged += usd;
    return dollars(usd);
  };
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Ends by itself" }),
        call("create", { goal: "Is ended" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": ({ stepSincePrompt }: Turn) =>
        stepSincePrompt === 0 ? call("complete", { result: "2" }, charge(0.12)) : say("Done."),
      "#3": ({ step, lastResults }: Turn) => {
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        if (isEnded) return call("complete", { result: "3" }, charge(0.05));
        return step < 2 ? call("Bash", { command: "true" }, charge(0.07)) : { hang: true };
      },
      "#1 synthesis": ({ stepSincePrompt }: Turn) =>
        stepSincePrompt === 0 ? call("complete", { result: "All." }, charge(0.03)) : say("Done."),
    }),
  );
  const run = world.start("run", "Add up");
  await world.model.waitFor(({ node, step }) => node === "#3" && step === 2);
  await world.event(({ number, data }) => number === 3 && "usd" in data && data.usd > 0.13);
  run.signal("SIGINT");
  await run.ended;
  const ended = await read(world);
  expect(ended.nodes[2]).toMatchObject({ estimated: true, uncounted: 0 });
  expect(ended.nodes[2]?.usd).toBeCloseTo(0.14, 2);
  isEnded = true;
  expect((await world.cord("run", "--resume")).out).toBe("All.\n");
  const { run: whole, nodes } = await read(world);
  // beside what the script charged each answer costs a few hundredths of a cent
  expect(Math.abs(whole.usd - charged)).toBeLessThan(0.01);
  expect(whole.usd).toBeCloseTo(nodes.reduce((sum, { usd }) => sum + usd, 0));
});

test("what an agent spent while its engine was dying is counted when the run goes on", async () => {
  let goesOn = false;
  const answered = gate();
  await using world = await runWorld(
    roles({
      "#1": async ({ step, lastResults }: Turn) => {
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        if (goesOn) return call("complete", { result: "All." }, dollars(0.05));
        if (step === 1) await answered.opened;
        return step < 2 ? call("Bash", { command: "true" }, dollars(0.1 + step / 10)) : { hang: true };
      },
    }),
  );
  const run = world.start("run", "Die");
  await world.model.waitFor(({ step }) => step === 1);
  await world.event(({ data }) => "usd" in data && data.usd > 0.09);
  // it hears nothing more of its agent, which goes on
  run.signal("SIGSTOP");
  answered.open();
  await world.model.waitFor(({ step }) => step === 2);
  run.signal("SIGKILL");
  await run.ended;
  expect((await read(world)).run.usd).toBeCloseTo(0.1, 2);
  goesOn = true;
  expect((await world.cord("run", "--resume")).out).toBe("All.\n");
  const { run: whole } = await read(world);
  expect(Math.abs(whole.usd - 0.35)).toBeLessThan(0.005);
  expect(whole).toMatchObject({ estimated: true, uncounted: 0 });
});
