import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";
import { isDaemon } from "../support/machine/processes.ts";
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
  await pane.press("Down", "Down", "Enter");
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
  await pane.press("Down", "Down", "Down", "Enter");
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

test("an edit is made in the person's editor: a bad one is said with its line, and the editor opens again with the text", async () => {
  await using world = await runWorld(
    roles({
      "#1": plans("one", "two", "three"),
      "#2": done("A."),
      "#4": done("C."),
      "#5": done("D."),
      "#1 synthesis": done("All of it."),
    }),
  );
  // the first time needs what is not there, the second time still, the third something else; what it was given is kept
  world.program(
    "rewrite",
    `test "$1" = --now || exit 3
cp "$2" "$HOME/given"; echo x >> "$HOME/times"
if test "$(wc -l < "$HOME/times")" = 1; then sed -i 's/^# one.*/# uno {#2 needs="#7" model=opus}/; /^# two/,/^# three/{/^# three/!d}' "$2"
elif test "$(wc -l < "$HOME/times")" = 3; then sed -i 's/needs="#7"/needs="#new"/' "$2"; printf '\n# four {#new}\n\nDo four.\n' >> "$2"; fi`,
  );
  world.env["VISUAL"] = "rewrite --now";
  await using pane = await paneOf(world, "run", "A house", "--plan");
  await pane.shows(asked);
  await pane.press("Down", "Enter");
  await pane.shows("There is no node #7.");
  const screen = await pane.shows("Edit it once more?");
  expect(screen.replaceAll("\n", "")).toMatch(/plan-1-\w+\.md:12: There is no node #7\. There are #2, #4\./);
  await pane.press("Enter");
  await pane.until((text) => text.split("Edit it once more?").length === 3);
  // who gives it up and edits the plan again goes on with what they wrote
  await pane.press("Right", "Enter");
  await pane.until(
    (text) =>
      text.lastIndexOf("Enter: confirm") > text.indexOf("What you wrote is kept") && text.includes("is kept"),
  );
  await pane.press("Down", "Enter");
  // what is pressed before the question is there is nobody's
  const edited = await pane.until(
    (text) => text.includes("◇ #5 four") && text.lastIndexOf("Enter: confirm") > text.indexOf("◇ #5 four"),
  );
  expect(readFileSync(join(world.home, "given"), "utf8")).toContain('# uno {#2 needs="#7" model=opus}');
  expect(edited).toContain("◇ #2 uno\n     opus · needs #5\n     Do one, and nothing else.\n◇ #4 three");
  await pane.press("Enter");
  expect((await pane.ended()).code).toBe(0);
  const uno = turnsOf(world.model, "#2")[0];
  expect(uno?.prompt).toContain("D.");
  expect(uno?.model).toContain("opus");
  expect(turnsOf(world.model, "#5")[0]?.prompt).toContain("Do four.");
  expect(turnsOf(world.model, "#3")).toEqual([]);
});

test("an editor that changes nothing, or fails, leaves the plan as it is", async () => {
  await using world = await runWorld(
    roles({ "#1": plans("one"), "#2": done("A."), "#1 synthesis": done("All.") }),
  );
  world.program("edit", `test -e "$HOME/failed" || { touch "$HOME/failed"; exit 7; }`);
  world.env["EDITOR"] = "edit";
  await using pane = await paneOf(world, "run", "A house", "--plan");
  await pane.shows(asked);
  await pane.press("Down", "Enter");
  const askedAfter = (text: string) =>
    pane.until((screen) => screen.includes(text) && screen.lastIndexOf(asked) > screen.indexOf(text));
  await askedAfter("The editor (edit) exited with 7.");
  await pane.press("Down", "Enter");
  await askedAfter("Nothing was changed.");
  await pane.press("Enter");
  expect((await pane.ended()).code).toBe(0);
});

test("a daemon that is killed while a person thinks loses nothing of the plan", async () => {
  await using world = await runWorld(
    roles({ "#1": plans("one"), "#2": done("A."), "#1 synthesis": done("All.") }),
  );
  await using pane = await paneOf(world, "run", "A house", "--plan");
  await pane.shows(asked);
  await world.kill(isDaemon);
  await pane.press("Enter");
  expect((await pane.ended()).code).toBe(0);
  expect(await world.client.call("runs/list", {})).toMatchObject([
    { standing: "complete", nodes: 2, done: 2 },
  ]);
});
