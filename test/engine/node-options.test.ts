import { afterEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, calls } from "../support/claude/model.ts";
import { roles } from "../support/machine/run-world.ts";
import { endStarted, world } from "../support/engine/engine-world.ts";

/** What a node of its own says of its agent holds, with the real Claude Code. */

afterEach(endStarted);

const planned = call("complete", { result: "Planned." });
const together = { "#1 synthesis": [call("complete", { result: "Together." })] };

test("an agent works in its node's folder, and its children do; none is led out of the run's", async () => {
  const pwd = call("Bash", { command: "pwd" });
  const here = await world(
    roles({
      "#1": [
        calls([
          ["create", { goal: "Below", cwd: "web" }],
          ["create", { goal: "Out by a link", cwd: "out" }],
          ["create", { goal: "Not there", cwd: "none" }],
          ["create", { goal: "Settings of its own", cwd: "odd" }],
        ]),
        planned,
      ],
      "#2": [call("create", { goal: "Its child" }), planned],
      "#6": [pwd, call("complete", { result: "Looked." })],
      "#2 synthesis": [pwd, call("complete", { result: "Looked too." })],
      ...together,
    }),
  );
  const folder = here.env["HOME"] ?? "";
  for (const name of ["web", "odd/.claude"]) mkdirSync(join(folder, name), { recursive: true });
  const hooks = { SessionStart: [{ hooks: [{ type: "command", command: "touch ran" }] }] };
  writeFileSync(join(folder, "odd/.claude/settings.json"), JSON.stringify({ hooks }));
  symlinkSync("/tmp", join(folder, "out"));
  const options = { ...here.options, isolate: false };
  const engine = await here.engine({ options });
  expect(await engine.run()).toEqual({ how: "ended" });
  expect(here.model.scriptErrors).toEqual([]);
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.map(({ status, attempts, reason }) => [status, attempts, reason])).toEqual([
    ["complete", 2, null],
    ["complete", 2, null],
    ["failed", 1, expect.stringContaining("The folder out is a link that leads out of the run's")],
    ["failed", 1, expect.stringContaining("There is no folder none in the run's")],
    [
      "failed",
      1,
      expect.stringContaining("The folder odd has settings of its own that nobody has agreed to"),
    ],
    ["complete", 1, null],
  ]);
  const looked = here.model.requests.flatMap(({ node, lastResults }) =>
    lastResults.filter(({ text }) => text.startsWith("/")).map(({ text }) => [node, text.trim()]),
  );
  expect(looked).toEqual([
    ["#6", join(folder, "web")],
    ["#2", join(folder, "web")],
  ]);
});

test("an agent has the tools that its node allows, and cord's; and so have its children", async () => {
  const touch = call("Bash", { command: "touch made" });
  const here = await world(
    roles({
      "#1": [call("create", { goal: "Reads", allowed_tools: ["Read", "Bash(git status *)"] }), planned],
      "#2": [
        calls([
          ["create", { goal: "Would write", allowed_tools: ["Write"] }],
          ["create", { goal: "Only tells", allowed_tools: [] }],
        ]),
        touch,
        planned,
      ],
      "#3": [call("complete", { result: "Told." })],
      "#2 synthesis": [call("complete", { result: "Done." })],
      ...together,
    }),
  );
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  expect(here.model.scriptErrors).toEqual([]);
  const turns = (node: string) => here.model.requests.filter((turn) => turn.node === node);
  const [first, second, third] = turns("#2");
  expect(own(first?.tools).toSorted()).toEqual(["Bash", "Read"]);
  expect(own(turns("#3")[0]?.tools)).toEqual([]);
  expect(own(turns("#1")[0]?.tools)).toContain("Edit");
  expect(second?.lastResults[0]).toMatchObject({
    isError: true,
    text: expect.stringContaining("may not use Write"),
  });
  expect(third?.lastResults[0]).toMatchObject({ isError: true });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(nodes.map(({ status }) => status)).toEqual(["complete", "complete", "complete"]);
  expect(nodes[1]?.denied).toEqual({ Bash: 1 });
});

test("a node is tried as often as it says, and each try ends when its time is over", async () => {
  const here = await world((turn) => {
    if (turn.node === "#1" && turn.phase === "work")
      return turn.step === 0
        ? calls([
            ["create", { goal: "Slow", timeout: 1, retries: 2 }],
            ["create", { goal: "Once", timeout: 1, retries: 0 }],
          ])
        : planned;
    return turn.node === "#1" ? call("complete", { result: "Nothing came." }) : { hang: true };
  });
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
  const late = "it took longer than the 1 s that one try may take";
  expect(nodes.map(({ status, attempts, reason }) => [status, attempts, reason])).toEqual([
    ["complete", 2, null],
    ["failed", 3, late],
    ["failed", 1, late],
  ]);
});

/** The tools that are not cord's. The newest Claude Code names one more to the API that does nothing. */
function own(tools: readonly string[] = []): string[] {
  return tools.filter((tool) => !tool.startsWith("mcp__cord__") && tool !== "DeferredToolPlaceholder");
}
