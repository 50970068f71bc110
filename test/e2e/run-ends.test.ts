import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, say, type Turn } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** How agents end that do not hand in: what is a result, what is none, and what is not yet the end. */

const reminded = ({ said }: Turn) => said.some((text) => text.includes("without calling complete()"));

/** A hook of the project's own. The flags let the run go by it. */
function hook({ cwd }: World, event: string, command: string): void {
  mkdirSync(join(cwd, ".claude"), { recursive: true });
  const settings = { hooks: { [event]: [{ hooks: [{ type: "command", command }] }] } };
  writeFileSync(join(cwd, ".claude/settings.json"), JSON.stringify(settings));
}

test("an agent that stops without complete() is told once, in its session, to call it", async () => {
  await using world = await runWorld((turn) => {
    if (!reminded(turn)) return say("Waiting for the build to finish.");
    return turn.step === 1 ? call("complete", { result: "Built." }) : say("Done.");
  });
  const { code, out } = await world.cord("run", "Build it", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ result: "Built.", nodes: [{ attempts: 1, reason: null }] });
  expect(new Set(world.model.requests.map(({ session }) => session)).size).toBe(1);
});

test("of one that never calls complete() the last text counts, and the tree says so", async () => {
  await using world = await runWorld((turn) => say(reminded(turn) ? "All of it." : "Some of it."));
  const { code, out, err } = await world.cord("run", "Just talk");
  expect({ code, out }).toEqual({ code: 0, out: "All of it.\n" });
  expect(err).toMatch(/#1 complete .*no complete\(\); its last text$/m);
  expect(world.model.requests).toHaveLength(2);
  const tree = await world.cord("tree");
  expect(tree.out).toContain("no complete(); its last text");
});

test("a hook that blocks the prompt fails the node with what it says, at once", async () => {
  await using world = await runWorld(() => say("Never asked."));
  hook(world, "UserPromptSubmit", "echo 'no prompts on Fridays' >&2; exit 2");
  const { code, out, err } = await world.cord("run", "Ask", "--trust");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/#1 failed .*did not let the prompt through: .*no prompts on Fridays/m);
  expect(err).not.toContain("You are node");
  expect(world.model.requests).toEqual([]);
});

test("a Stop hook that blocks loses no text and gives no wrong reason", async () => {
  await using world = await runWorld(() => say("The whole answer."));
  hook(world, "Stop", "echo 'run the tests first' >&2; exit 2");
  const { code, out } = await world.cord("run", "Answer", "--trust");
  expect({ code, out }).toEqual({ code: 0, out: "The whole answer.\n" });
});

test("of one that a Stop hook keeps from its end for ever the text counts too", async () => {
  await using world = await runWorld(() => say("The whole answer."));
  hook(world, "Stop", "sleep 600");
  const { code, out, err } = await world.cord("run", "Answer", "--trust", "--stall", "2s");
  expect({ code, out }).toEqual({ code: 0, out: "The whole answer.\n" });
  expect(err).toMatch(/#1 complete .*no complete\(\); its last text$/m);
  expect(err).not.toContain("is told to call it");
});

/** Claude Code, whose result line is printed otherwise. */
const printing = (result: string) => `
"$REAL" "$@" | while IFS= read -r line; do
  case "$line" in *'"type":"result"'*) ${result} ;; *) printf '%s\\n' "$line" ;; esac
done`;

test("a result line without its line end ends its turn, also while its program waits for what it is told", async () => {
  await using world = await runWorld((turn) => say(reminded(turn) ? "All of it." : "Some of it."));
  world.wrapClaude(printing(`printf '%s' "$line"`));
  const { code, out } = await world.cord("run", "Just talk");
  expect({ code, out }).toEqual({ code: 0, out: "All of it.\n" });
  expect(world.model.requests).toHaveLength(2);
});

test("a result line that cannot be read ends its turn too, as one that failed", async () => {
  await using world = await runWorld(() => say("Lost."));
  world.wrapClaude(printing(`printf '%.60s\\n' "$line"`));
  const { code, err } = await world.cord("run", "Just talk");
  expect(code).toBe(1);
  expect(err).toMatch(/#1 failed .*its result line cannot be read$/m);
});

test("what runs in the background is waited for: its agent comes back by itself when it has ended", async () => {
  let wasReminded = false;
  await using world = await runWorld((turn) => {
    const { step, messages, lastResults } = turn;
    if (step === 0) return call("Bash", { command: "sleep 1; echo built", run_in_background: true });
    wasReminded ||= reminded(turn);
    if (!JSON.stringify(messages).includes("<task-notification>"))
      return say("Waiting for the build to finish.");
    const isDone = lastResults.some(({ text }) => text.includes('"completed"'));
    return isDone ? say("Done.") : call("complete", { result: "Built." });
  });
  const { code, out, err } = await world.cord("run", "Build it in the background");
  expect({ code, out }).toEqual({ code: 0, out: "Built.\n" });
  expect(wasReminded).toBe(false);
  expect(err).toContain("waits for what it runs in the background: sleep 1; echo built");
});

test("a decomposition without complete() is one too", async () => {
  const replies: Reply[] = [call("create", { goal: "Part" }), say("I have planned it.")];
  await using world = await runWorld(
    roles({
      "#1": replies,
      "#2": [call("complete", { result: "A part." })],
      "#1 synthesis": [call("complete", { result: "Whole." })],
    }),
  );
  const { code, out } = await world.cord("run", "Plan");
  expect({ code, out }).toEqual({ code: 0, out: "Whole.\n" });
  expect(turnsOf(world.model, "#1")).toHaveLength(3);
});

test("an error that the program says in the model's place, or a result cut in the middle, is no result", async () => {
  await using world = await runWorld();
  const init = {
    type: "system",
    subtype: "init",
    session_id: "s",
    mcp_servers: [{ name: "cord", status: "connected" }],
  };
  const lines = [
    JSON.stringify({ type: "result", subtype: "success", is_error: true, result: "It broke.", num_turns: 1 }),
    '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"Half of i',
  ];
  writeFileSync(join(world.cwd, "init"), `${JSON.stringify(init)}\n`);
  lines.forEach((line, at) => writeFileSync(join(world.cwd, `line${at}`), line));
  world.wrapClaude("n=0; [ -e tried ] && n=1; touch tried; cat init line$n; exit 0");
  const { code, out, err } = await world.cord("run", "Break");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/#1 failed .*exited with code 0 without a result$/m);
});

test("a last text of 5 MB, behind more output than is kept and without its line end, is handed in: cut, and whole in a file", async () => {
  await using world = await runWorld();
  const text = "long ".repeat(1_000_000);
  const init = { mcp_servers: [{ name: "cord", status: "connected" }], subtype: "init", type: "system" };
  const end = { is_error: false, subtype: "success", num_turns: 1, result: text, type: "result" };
  writeFileSync(join(world.cwd, "init"), `${JSON.stringify(init)}\n`);
  writeFileSync(join(world.cwd, "end"), `\n${JSON.stringify(end)}`);
  const output = `yes '{"type":"user","message":{}}' | head -c 100000000`;
  world.wrapClaude(`cat init; ${output}; cat end`);
  const { code, out, err } = await world.cord("run", "Say much");
  expect(code).toBe(0);
  expect(out.startsWith("long long ")).toBe(true);
  expect(out.length).toBeGreaterThan(1_000_000);
  const [, path = ""] = /the whole text, 4\.8 MiB, is in (.*)\.\]$/.exec(out.trimEnd()) ?? [];
  expect(readFileSync(path, "utf8")).toBe(text);
  expect(err).toMatch(/#1 complete .*no complete\(\); its last text, cut: whole in /);
});
