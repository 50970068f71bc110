import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, gate, looks, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { roles, runWorld } from "../support/machine/run-world.ts";
import { openPane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";

/** A person who steps into a run by keys, in a real terminal. */

const size = { width: 80, height: 24 };

test("arrows select a node, and s stops it and what is below it once that is agreed to", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Endless" }),
        call("create", { goal: "Quick" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": ({ stepSincePrompt }) => (stepSincePrompt === 0 ? looks : { hang: true }),
      "#3": [call("complete", { result: "quick" })],
      "#1 synthesis": [call("complete", { result: "Without it." })],
    }),
  );
  await using pane = await openPane([world.binary, "run", "Stop one"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await pane.shows("✓ #3 [complete]");
  await world.model.waitFor(({ node }) => node === "#2");
  await pane.press("Down");
  expect(await pane.shows("▶   ● #2 [active]")).toContain("s stop");
  await pane.press("Up");
  await pane.shows("▶▾● #1 [waiting]");
  await pane.press("Down", "s");
  await pane.shows("Stop #2? y/n");
  await pane.press("n");
  await pane.shows("Nothing was done.");
  await pane.press("s");
  await pane.shows("Stop #2? y/n");
  await pane.press("y");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("Without it.");
  expect(screen).toContain("stopped by human");
});

/** The root hands out one part, which hangs until it is told something. */
const onePart = (heard: (turn: Turn) => Reply | Promise<Reply>) =>
  roles({
    "#1": [
      call("create", { goal: "Part", prompt: "Do the part." }),
      call("complete", { result: "Planned." }),
    ],
    "#2": heard,
    "#1 synthesis": [call("complete", { result: "The whole." })],
  });

test("Enter shows what a node is about and what its agent does, as it happens; t tells that agent something", async () => {
  const told = gate();
  await using world = await runWorld(
    onePart(async ({ stepSincePrompt, said }) => {
      if (stepSincePrompt === 0) return call("Bash", { command: "echo first" });
      if (said.length > 0) return call("complete", { result: `I was told: ${said[0]?.split("\n")[0]}` });
      await told.opened;
      return call("Bash", { command: "echo again" });
    }),
  );
  await using pane = await openPane([world.binary, "run", "Listen"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await pane.until((screen) => screen.includes("● #1 [waiting]") && screen.includes("● #2 [active]"));
  await pane.press("Down", "Enter");
  const page = await pane.shows("→ Bash: echo first");
  expect(page).toMatch(/^● #2 TASK Part$/m);
  expect(page).toContain("  Do the part.");
  await pane.press("t");
  await pane.shows("tell #2:");
  await pane.press("Mind the gap.", "Enter");
  await pane.shows("#2 was told.");
  told.open();
  await pane.press("Escape");
  await pane.shows("▶");
  const { code, screen } = await pane.ended();
  expect({ code, told: screen.includes("The whole.") }).toEqual({ code: 0, told: true });
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes[1]?.result).toBe("I was told: Mind the gap.");
});

test("what a person still types when the run ends is for no shell", async () => {
  const told = gate();
  await using world = await runWorld(
    onePart(async () => {
      await told.opened;
      return call("complete", { result: "done" });
    }),
  );
  const script = `${world.binary} run "Type on"; IFS= read -r line; echo "the shell got [$line]"`;
  await using pane = await openPane(["sh", "-c", script], { cwd: world.cwd, env: world.env, ...size });
  await pane.shows("● #2 [active]");
  await world.model.waitFor(({ node }) => node === "#2");
  await pane.press("Down", "t");
  await pane.shows("tell #2:");
  const typing = setInterval(() => void pane.press("x"), 20);
  try {
    told.open();
    await until("the run's end", async () => (await world.client.call("runs/get", {})).run.ended_at !== null);
    await pane.press("Enter");
  } finally {
    clearInterval(typing);
  }
  const ended = await pane.shows("complete after");
  expect(ended).not.toContain("xcord run");
  await pane.press("own", "Enter");
  expect((await pane.ended()).screen).toContain("the shell got [own]");
});

test("p pauses a node with all below it and lets it go on; m changes what it is to do meanwhile", async () => {
  let hangs = true;
  await using world = await runWorld(
    onePart(({ prompt }) =>
      hangs
        ? { hang: true }
        : call("complete", { result: prompt.includes("Another part") ? "another" : "the same" }),
    ),
  );
  await using pane = await openPane([world.binary, "run", "Steer"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await world.model.waitFor(({ node }) => node === "#2");
  await pane.press("Down");
  await pane.shows("▶   ● #2");
  await pane.press("m");
  await pane.shows("#2 is active: p pauses it first, or t tells its agent.");
  await pane.press("Up", "p");
  await pane.shows("#1 is paused, and 1 node below it.");
  await pane.shows("‖ #2 [paused]");
  await until("the agent's end", () => world.agents().length === 0);
  hangs = false;
  await pane.press("Down", "m");
  await pane.shows("goal of #2: Part");
  await pane.press("C-u", "Another part", "Enter");
  await pane.shows("TASK Another part");
  await pane.press("Up", "p");
  const { code } = await pane.ended();
  expect(code).toBe(0);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes[1]).toMatchObject({ goal: "Another part", result: "another" });
});

test("while a node is selected, a answers a question; a wrong option is asked about; Esc gives the keys back", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt, lastResults }) =>
        [
          call("ask", { question: "Which colour?", options: ["red", "blue"], wait_seconds: 600 }),
          call("complete", { result: `It said ${lastResults[0]?.text}` }),
        ][stepSincePrompt] ?? say("Done."),
    }),
  );
  await using pane = await openPane([world.binary, "run", "Paint"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await pane.shows("answer #2:");
  await pane.press("bl");
  await pane.shows("answer #2: bl");
  await pane.press("Down");
  await pane.until((screen) => screen.includes("▶   ? #2") && !screen.includes("answer #2:"));
  await pane.press("a");
  await pane.shows("answer #2: bl");
  await pane.press("ack", "Enter");
  await pane.shows("Enter sends it all the same.");
  await pane.press("C-u", "red", "Enter");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain('"answer":"red"');
});

