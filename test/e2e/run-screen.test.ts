import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "../support/machine/git.ts";
import { call, say } from "../support/claude/model.ts";
import { openPane } from "../support/terminal/pane.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";

/** What a person sees of a run: on a terminal of any size, and in a file. */

function paneOf(world: World, args: string[], size: { width: number; height: number }) {
  return openPane([world.binary, ...args], { cwd: world.cwd, env: world.env, ...size });
}

const two = () =>
  roles({
    "#1": [
      call("create", { goal: "Quick" }),
      call("create", { goal: "Slow" }),
      call("complete", { result: "Planned." }),
    ],
    "#2": [call("complete", { result: "quick" })],
    "#3": () => ({ hang: true }),
  });

test("Ctrl-C is answered at once, on a terminal and off it", async () => {
  await using world = await runWorld(roles({ "#1": () => ({ hang: true }) }));
  await using pane = await paneOf(world, ["run", "Hang"], { width: 80, height: 24 });
  await world.model.waitFor(({ node }) => node === "#1");
  await pane.press("C-c");
  await pane.shows("stopping 1 agent; again to kill");
  expect((await pane.ended()).code).toBe(130);
  const run = world.start("run", "Hang in a file");
  await world.model.waitFor(({ prompt }) => prompt.includes("Hang in a file"));
  run.signal("SIGINT");
  const { code, err } = await run.ended;
  expect(code).toBe(130);
  expect(err).toMatch(/^\d\d:\d\d:\d\d \d+s \S+ {2}stopping 1 agent; again to kill$/m);
});

test("a terminal of any size, changed in the middle, shows the tree once, and the whole of it at the end", async () => {
  await using world = await runWorld(two());
  await using pane = await paneOf(world, ["run", "A goal of many words"], { width: 120, height: 30 });
  const first = await pane.shows("✓ #2 [complete]");
  expect(first).toContain("up to $10 ($2 an agent) · 4 at once · at most 200 nodes · claude sonnet");
  expect(first).toMatch(/^cord run {2}A goal of many words +1\/3 {2}/m);
  expect(first).toMatch(/#3 \[active\] +TASK Slow +\d+s +(?:starting|thinking \d+s)/);
  for (const [width, height] of [
    [60, 10],
    [200, 40],
    [45, 30],
    [80, 24],
  ] as const) {
    await pane.resize(width, height);
    const word = width < 60 ? "● #3 TASK Slow" : "● #3 [active]";
    const shown = await pane.until((screen) => screen.includes(word) && linesOf(screen, "#3").length === 1);
    expect(linesOf(shown, "cord run  A goal")).toHaveLength(1);
  }
  await pane.press("C-c");
  const { screen } = await pane.ended();
  for (const node of ["#1", "#2", "#3"]) expect(linesOf(screen, ` ${node} [`)).toHaveLength(1);
  expect(screen).toMatch(/✓ #2 \[complete\] TASK Quick +\d+s +<?\$/);
  expect(screen).toContain("interrupted");
});

function linesOf(screen: string, text: string): string[] {
  return screen.split("\n").filter((line) => line.includes(text));
}

test("where a run stands is said in the same words by runs, status, top and tree, and the agents of runs are counted", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }) =>
        stepSincePrompt === 0 ? call("ask", { question: "Which colour?", wait_seconds: 600 }) : say("Done."),
    }),
  );
  const run = world.start("run", "A house");
  await world.event(({ kind, type }) => type === "task.created" && kind === "ask");
  const said = async (...args: string[]) => (await world.cord(...args)).out;
  expect(await said("runs")).toMatch(/waits for you \(#2\) +0\/2 +\d+s/);
  expect(await said("tree")).toMatch(/^cord run .* 0\/2 .* waits for you \(#2\)$/m);
  const status = await said("status");
  expect(status).toMatch(/^ {2}agents {5}: 1$/m);
  expect(status).toMatch(/^ {2}run {8}: \S+ {2}waits for you \(#2\) {2}0\/2 {2}/m);
  const top = await said("top", "--once");
  expect(top).toContain("+ 1 in runs");
  expect(top).toMatch(/waits #2 .*A house .*0\/2 .*waits for you \(#2\)/);
  run.signal("SIGINT");
  await run.ended;
  expect(await said("runs")).toContain("  interrupted  ");
  expect(await said("tree")).toMatch(/^cord run .* interrupted$/m);
});

test("a working tree with changes that are not committed is warned of when several agents share it", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Done." })] }));
  writeFileSync(join(world.cwd, "kept.txt"), "one\n");
  git(world.cwd, "init", "-q");
  git(world.cwd, "add", "kept.txt");
  git(world.cwd, "commit", "-qm", "one");
  const clean = await world.cord("run", "Do it");
  expect(clean.err).not.toContain("not committed");
  writeFileSync(join(world.cwd, "kept.txt"), "two\n");
  const dirty = await world.cord("run", "Do it again");
  expect(dirty.err).toContain("1 file has changes that are not committed, and up to 4 agents share");
  const alone = await world.cord("run", "Do it alone", "--jobs", "1");
  expect(alone.err).not.toContain("not committed");
});
