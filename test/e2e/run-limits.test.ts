import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startMcpStub } from "../support/clients/mcp-server.ts";
import { call, gate, say } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";

/** What a person sets for a run holds: money, size, time, model, and what agents may do. */

/** A million input tokens of the default model cost 3 dollars. */
const dollars = (usd: number) => ({ input_tokens: Math.round((usd / 3) * 1_000_000), output_tokens: 1 });

test("an agent that uses up --budget is ended, and is not tried again; the others go on", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Costly" }),
        call("create", { goal: "Cheap" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("Bash", { command: "true" }, dollars(0.6)), say("Never said.")],
      "#3": [call("complete", { result: "A cheap part." })],
      "#1 synthesis": [call("complete", { result: "The cheap part of it." })],
    }),
  );
  const { code, out, err } = await world.cord("run", "Spend", "--budget", "0.5");
  expect({ code, out }).toEqual({ code: 0, out: "The cheap part of it.\n" });
  expect(err).toMatch(
    / {2}#2 failed {2}it used up its budget \(\$0\.60\)\. Give one agent more with --budget\.$/m,
  );
  expect(turnsOf(world.model, "#2")).toHaveLength(1);
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toContain("A cheap part.");
});

test("a root that uses up --budget leaves no result: the run is stopped by a limit", async () => {
  await using world = await runWorld(
    roles({ "#1": [call("Bash", { command: "true" }, dollars(0.6)), say("Never said.")] }),
  );
  const { code, out, err } = await world.cord("run", "Spend", "--budget", "0.5");
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toMatch(/stopped by a limit after .*budget reached/);
  expect(err).toContain("Give one agent more with --budget.");
});

test("at --total-budget launches stop, and what there is is synthesised from the reserve", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Costly" }),
        call("create", { goal: "Comes too late" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: "A costly part." }, dollars(1.7))],
      "#3": [call("complete", { result: "Never." })],
      "#1 synthesis": [call("complete", { result: "The costly part." })],
    }),
  );
  const { code, out, err } = await world.cord("run", "Spend", "--total-budget", "2", "--jobs", "1");
  expect({ code, out }).toEqual({ code: 3, out: "The costly part.\n" });
  expect(turnsOf(world.model, "#3")).toEqual([]);
  expect(err).toMatch(/ {2}#3 cancelled {2}the run's total budget of \$2\.00 is used up$/m);
  expect(err).toMatch(/The run has spent \$1\.70 of its \$2\.00\./);
  expect(err).toMatch(/stopped by a limit after .*total budget reached/);
});

test("work that overspends the total budget by a turn leaves the synthesis its chance", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Costly" }), call("complete", { result: "Planned." })],
      "#2": [call("complete", { result: "A costly part." }, dollars(1.9))],
      "#1 synthesis": [call("complete", { result: "The costly part." })],
    }),
  );
  const { out } = await world.cord("run", "Spend", "--total-budget", "2");
  expect(out).toBe("The costly part.\n");
});

test("running agents are told when 80 % of the total budget is spent", async () => {
  const spent = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Costly" }),
        call("create", { goal: "Long" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: "A costly part." }, dollars(1.65))],
      "#3": async ({ stepSincePrompt, said, lastResults }) => {
        if (stepSincePrompt === 0) await spent.opened;
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        const [warning] = said;
        return warning === undefined && stepSincePrompt < 100
          ? call("Bash", { command: "true" })
          : call("complete", { result: `I heard: ${warning}` });
      },
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt === 0
          ? call("complete", { result: /I heard: .*/.exec(prompt)?.[0] ?? "nothing" })
          : say("Done."),
    }),
  );
  const run = world.start("run", "Spend", "--total-budget", "2", "--budget", "0.85");
  await run.says("The run has spent $1.65");
  spent.open();
  const { out } = await run.ended;
  expect(out).toContain("I heard: The run has spent $1.65 of its $2.00. Come to an end");
});

test("an agent at --max-depth or --max-nodes is refused a child, and does the work itself", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Part" }),
        call("create", { goal: "Other part" }),
        call("create", { goal: "One too many" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("create", { goal: "Too deep" }), call("complete", { result: "Did it myself." })],
      "#3": [call("complete", { result: "Other." })],
      "#1 synthesis": [call("complete", { result: "Both." })],
    }),
  );
  const { code, out } = await world.cord("run", "Fan out", "--max-depth", "2", "--max-nodes", "3");
  expect({ code, out }).toEqual({ code: 0, out: "Both.\n" });
  expect(turnsOf(world.model, "#1")[3]?.lastResults).toMatchObject([
    { isError: true, text: expect.stringContaining("This run may have 3 nodes and has them.") },
  ]);
  expect(turnsOf(world.model, "#2")[1]?.lastResults).toMatchObject([{ isError: true }]);
  expect(turnsOf(world.model, "#2")[0]?.prompt).toContain("create() is not open to you here");
});