test("cord pause, resume and stop take a run, and resume says how a run goes on that no engine works on", async () => {
  let hangs = true;
  await using world = await runWorld(
    onePart(() => (hangs ? { hang: true } : call("complete", { result: "part" }))),
  );
  const run = world.start("run", "Far away");
  await world.model.waitFor(({ node }) => node === "#2");
  const { run: found } = await world.client.call("runs/get", {});
  const id = found.id.slice(0, 13);
  expect((await world.cord("pause", id)).out).toContain("(and 1 node below it)");
  await until("the agent's end", () => world.agents().length === 0);
  expect((await world.cord("runs")).out).toContain("  paused  ");
  hangs = false;
  expect((await world.cord("resume", id)).out).toContain(`run ${id} 2 nodes resumed  Far away`);
  expect((await run.ended).code).toBe(0);
  const over = await world.cord("resume", id);
  expect({ code: over.code, err: over.err }).toMatchObject({
    code: 1,
    err: expect.stringContaining("is over"),
  });
  hangs = true;
  const other = world.start("run", "Left alone");
  await world.model.waitFor(({ prompt }) => prompt.includes("Left alone"));
  other.signal("SIGINT");
  await other.ended;
  const left = (await world.client.call("runs/get", {})).run.id.slice(0, 13);
  const idle = await world.cord("resume", left);
  expect(idle.code).toBe(1);
  expect(idle.err).toContain(
    `No engine works on run ${left}, and nothing in it is paused. "cord run --resume ${left}"`,
  );
  expect((await world.cord("stop", left)).code).toBe(0);
  expect((await world.client.call("runs/get", { run_id: left })).run).toMatchObject({
    standing: "cancelled",
  });
});

