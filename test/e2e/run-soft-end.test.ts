import { expect, test } from "bun:test";
import { call, gate, say } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";

/** A limit does not cut a run off: agents are told, work ends, and what there is is put together. */

const used = (input_tokens: number) => ({ input_tokens, output_tokens: 10 });
/** A million input tokens of the default model cost 3 dollars. */
const dollars = (usd: number) => ({ input_tokens: Math.round((usd / 3) * 1_000_000), output_tokens: 1 });

const plan = [
  call("create", { goal: "Quick" }),
  call("create", { goal: "Endless" }),
  call("complete", { result: "Planned." }),
];

test("at --timeout work ends and what there is is put together; the summary has the command that goes on", async () => {
  let isEndless = true;
  const told = gate();
  await using world = await runWorld(
    roles({
      "#1": plan,
      "#2": [call("complete", { result: "A quick part." })],
      "#3": ({ said, lastResults }) => {
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        if (said.some((text) => text.includes("Come to an end"))) told.open();
        return isEndless ? call("Bash", { command: "sleep 0.2" }) : call("complete", { result: "Ended." });
      },
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt > 0
          ? say("Done.")
          : call("complete", { result: prompt.includes("Ended.") ? "All of it." : "The quick part." }),
    }),
  );
  const run = await world.cord("run", "Take long", "--timeout", "20s");
  await told.opened;
  expect({ code: run.code, out: run.out }).toEqual({ code: 3, out: "The quick part.\n" });
  expect(run.err).toMatch(/16 s of the run's 20 s have passed\./);
  expect(run.err).toMatch(/ {2}#3 cancelled {2}the run's time is up$/m);
  expect(run.err).toMatch(/stopped by a limit after .*: its time is up/);
  const goOn = /try again +cord (run --resume [\w-]+ --timeout 40s)$/m.exec(run.err)?.[1];
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain("No result. the run's time is up");
  isEndless = false;
  const again = await world.cord(...(goOn ?? "").split(" "));
  expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: "All of it.\n" });
  // it went on in its session
  expect(new Set(turnsOf(world.model, "#3").map(({ session }) => session)).size).toBe(1);
});

test("at --total-tokens work ends within its part, and the synthesis has its own", async () => {
  let calls = 0;
  const never = gate();
  await using world = await runWorld(
    roles({
      "#1": plan,
      "#2": [call("complete", { result: "A quick part." }, used(100))],
      // the call after its share is used up has no answer, however late its end comes
      "#3": async () => {
        if (++calls > 5) await never.opened;
        return call("Bash", { command: "true" }, used(20_000));
      },
      "#1 synthesis": [call("complete", { result: "The quick part." }, used(100))],
    }),
  );
  const { code, out, err } = await world.cord("run", "Use tokens", "--total-tokens", "100000");
  expect({ code, out }).toEqual({ code: 3, out: "The quick part.\n" });
  expect(err).toContain("up to 100k tokens");
  expect(err).toMatch(/The run has spent [\d,]+ of its 100,000 tokens\./);
  expect(err).toMatch(/ {2}#3 cancelled {2}the run's total of 100,000 tokens is used up$/m);
  expect(err).toMatch(/stopped by a limit after .*: total tokens reached/);
  expect(err).toMatch(/tokens .*, of 100k$/m);
  expect(err).toMatch(/try again +cord run --resume [\w-]+ --total-tokens \d+$/m);
  const { run, nodes } = await world.client.call("runs/get", {});
  const all = nodes.reduce((sum, node) => sum + node.input_tokens + node.output_tokens, 0);
  expect(run.tokens).toBe(all);
  // by one call of the agent
  expect(all).toBeLessThan(100_000 + 20_010);
  never.open();
});

test("at --total-tokens an agent that works alone is ended, since there is nothing to put together", async () => {
  let calls = 0;
  const never = gate();
  await using world = await runWorld(
    roles({
      "#1": async () => {
        if (++calls > 5) await never.opened;
        return call("Bash", { command: "true" }, used(20_000));
      },
    }),
  );
  const { code, out, err } = await world.cord("run", "Use tokens alone", "--total-tokens", "100000");
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toContain(
    "the run's total of 100,000 tokens is used up. Give the run more with --total-tokens.",
  );
  expect(err).toMatch(/try again +cord run --resume [\w-]+ --total-tokens \d+$/m);
  const { run } = await world.client.call("runs/get", {});
  expect(run).toMatchObject({ standing: "limited", limit_hit: "total tokens" });
  expect(run.tokens).toBeLessThan(100_000 + 20_010);
  never.open();
});

test("an agent is told once at 80 % of its own budget to hand in what it has", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ said, stepSincePrompt, lastResults }) => {
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        const heard = said.filter((text) => text.includes("Come to an end"));
        if (heard.length > 0 && stepSincePrompt > 4)
          return call("complete", { result: heard.map((text) => text.split("\n")[0]).join("\n") });
        return call("Bash", { command: "sleep 0.3" }, dollars(stepSincePrompt === 0 ? 0.41 : 0.01));
      },
    }),
  );
  const { code, out } = await world.cord("run", "Spend", "--budget", "0.5");
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^You have spent \$0\.4\d of the \$0\.50 that you may\. Come to an end: hand in what you have with complete\(\)\.\n$/,
    ),
  });
});
