import { expect, test } from "bun:test";
import { call, gate, say, type Turn } from "../support/claude/model.ts";
import { roles, runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";
import { openPane, type Pane } from "../support/terminal/pane.ts";

/** A run as a person sees it, in a real terminal. */

function paneOf(world: World, ...args: string[]): Promise<Pane> {
  return openPane([world.binary, ...args], { cwd: world.cwd, env: world.env });
}

test("the tree is drawn in place while agents work, and the result stands whole under it at the end", async () => {
  const research = gate();
  const researched = (result: string) => async (turn: Turn) => {
    if (turn.stepSincePrompt > 0) return say("Done.");
    await research.opened;
    return call("complete", { result });
  };
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Find competitors" }),
        call("create", { goal: "Analyse them", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": researched("Stripe, Adyen"),
      "#3": [call("complete", { result: "Analysed." })],
      "#1 synthesis": [call("complete", { result: "# The report\n\nline one\nline two" })],
    }),
  );
  await using pane = await paneOf(world, "run", "A report");
  const working = await pane.shows("needs: #2");
  expect(working).toMatch(/● #1 \[\w+\] +GOAL A report/);
  expect(working).toMatch(/ {2}● #2 \[active\] +TASK Find competitors/);
  expect(working).toMatch(/ {2}○ #3 \[pending\] +TASK Analyse them/);
  await pane.shows("#1 [waiting]");
  research.open();
  const { code, screen, cursorIsVisible } = await pane.ended();
  expect({ code, cursorIsVisible }).toEqual({ code: 0, cursorIsVisible: true });
  expect(screen.match(/GOAL A report/g)).toHaveLength(1);
  expect(screen).toMatch(/✓ #1 \[complete\]/);
  expect(screen).toContain("The report\n\nline one\nline two\n");
  expect(screen.indexOf("line two")).toBeGreaterThan(screen.indexOf("✓ #1"));
  expect(screen).toMatch(/complete after/);
});

test("a goal that is typed is taken at its end, and the keys are the run's then", async () => {
  await using world = await runWorld(() => ({ hang: true }));
  await using pane = await openPane([world.binary, "run", "-"], world);
  await pane.shows("Type the goal; Ctrl-D on a line of its own ends it.");
  await pane.press("Paint it", "Enter", "C-d");
  await pane.shows("GOAL Paint it");
  await world.model.waitFor(({ node }) => node === "#1");
  await pane.press("C-c");
  expect((await pane.ended()).code).toBe(130);
});

test("Ctrl-C gives the terminal back, leaves no agent, and says how to go on", async () => {
  await using world = await runWorld(roles({ "#1": () => ({ hang: true }) }));
  await using pane = await paneOf(world, "run", "Hang");
  await pane.shows("#1 [active]");
  await world.model.waitFor(({ node }) => node === "#1");
  await pane.press("C-c");
  const { code, screen, cursorIsVisible } = await pane.ended();
  expect({ code, cursorIsVisible }).toEqual({ code: 130, cursorIsVisible: true });
  expect(screen).toMatch(/cord run --resume \S+\n+$/);
  expect(world.agents()).toEqual([]);
});

test("a question is answered by typing under the tree, while others go on", async () => {
  const other = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Paint" }),
        call("create", { goal: "Build" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": (turn) => {
        if (turn.stepSincePrompt === 0)
          return call("ask", { question: "Which colour?", options: ["red", "blue"], wait_seconds: 600 });
        const answer = /"answer":"(\w+)"/.exec(turn.lastResults[0]?.text ?? "")?.[1];
        return turn.stepSincePrompt === 1 ? call("complete", { result: `painted ${answer}` }) : say("Done.");
      },
      "#3": async ({ stepSincePrompt }) => {
        if (stepSincePrompt > 0) return say("Done.");
        await other.opened;
        return call("complete", { result: "built" });
      },
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt === 0
          ? call("complete", { result: `A house, ${/painted \w+/.exec(prompt)?.[0]}.` })
          : say("Done."),
    }),
  );
  await using pane = await paneOf(world, "run", "A house");
  const asked = await pane.shows("answer #4:");
  expect(asked).toMatch(/\? #4 .*Which colour\?/);
  other.open();
  await pane.shows("✓ #3 [complete]");
  await pane.press("2", "Enter");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toContain("A house, painted blue.");
  expect(screen).not.toContain("answer #4:");
});

test("an answer that is none of the options is refused with what there is, and taken when it is entered again", async () => {
  await using world = await runWorld(({ stepSincePrompt, lastResults }) => {
    if (stepSincePrompt === 0)
      return call("ask", { question: "Which colour?", options: ["red", "blue"], wait_seconds: 600 });
    const answer = /"answer":"(\w+)"/.exec(lastResults[0]?.text ?? "")?.[1];
    return stepSincePrompt === 1 ? call("complete", { result: `painted ${answer}` }) : say("Done.");
  });
  await using pane = await paneOf(world, "run", "Paint");
  await pane.shows("answer #2:");
  await pane.press("green", "Enter");
  await pane.shows('"green" is none of the options of #2: 1 red, 2 blue.');
  await pane.shows("answer #2: green");
  await pane.press("Enter");
  expect((await pane.ended()).screen).toContain("painted green");
});

test("Ctrl-Z gives the terminal to the shell and fg draws the run again; a question is answered after --resume too", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("ask", { question: "Which colour?", options: ["red", "blue"] }),
        call("complete", { result: "Asked." }),
      ],
      "#1 synthesis": [call("complete", { result: "Painted." })],
    }),
  );
  await using pane = await openPane(["bash", "--norc", "--noprofile", "-i"], world);
  await pane.press(`${world.binary} run Paint`, "Enter");
  await pane.shows("answer #2:");
  await pane.press("green", "C-z");
  await pane.shows("Stopped");
  await pane.press("fg", "Enter");
  await pane.shows("answer #2: green");
  await pane.press("C-c");
  await pane.shows("cord run --resume");
  await pane.press(`clear; ${world.binary} run --resume`, "Enter");
  await pane.shows("answer #2:");
  await pane.press("green", "Enter");
  await pane.shows("is none of the options of #2");
  await pane.press("C-u", "red", "Enter");
  const screen = await pane.shows("complete after");
  expect(screen).toContain("Painted.");
  expect(screen).not.toContain("none of the options");
  await pane.press("exit", "Enter");
  await pane.ended();
});