test("--max-depth alone says so", async () => {
  await using world = await runWorld(
    roles({ "#1": [call("create", { goal: "Too deep" }), call("complete", { result: "Alone." })] }),
  );
  const { code, out } = await world.cord("run", "Stay flat", "--max-depth", "1");
  expect({ code, out }).toEqual({ code: 0, out: "Alone.\n" });
  expect(turnsOf(world.model, "#1")[1]?.lastResults).toMatchObject([
    { isError: true, text: expect.stringContaining("This run may be 1 levels deep") },
  ]);
});

test("--timeout ends a run that takes longer, with its agents, and it can be resumed", async () => {
  let hangs = true;
  await using world = await runWorld(
    roles({
      "#1": () => (hangs ? { hang: true } : call("complete", { result: "In time." })),
    }),
  );
  const run = await world.cord("run", "Take long", "--timeout", "3s");
  expect({ code: run.code, out: run.out }).toEqual({ code: 3, out: "" });
  expect(run.err).toMatch(/stopped by a limit after \d+s: its time is up/);
  expect(world.agents()).toEqual([]);
  hangs = false;
  // longer than one timer of the system can be
  const resumed = await world.cord("run", "--resume", "--timeout", "30d");
  expect(resumed.out).toBe("In time.\n");
});

test("--jobs 1 has one agent at a time", async () => {
  const counts: number[] = [];
  await using world = await runWorld((turn) => {
    counts.push(world.model.running().size);
    return script(turn);
  });
  const script = roles({
    "#1": [
      call("create", { goal: "One" }),
      call("create", { goal: "Two" }),
      call("create", { goal: "Three" }),
      call("complete", { result: "Planned." }),
    ],
    "#2": [call("complete", { result: "1" })],
    "#3": [call("complete", { result: "2" })],
    "#4": [call("complete", { result: "3" })],
    "#1 synthesis": [call("complete", { result: "Counted." })],
  });
  const { code, out } = await world.cord("run", "Count", "--jobs", "1");
  expect({ code, out }).toEqual({ code: 0, out: "Counted.\n" });
  expect(Math.max(...counts)).toBe(1);
});

test("--model is every agent's, but for a node that was given its own", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "As the run" }),
        call("create", { goal: "Its own", model: "claude-haiku-4-5" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [call("complete", { result: "a" })],
      "#3": [call("complete", { result: "b" })],
      "#1 synthesis": [call("complete", { result: "Modelled." })],
    }),
  );
  const { code } = await world.cord("run", "Models", "--model", "claude-opus-4-5");
  expect(code).toBe(0);
  const models = ["#1", "#2", "#3"].map((node) => turnsOf(world.model, node)[0]?.model);
  expect(models).toEqual(["claude-opus-4-5", "claude-opus-4-5", "claude-haiku-4-5"]);
});

test("agents have the project's own MCP servers; with --isolate only cord's", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Seen." })] }));
  const mine = await startMcpStub();
  try {
    const server = { type: "http", url: mine.url, alwaysLoad: true };
    writeFileSync(join(world.cwd, ".mcp.json"), JSON.stringify({ mcpServers: { mine: server } }));
    const tools = async (...flags: string[]) => {
      const before = world.model.requests.length;
      expect((await world.cord("run", "Look around", ...flags)).code).toBe(0);
      return world.model.requests[before]?.tools ?? [];
    };
    expect(await tools("--trust")).toContainValues(["mcp__cord__complete", "mcp__mine__complete"]);
    const isolated = await tools("--isolate");
    expect(isolated).toContain("mcp__cord__complete");
    expect(isolated.filter((name) => name.startsWith("mcp__mine"))).toEqual([]);
  } finally {
    await mine.stop();
  }
});

test("agents are not given sub-agents of their own", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Alone." })] }));
  await world.cord("run", "Alone");
  const tools = world.model.requests[0]?.tools ?? [];
  expect(tools).toContain("Bash");
  expect(tools.filter((name) => ["Agent", "Task", "Workflow"].includes(name))).toEqual([]);
});

const fromCache = { input_tokens: 10, cache_read_input_tokens: 4000, output_tokens: 1 };

test("--permission-mode holds: what it does not allow is denied, and named in the summary, with what was read from the cache", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("Bash", { command: "touch forbidden" }, fromCache),
        call("Write", { file_path: "/cord-forbidden", content: "" }, fromCache),
        call("complete", { result: "I was not let." }, fromCache),
      ],
    }),
  );
  const { code, out, err } = await world.cord("run", "Touch", "--permission-mode", "default");
  expect({ code, out }).toEqual({ code: 0, out: "I was not let.\n" });
  expect(existsSync(join(world.cwd, "forbidden"))).toBe(false);
  expect(turnsOf(world.model, "#1")[1]?.lastResults).toMatchObject([{ isError: true }]);
  expect(err).toContain("Agents work with --permission-mode default");
  expect(err).toMatch(/denied +#1 Bash$/m);
  expect(err).toMatch(/denied +#1 Write$/m);
  expect(err).toMatch(/tokens .* \(\d+k from the cache\), /);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes[0]).toMatchObject({ denials: 2, denied: { Bash: 1, Write: 1 }, agent: "claude" });
  expect(nodes[0]?.cached_tokens).toBeGreaterThanOrEqual(3 * fromCache.cache_read_input_tokens);
});