test("Enter in cord top steps into a run that another process works on, and q goes back", async () => {
  await using world = await runWorld(onePart(() => ({ hang: true })));
  const run = world.start("run", "Elsewhere");
  await world.model.waitFor(({ node }) => node === "#2");
  await world.event(({ type, number }) => type === "task.waiting" && number === 1);
  await using pane = await openPane([world.binary, "top"], { cwd: world.cwd, env: world.env, ...size });
  await pane.shows("● #1 Elsewhere");
  await pane.press("Enter");
  expect(await pane.shows("▶   ● #2 [active]")).toMatch(/^cord run {2}Elsewhere/);
  await pane.press("Enter");
  await pane.shows("  Do the part.");
  await pane.press("q");
  await pane.shows("▶   ● #2 [active]");
  await pane.press("s");
  await pane.shows("Stop #2? y/n");
  await pane.press("y");
  await pane.shows("⊘ #2 [cancelled]");
  expect((await run.ended).out).toContain("The whole.");
  await pane.shows("✓ #1 [complete]");
  await pane.press("q");
  await pane.shows("┌cord");
  await pane.press("q");
  expect((await pane.ended()).code).toBe(0);
});

test("e edits a node's goal and prompt in the person's editor, which has the terminal and its keys meanwhile", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "First" }),
        call("create", { goal: "Second", prompt: "As it was.", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": () => ({ hang: true }),
      "#1 synthesis": [call("complete", { result: "The whole." })],
    }),
  );
  world.env["EDITOR"] =
    `edit() { read -r word; if [ "$word" = Gone ]; then rm "$1"; return; fi; sed "s/As it was/$word/; 1s/Second/Other/" "$1" >"$1.new"; mv "$1.new" "$1"; }; edit`;
  await using pane = await openPane([world.binary, "run", "Edit"], {
    cwd: world.cwd,
    env: world.env,
    ...size,
  });
  await world.model.waitFor(({ node }) => node === "#2");
  await pane.shows("● #1 [waiting]");
  await pane.press("Down", "Down");
  await pane.shows("▶   ○ #3");
  await pane.press("e");
  await pane.until((screen) => !screen.includes("▶"));
  await pane.press("Changed", "Enter");
  await pane.shows("#3 has what you wrote.");
  expect(await world.client.call("nodes/read", { node_id: "3" })).toMatchObject({
    goal: "Other",
    prompt: "Changed.",
  });
  await pane.press("e");
  await pane.until((screen) => !screen.includes("▶"));
  await pane.press("Gone", "Enter");
  await pane.until((screen) => /node-3-\w+\.md cannot be read/.test(screen.replaceAll("\n", "")));
  await pane.press("Down", "C-c");
  expect((await pane.ended()).code).toBe(130);
});

test("a tree taller than the screen scrolls with the selected node, at any size, and stands whole at the end", async () => {
  await using world = await runWorld();
  const parts = Array.from({ length: 60 }, (_, at) => `- Part ${at + 1}`);
  writeFileSync(join(world.cwd, "plan.md"), `# Survey\n\n${parts.join("\n")}\n`);
  world.env["CORD_REHEARSAL_MS"] = "600000";
  const run = ["run", "plan.md", "--rehearse", "--jobs", "2", "--max-children", "60"];
  await using pane = await openPane([world.binary, ...run], { cwd: world.cwd, env: world.env, ...size });
  await pane.shows("0/61");
  await pane.press("Down", "End");
  expect(await pane.shows("▶   ○ #61")).toContain("61/61");
  for (const [width, height] of [
    [40, 10],
    [120, 50],
    [80, 24],
  ] as const) {
    await pane.resize(width, height);
    const shown = await pane.until((screen) => screen.includes("▶   ○ #61") && screen.includes("61/61"));
    expect(shown.split("\n").filter((line) => line.includes("▶"))).toHaveLength(1);
  }
  await pane.press("/", "Part 17", "Enter");
  await pane.until((screen) => screen.includes("#18") && !screen.includes("#19"));
  await pane.resize(80, 80);
  await pane.press("C-c");
  const { code, screen } = await pane.ended();
  expect(code).toBe(130);
  for (const part of [1, 30, 60]) expect(screen).toContain(`TASK Part ${part}`);
});