test("no control byte of an agent reaches the terminal", async () => {
  const evil = "\u001b[2J\u001b]0;owned\u0007\u202e evil \u009b31m";
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: `Part ${evil}` }), call("complete", { result: "Planned." })],
      "#2": [call("complete", { result: `Result ${evil}` })],
      "#1 synthesis": [call("complete", { result: `Whole ${evil}` })],
    }),
  );
  await using pane = await paneOf(world, "run", "Be safe");
  const { code, screen } = await pane.ended();
  expect(code).toBe(0);
  expect(screen).toMatch(/GOAL Be safe/);
  expect(screen).toMatch(/Whole .*evil/);
  expect(screen).not.toContain("\u202e");
});

test("a terminal that is closed in the middle ends the run as Ctrl-C does", async () => {
  await using world = await runWorld(roles({ "#1": () => ({ hang: true }) }));
  {
    await using pane = await paneOf(world, "run", "Hang");
    await pane.shows("#1 [active]");
    await world.model.waitFor(({ node }) => node === "#1");
  }
  await until("the end of all but the daemon", () => world.processes().length === 1);
  const { run, nodes } = await world.client.call("runs/get", {});
  expect({ ended: run.ended_at, nodes: nodes.map(({ status }) => status) }).toEqual({
    ended: null,
    nodes: ["pending"],
  });
});
