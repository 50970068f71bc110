import { expect, test } from "bun:test";
import { call, calls, gate, say } from "../support/claude/model.ts";
import type { Reply } from "../support/claude/reply.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** Calls of one message are one act: the real Claude Code makes them one after the other while the model still writes the message. */

const planned = calls([
  ["complete", { result: "Planned two." }],
  ["create", { goal: "First" }],
  ["create", { goal: "Second", needs: ["#2"] }],
]);
const done = (result: string): Reply[] => [call("complete", { result })];

async function nodesOf({ client }: World) {
  return (await client.call("runs/get", {})).nodes.map(({ goal, status, result }) => [goal, status, result]);
}

test("children that are created after complete() in the same message count, and their parent is started again with their results", async () => {
  await using world = await runWorld(
    roles({
      "#1": [planned],
      "#2": done("The first."),
      "#3": done("The second."),
      "#1 synthesis": done("The whole."),
    }),
  );
  const { code, out } = await world.cord("run", "Two parts");
  expect({ code, out }).toEqual({ code: 0, out: "The whole.\n" });
  expect(await nodesOf(world)).toEqual([
    ["Two parts", "complete", "The whole."],
    ["First", "complete", "The first."],
    ["Second", "complete", "The second."],
  ]);
  const [synthesis] = turnsOf(world.model, "#1", "synthesis");
  expect(synthesis?.prompt).toContain("Planned two.");
  const ends = world.event(({ type }) => type === "run.ended");
  expect((await ends).data).toMatchObject({ state: "completed" });
});

test("who needs the result waits for the children of a node whose message goes on after complete(), however long that takes", async () => {
  const handedIn = Promise.withResolvers<void>();
  const decomposes = planned.tools?.map((tool) =>
    tool.name.endsWith("create") ? { ...tool, input: { goal: "Below" }, after: handedIn.promise } : tool,
  );
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "Decomposes late" }),
        call("create", { goal: "Needs it", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": [{ tools: decomposes ?? [] }],
      "#4": done("below"),
      "#5": done("below too"),
      "#2 synthesis": done("Made of what is below."),
      "#3": (turn) =>
        turn.stepSincePrompt === 0 ? call("complete", { result: "Built on it." }) : say("Done."),
      "#1 synthesis": done("All."),
    }),
  );
  const run = world.start("run", "A chain");
  await world.event(({ type, number }) => type === "task.handed_in" && number === 2);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ status }) => status)).toEqual(["waiting", "active", "pending"]);
  handedIn.resolve();
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "All.\n" });
  const [needing] = turnsOf(world.model, "#3");
  expect(needing?.prompt).toContain("Made of what is below.");
  expect(needing?.prompt).not.toContain("Planned two.");
});

test("a result counts as soon as its message is over, however long the agent takes for its last words", async () => {
  const started = gate();
  const script = roles({
    "#1": [
      call("create", { goal: "Find out" }),
      call("create", { goal: "Use it", needs: ["#2"] }),
      call("complete", { result: "Planned." }),
    ],
    "#2": async ({ stepSincePrompt }) => {
      if (stepSincePrompt === 0) return call("complete", { result: "Found." });
      await started.opened;
      return say("That was all.");
    },
    "#3": ({ stepSincePrompt }) => {
      started.open();
      return stepSincePrompt === 0 ? call("complete", { result: "Used." }) : say("Done.");
    },
    "#1 synthesis": [call("complete", { result: "Whole." })],
  });
  await using world = await runWorld(script);
  const { code, out } = await world.cord("run", "One after the other");
  expect({ code, out }).toEqual({ code: 0, out: "Whole.\n" });
});

test("a child that was refused beside complete() can be created in the agent's next message, and counts", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        calls([
          ["create", { goal: "Part", agent: "general-purpose" }],
          ["complete", { result: "Planned one." }],
        ]),
        call("create", { goal: "Part" }),
        say("Planned."),
      ],
      "#2": done("The part."),
      "#1 synthesis": done("The whole."),
    }),
  );
  const { code, out } = await world.cord("run", "One part");
  expect({ code, out }).toEqual({ code: 0, out: "The whole.\n" });
});
