import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, gate, looks, say } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";

/** The main job, done by the real Claude Code: a goal grows into a tree of agents, and its result is printed. */

const big = Array.from({ length: 6000 }, (_, line) => `${line}: ${"competitor ".repeat(3)}`).join("\n");

test("two research in parallel, an analysis needs both, a report needs the analysis, and the root synthesises", async () => {
  const research = gate();
  const researched = (result: string) => async (turn: { stepSincePrompt: number }) => {
    if (turn.stepSincePrompt === 0) return looks;
    if (turn.stepSincePrompt > 1) return say("Done.");
    await research.opened;
    return call("complete", { result });
  };
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Identify top competitors", returns: "text" }),
        call("create", { goal: "Find their prices" }),
        call("create", { goal: "Deep analysis", needs: ["#2", "#3"] }),
        call("create", { goal: "Write the report", prompt: "Two pages.", needs: ["#4"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": researched(big),
      "#3": researched("Prices: 1, 2, 3."),
      "#4": [call("complete", { result: "The analysis." })],
      "#5": [call("complete", { result: "The report." })],
      "#1 synthesis": [call("complete", { result: "The landscape,\nin two lines." })],
    }),
  );
  const { model } = world;
  expect(big.length).toBeGreaterThan(200_000);
  const run = world.start("run", "Build a competitive landscape report");
  for (const name of ["#2", "#3"])
    await model.waitFor(({ node, stepSincePrompt }) => node === name && stepSincePrompt === 1);
  await world.event(({ type, number }) => type === "task.waiting" && number === 1);
  expect([...model.running()].toSorted()).toEqual(["#2", "#3"]);
  research.open();
  const { code, out, err } = await run.ended;

  expect({ code, out }).toEqual({ code: 0, out: "The landscape,\nin two lines.\n" });
  const [analysis] = turnsOf(model, "#4");
  expect(analysis?.prompt).toContain(`>\n${big}\n<`);
  expect(analysis?.prompt).toContain("Prices: 1, 2, 3.");
  const [report] = turnsOf(model, "#5");
  expect(report?.prompt).toContain("The analysis.");
  expect(report?.prompt).toContain("Two pages.");
  expect(report?.prompt).not.toContain("Prices: 1, 2, 3.");
  const [synthesis] = turnsOf(model, "#1", "synthesis");
  for (const result of [big, "Prices: 1, 2, 3.", "The analysis.", "The report."])
    expect(synthesis?.prompt).toContain(result);
  const said = (node: string, turn = 0) => turnsOf(model, node)[turn]?.endedAt ?? Number.NaN;
  expect(analysis?.startedAt).toBeGreaterThan(Math.max(said("#2", 1), said("#3", 1)));
  expect(report?.startedAt).toBeGreaterThan(said("#4"));
  expect(synthesis?.startedAt).toBeGreaterThan(said("#5"));
  expect(err).toMatch(/complete after .*\n {2}nodes +5 complete/);
  expect(err).toMatch(/ {2}#4 pending {2}Deep analysis {2}\(needs #2, #3\)$/m);
});

test("a parent that creates children and calls complete, as it is told to, is started again to synthesise, on every level", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Part" }), call("complete", { result: "Split." })],
      "#2": [call("create", { goal: "Smaller part" }), call("complete", { result: "Split again." })],
      "#3": [call("complete", { result: "A piece." })],
      "#2 synthesis": [call("complete", { result: "The part, of pieces." })],
      "#1 synthesis": [call("complete", { result: "The whole." })],
    }),
  );
  const { code, out } = await world.cord("run", "Make a whole");
  expect({ code, out }).toEqual({ code: 0, out: "The whole.\n" });
  const [part] = turnsOf(world.model, "#2", "synthesis");
  expect(part?.prompt).toContain("A piece.");
  const [whole] = turnsOf(world.model, "#1", "synthesis");
  expect(whole?.prompt).toContain("The part, of pieces.");
  expect(whole?.prompt).not.toContain("Split again.");
});

test("a synthesis that finds something missing creates more, and synthesises again", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "First" }), call("complete", { result: "Planned." })],
      "#2": [call("complete", { result: "Half of it." })],
      "#3": [call("complete", { result: "The other half." })],
      "#1 synthesis": ({ messages, stepSincePrompt }) => {
        if (stepSincePrompt > 1) return say("Done.");
        const all = JSON.stringify(messages).includes("The other half.");
        if (stepSincePrompt === 0 && !all) return call("create", { goal: "Second" });
        return call("complete", { result: all ? "All of it." : "More is on its way." });
      },
    }),
  );
  const { code, out } = await world.cord("run", "Find both halves");
  expect({ code, out }).toEqual({ code: 0, out: "All of it.\n" });
});

