import { expect, test } from "bun:test";
import { call, gate, say, type Script, type Turn } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** Questions of agents, and what a person does to a run while it goes on. */

/** Completes with the answer that the tool gave, word for word. */
const heard = ({ lastResults }: Turn) => call("complete", { result: `It said ${lastResults[0]?.text}` });

/** Asks, completes with what the answer was, and is done. */
const asks =
  (input: object): Script =>
  (turn) => {
    if (turn.stepSincePrompt === 0) return call("ask", input);
    return turn.stepSincePrompt === 1 ? heard(turn) : say("Done.");
  };

function asked(world: World): Promise<unknown> {
  return world.event(({ type, data }) => type === "task.created" && "question" in data);
}

test("a question that nobody answers in time takes its default", async () => {
  await using world = await runWorld(
    roles({ "#1": asks({ question: "Which colour?", default: "blue", wait_seconds: 1 }) }),
  );
  const { code, out, err } = await world.cord("run", "Paint");
  expect(code).toBe(0);
  expect(out).toContain('"answer":"blue"');
  expect(err).toMatch(/ {2}#2 asks {2}Which colour\? {2}\(default: blue; cord answer 2 TEXT\)$/m);
});

test("a person's answer within wait_seconds is the result of the ask; nobody else has to wait", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Paint" }),
        call("create", { goal: "Build" }),
        call("complete", { result: "Planned." }),
      ],
      "#2": asks({ question: "Which colour?", options: ["red", "blue"], wait_seconds: 600 }),
      "#3": [call("complete", { result: "Built." })],
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt === 0
          ? call("complete", { result: prompt.includes('"answer":"red"') ? "Red." : "Colourless." })
          : say("Done."),
    }),
  );
  const run = world.start("run", "A house");
  await asked(world);
  await world.event(({ type, number }) => type === "task.completed" && number === 3);
  const answered = await world.cord("answer", "#4", "red");
  expect(answered.code).toBe(0);
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "Red.\n" });
});

test("a question waits for its answer however short other tools of the user's are kept", async () => {
  await using world = await runWorld(roles({ "#1": asks({ question: "Which colour?", wait_seconds: 600 }) }));
  world.env["MCP_TOOL_TIMEOUT"] = "1000";
  const run = world.start("run", "Paint");
  await asked(world);
  // longer than it allows its tools; nothing tells that it has not given up
  const later = world.cord("wait", "--kind", "nothing", "--timeout", "3");
  expect((await later).code).toBe(2);
  expect((await world.cord("answer", "2", "red")).code).toBe(0);
  expect((await run.ended).out).toContain('"answer":"red"');
});

test("a question whose call is lost with the daemon is put again at once, and a person is asked it once", async () => {
  const question = { question: "Which colour?", wait_seconds: 600 };
  await using world = await runWorld(
    roles({
      "#1": (turn) => {
        if (turn.stepSincePrompt < 2) return call("ask", question);
        return turn.stepSincePrompt === 2 ? heard(turn) : say("Done.");
      },
    }),
  );
  const run = world.start("run", "Paint");
  await asked(world);
  process.kill(world.daemon().pid, "SIGKILL");
  const { lastResults } = await world.model.waitFor(({ stepSincePrompt }) => stepSincePrompt === 1);
  expect(lastResults).toMatchObject([{ isError: true, text: expect.stringContaining("Call it again") }]);
  expect((await world.cord("answer", "2", "red")).code).toBe(0);
  expect((await run.ended).out).toContain('"created":"#2","question":"Which colour?","answer":"red"');
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ number }) => number)).toEqual([1, 2]);
});

test("an agent that does not wait completes, and runs again with the answer", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("ask", { question: "Which colour?" }), call("complete", { result: "I asked." })],
      "#1 synthesis": ({ prompt, stepSincePrompt }) =>
        stepSincePrompt === 0
          ? call("complete", { result: /> *\n(.*)\n<\/result/.exec(prompt)?.[1] ?? "nothing" })
          : say("Done."),
    }),
  );
  const run = world.start("run", "Paint");
  await asked(world);
  await world.event(({ type, number }) => type === "task.waiting" && number === 1);
  await until("the agent's end", () => world.agents().length === 0);
  await world.client.call("nodes/answer", { node_id: "#2", answer: "violet" });
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "violet\n" });
});

