import { expect, test } from "bun:test";
import { call, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";

/** A person on a terminal who is asked before a run's plan is worked on. */

const plans = (...goals: readonly string[]): Reply[] => [
  ...goals.map((goal) => call("create", { goal, prompt: `Do ${goal}, and nothing else.` })),
  call("complete", { result: "Planned." }),
];
const done = (result: string): Reply[] => [call("complete", { result })];

function paneOf({ binary, cwd, env }: World, ...args: string[]): Promise<Pane> {
  return openPane([binary, ...args], { cwd, env });
}

const asked = "Is #1 to go on with this plan?";

test("a plan is shown and asked about under it, and Yes has it worked on in the same command", async () => {
  await using world = await runWorld(
    roles({ "#1": plans("one", "two"), "#2": done("A."), "#3": done("B."), "#1 synthesis": done("Both.") }),
  );
  await using pane = await paneOf(world, "run", "A house", "--plan");
  const screen = await pane.shows(asked);
  expect(screen).toContain("◇ #2 one\n     sonnet\n     Do one, and nothing else.\n◇ #3 two");
  expect(turnsOf(world.model, "#2")).toEqual([]);
  await pane.press("Enter");
  const { code, screen: last } = await pane.ended();
  expect(code).toBe(0);
  expect(last).toContain("Both.");
});

test("a remark has it planned again, in the same session, and the new plan is asked about", async () => {
  let next = 0;
  const again = ({ said, stepSincePrompt }: Turn): Reply => {
    if (!said.some((text) => text.includes("in one part")))
      return plans("one", "two")[stepSincePrompt] ?? say("Done.");
    next += 1;
    return plans("both")[next - 1] ?? say("Done.");
  };
  await using world = await runWorld(
    roles({ "#1": again, "#4": done("At once."), "#1 synthesis": done("All.") }),
  );
  await using pane = await paneOf(world, "run", "A house", "--plan");
  await pane.shows(asked);
  await pane.press("Down", "Enter");
  await pane.shows("What is to be different?");
  await pane.press("in one part", "Enter");
  await pane.shows("◇ #4 both");
  await pane.press("Enter");
  expect(await pane.ended()).toMatchObject({ code: 0 });
});

test("No asks once more, and gives the run up", async () => {
  await using world = await runWorld(roles({ "#1": plans("one") }));
  await using pane = await paneOf(world, "run", "A house", "--plan");
  await pane.shows(asked);
  await pane.press("Down", "Down", "Enter");
  await pane.shows("Stop the whole run?");
  await pane.press("Left", "Enter");
  const { code, screen } = await pane.ended();
  expect(code).toBe(1);
  expect(screen).toContain("cancelled");
});

test("who leaves it undecided is asked again by --resume", async () => {
  await using world = await runWorld(
    roles({ "#1": plans("one"), "#2": done("A."), "#1 synthesis": done("All.") }),
  );
  {
    await using pane = await paneOf(world, "run", "A house", "--plan");
    await pane.shows(asked);
    await pane.press("C-c");
    const { code, screen } = await pane.ended();
    expect(code).toBe(130);
    expect(screen).toMatch(/nothing was approved\. "cord run --resume \S+" asks again\./);
  }
  await using pane = await paneOf(world, "run", "--resume");
  await pane.shows(asked);
  expect(turnsOf(world.model, "#2")).toEqual([]);
  await pane.press("Enter");
  expect(await pane.ended()).toMatchObject({ code: 0 });
});