test("the final text of an agent that never calls complete is its result, whole", async () => {
  const long = `# Findings\n\n${"A line of findings.\n".repeat(20_000)}The end.`;
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Find out" }), say("I have split it.")],
      "#2": [call("Bash", { command: "echo looking" }), say(long)],
      "#1 synthesis": [say(`Found:\n${long}`)],
    }),
  );
  const { code, out } = await world.cord("run", "Find out");
  expect({ code, out }).toEqual({ code: 0, out: `Found:\n${long}\n` });
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain(long);
});

test("a result that does not fit its type is refused with what is wrong, and corrected", async () => {
  const schema = { type: "object", required: ["score"], properties: { score: { type: "number" } } };
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "List them", returns: "list" }),
        call("create", { goal: "Score them", returns: "structured", schema }),
        call("create", { goal: "Write it down", returns: "file" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [
        call("complete", { result: "Stripe and Adyen" }),
        call("complete", { result: '["Stripe","Adyen"]' }),
      ],
      "#3": [call("complete", { result: { score: "high" } }), call("complete", { result: { score: 9 } })],
      "#4": [
        call("complete", { result: "notes.md" }),
        call("Bash", { command: "echo noted > notes.md" }),
        call("complete", { result: "notes.md" }),
      ],
      "#1 synthesis": [call("complete", { result: "Listed and scored." })],
    }),
  );
  const { code, out } = await world.cord("run", "List and score");
  expect({ code, out }).toEqual({ code: 0, out: "Listed and scored.\n" });
  const refusals = ["#2", "#3", "#4"].map((node) => turnsOf(world.model, node)[1]?.lastResults[0]);
  expect(refusals).toMatchObject([
    { isError: true, text: expect.stringContaining("does not fit returns=list") },
    { isError: true, text: expect.stringContaining("does not fit the schema") },
    { isError: true, text: expect.stringContaining("notes.md") },
  ]);
  expect(existsSync(join(world.cwd, "notes.md"))).toBe(true);
  const prompt = turnsOf(world.model, "#1", "synthesis")[0]?.prompt;
  expect(prompt).toContain('[\n  "Stripe",\n  "Adyen"\n]');
});

test("an agent that tries to stop its sibling is refused, with a hint at what it can do", async () => {
  const tried = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "One" }),
        call("create", { goal: "Other" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": async ({ stepSincePrompt }) => {
        if (stepSincePrompt === 0) return call("stop", { node_id: "#3" });
        tried.open();
        return stepSincePrompt === 1 ? call("complete", { result: "I let it be." }) : say("Done.");
      },
      "#3": async ({ stepSincePrompt }) => {
        await tried.opened;
        return stepSincePrompt === 0 ? call("complete", { result: "Undisturbed." }) : say("Done.");
      },
      "#1 synthesis": [call("complete", { result: "Both." })],
    }),
  );
  const { code, out } = await world.cord("run", "Two parts");
  expect({ code, out }).toEqual({ code: 0, out: "Both.\n" });
  expect(turnsOf(world.model, "#2")[1]?.lastResults).toMatchObject([
    { isError: true, text: expect.stringMatching(/"error":".*#3 is not in your subtree.*ask\(\)/) },
  ]);
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain("Undisturbed.");
});

test("a goal that is a file: its heading names the goal, its contents are the prompt", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Read." })] }));
  const plan = "Some words before.\n\n# Landscape of fintech\n\n- Who is there\n- What they ask\n";
  writeFileSync(join(world.cwd, "plan.md"), plan);
  const { code, out, err } = await world.cord("run", "plan.md");
  expect({ code, out }).toEqual({ code: 0, out: "Read.\n" });
  expect(err).toMatch(/^cord run \S+ {2}Landscape of fintech$/m);
  expect(turnsOf(world.model, "#1")[0]?.prompt).toContain(plan.trimEnd());
});

test("with --json the run and all its nodes are printed as one object", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Fine." })] }));
  const { code, out } = await world.cord("run", "Something", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    goal: "Something",
    status: "complete",
    result: "Fine.",
    nodes: [{ number: 1, status: "complete" }],
  });
});