test("a question to the parent wakes the parent, which answers it", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Paint" }), call("complete", { result: "Planned." })],
      "#2": asks({ question: "Which colour?", target: "parent", wait_seconds: 600 }),
      "#1 synthesis": ({ messages, stepSincePrompt }) => {
        if (JSON.stringify(messages).includes("It said")) {
          return stepSincePrompt === 0 ? call("complete", { result: "Painted green." }) : say("Done.");
        }
        if (stepSincePrompt === 0) return call("answer", { node_id: "#3", answer: "green" });
        return stepSincePrompt === 1 ? call("complete", { result: "Answered." }) : say("Done.");
      },
    }),
  );
  const { code, out } = await world.cord("run", "A house");
  expect({ code, out }).toEqual({ code: 0, out: "Painted green.\n" });
  const [woken] = turnsOf(world.model, "#1", "synthesis");
  expect(woken?.prompt).toMatch(
    /# Questions to you\n\nNode #2 asks you, as #3:\n<question-\w+>\nWhich colour\?/,
  );
  expect(turnsOf(world.model, "#2").at(1)?.lastResults[0]?.text).toContain('"answer":"green"');
});

test("what a person tells a running agent is its next message", async () => {
  const told = gate();
  await using world = await runWorld(
    roles({
      "#1": async ({ stepSincePrompt, said, lastResults }) => {
        if (stepSincePrompt === 0) await told.opened;
        if (lastResults.some(({ text }) => text.includes(`"completed"`))) return say("Done.");
        return said.length === 0 && stepSincePrompt < 100
          ? call("Bash", { command: "true" })
          : call("complete", { result: `I was told: ${said[0]?.split("\n")[0]}` });
      },
    }),
  );
  const run = world.start("run", "Listen");
  await world.model.waitFor(({ node }) => node === "#1");
  await world.client.call("nodes/tell", { node_id: "#1", text: "Mind the gap." });
  told.open();
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "I was told: Mind the gap.\n" });
});

test("a node that a person stops is cancelled, its process ends, and its parent is told", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Endless" }), call("complete", { result: "Planned." })],
      "#2": () => ({ hang: true }),
      "#1 synthesis": [call("complete", { result: "Without it." })],
    }),
  );
  const run = world.start("run", "Stop one");
  await world.model.waitFor(({ node }) => node === "#2");
  const ofIt = () => agentsOf(world, "2");
  expect(ofIt().length).toBeGreaterThan(0);
  await world.client.call("nodes/stop", { node_id: "#2", reason: "too long" });
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "Without it.\n" });
  expect(ofIt()).toEqual([]);
  expect(turnsOf(world.model, "#1", "synthesis")[0]?.prompt).toMatch(
    /#2 \[cancelled\] Endless\nNo result\. too long/,
  );
});

test("a node that is paused has no process until it is resumed, and goes on then", async () => {
  let hangs = true;
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Now and then" }), call("complete", { result: "Planned." })],
      "#2": ({ stepSincePrompt }) => {
        if (hangs) return { hang: true };
        return stepSincePrompt === 0 ? call("complete", { result: "Then." }) : say("Done.");
      },
      "#1 synthesis": [call("complete", { result: "Both now and then." })],
    }),
  );
  const run = world.start("run", "Pause one");
  await world.model.waitFor(({ node }) => node === "#2");
  await world.client.call("nodes/pause", { node_id: "#2" });
  await until("the agent's end", () => agentsOf(world, "2").length === 0);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ status }) => status)).toEqual(["waiting", "paused"]);
  hangs = false;
  await world.client.call("nodes/resume", { node_id: "#2" });
  const { code, out, err } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "Both now and then.\n" });
  expect(err).toMatch(/ {2}#2 paused/m);
});

function agentsOf(world: World, number: string) {
  return world.agents().filter(({ attempt }) => attempt.split("/")[1] === number);
}
