import { expect, test } from "bun:test";
import { call } from "../support/claude/model.ts";
import { openPane } from "../support/terminal/pane.ts";
import { runWorld, turnsOf } from "../support/machine/run-world.ts";

/** A run whose agents say nothing: a person sees it, and it comes to its end. */

test("an API that takes the question and is silent is shown, and the agent goes on in its session after --stall", async () => {
  let hangs = true;
  await using world = await runWorld(({ stepSincePrompt, lastResults }) => {
    if (stepSincePrompt === 0 && lastResults.length === 0) return call("Bash", { command: "echo begun" });
    if (!hangs) return call("complete", { result: "Heard again." });
    hangs = false;
    return { hang: true };
  });
  const { code, out, err } = await world.cord("run", "Be heard", "--stall", "4s");
  expect({ code, out }).toEqual({ code: 0, out: "Heard again.\n" });
  expect(err).toMatch(/#1 active {2}has said nothing for \d s/);
  expect(new Set(turnsOf(world.model, "#1").map(({ session }) => session)).size).toBe(1);
});

test("on a terminal the silence stands beside its node", async () => {
  await using world = await runWorld(() => ({ hang: true }));
  await using pane = await openPane([world.binary, "run", "Say nothing", "--stall", "8s"], world);
  expect(await pane.shows("has said nothing for")).toMatch(/#1 \[active\] .*has said nothing for \d s/);
  await pane.press("C-c");
  expect((await pane.ended()).code).toBe(130);
});

test("an agent that is silent at each try fails its node, with the reason", async () => {
  await using world = await runWorld(() => ({ hang: true }));
  const { code, out, err } = await world.cord("run", "Say nothing", "--stall", "2s");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/#1 failed {2}it gave no sign of life for 2 s/);
});
