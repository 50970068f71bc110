import { expect, test } from "bun:test";
import { dirname } from "node:path";
import { claudePath } from "../support/claude/claude.ts";
import { apiError, call, calls, say, type Script } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/**
 * The newest Claude Code beside the one that is pinned: what cord reads of its output, and what it counts on.
 * `bun run test:newest` puts it through all tests of runs.
 */

async function newestWorld(script: Script): Promise<World> {
  const world = await runWorld(script);
  world.env["PATH"] = `${dirname(claudePath("newest"))}:${world.env["PATH"] ?? ""}`;
  return world;
}

const done = (result: string) => [call("complete", { result })];

test("a tree runs to its synthesis, also where complete() stands before create() in one message", async () => {
  await using world = await newestWorld(
    roles({
      "#1": [
        calls([
          ["complete", { result: "Planned." }],
          ["create", { goal: "A part" }],
          ["create", { goal: "Built on it", needs: ["#2"] }],
        ]),
      ],
      "#2": done("The part."),
      "#3": done("The rest."),
      "#1 synthesis": done("The whole."),
    }),
  );
  const { code, out } = await world.cord("run", "Two parts");
  expect({ code, out }).toEqual({ code: 0, out: "The whole.\n" });
  expect(turnsOf(world.model, "#3")[0]?.prompt).toContain("The part.");
});

test("an agent that stops without complete() is told once to call it", async () => {
  await using world = await newestWorld(
    roles({ "#1": [say("Waiting for the build to finish."), ...done("Built.")] }),
  );
  const { code, out } = await world.cord("run", "Build it");
  expect({ code, out }).toEqual({ code: 0, out: "Built.\n" });
  expect(turnsOf(world.model, "#1")[1]?.said.join()).toContain("You stopped without calling complete()");
});

test("an API that does not serve the account halts the run, and it goes on when that is fixed", async () => {
  let isServed = false;
  const message = "Your credit balance is too low to access the Anthropic API.";
  let answered = 0;
  await using world = await newestWorld(({ step, said }) => {
    if (step > 0 && !isServed) return { error: { status: 400, message } };
    answered += 1;
    if (step === 0) return call("read_tree");
    return said.some((text) => text.startsWith("Go on.")) && answered === 2
      ? call("complete", { result: "Paid." })
      : say("Done.");
  });
  const halted = await world.cord("run", "Costs something");
  expect(halted.code).toBe(1);
  expect(halted.err).toContain("The API does not serve this account");
  isServed = true;
  const { code, out } = await world.cord("run", "--resume", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "Paid.", nodes: [{ attempts: 2 }] });
  // it goes on in its session, whose cost the program tells once more
  expect(new Set(turnsOf(world.model, "#1").map(({ session }) => session)).size).toBe(1);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes).toMatchObject([{ input_tokens: answered * 100, output_tokens: answered * 20 }]);
});

test("an API that is overloaded for a while is waited out in the session that there is", async () => {
  let refusals = 0;
  await using world = await newestWorld(({ step, stepSincePrompt }) => {
    if (step === 0) return call("read_tree");
    if (refusals++ < 6) return apiError(529);
    return stepSincePrompt <= 1 ? call("complete", { result: "After all." }) : say("Done.");
  });
  const { code, out } = await world.cord("run", "Be patient", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    result: "After all.",
    nodes: [{ attempts: 1, status: "complete" }],
  });
  expect(new Set(turnsOf(world.model, "#1").map(({ session }) => session)).size).toBe(1);
});

test("an agent whose check fails goes on in its session until it passes", async () => {
  await using world = await newestWorld(({ lastResults, said }) => {
    if (lastResults.length > 0) return say("Handed in.");
    const refused = said.filter((text) => text.includes("does not count yet")).length;
    return call("complete", { result: `result ${refused + 1}` });
  });
  const check = "echo run >> runs; [ $(wc -l < runs) -ge 3 ]";
  const { code, out } = await world.cord("run", "Prove it", "--check", check);
  expect({ code, out }).toEqual({ code: 0, out: "result 3\n" });
  expect(new Set(world.model.requests.map(({ session }) => session)).size).toBe(1);
});
