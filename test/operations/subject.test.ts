import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { CordError } from "../../src/core/error.ts";
import { openRig, textField, type Rig } from "../support/operations/rig.ts";
import { runOptions } from "../support/run-options.ts";

/** Which run a person means who names a node and no run. */

let rig: Rig;
beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

/** A run with so many children of its root; they are ready, and no engine works on it. */
async function runWith(goal: string, children: number, project?: string): Promise<string> {
  const created = await rig.call("runs/create", { goal, project, options: runOptions });
  const id = textField(created, "run_id");
  await rig.call("nodes/claim", { run_id: id, engine: `engine of ${goal}`, limit: 1 });
  const root = await rig.asNode(id, 1);
  for (let count = 0; count < children; count += 1) await rig.call("nodes/create", { goal: "child" }, root);
  return id;
}

async function refused(name: Parameters<Rig["call"]>[0], input: object): Promise<CordError> {
  const error: unknown = await rig.call(name, input).then(
    () => null,
    (error: unknown) => error,
  );
  if (error instanceof CordError) return error;
  throw new Error(`${name} was not refused`);
}

const short = (id: string) => id.slice(0, 13);

const acts: [name: Parameters<Rig["call"]>[0], input: object][] = [
  ["nodes/stop", {}],
  ["nodes/pause", {}],
  ["nodes/resume", {}],
  ["nodes/modify", { goal: "Other" }],
  ["nodes/tell", { text: "Hear." }],
  ["nodes/create", { goal: "Child" }],
  ["nodes/complete", { result: "Done." }],
  ["nodes/read", {}],
];

test.each(acts)("%s of a node that several open runs have is refused with the list", async (name, input) => {
  const [first, second] = [await runWith("First", 1, "/here"), await runWith("Second", 1, "/here")];
  const events = rig.events.length;
  const { code, message } = await refused(name, { ...input, node_id: "2", project: "/here" });
  expect(code).toBe("conflict");
  expect(message).toBe(
    `2 open runs have a #2, so say which you mean: --run ${short(second)} (Second: #2 is pending), --run ${short(first)} (First: #2 is pending).`,
  );
  expect(rig.events.length).toBe(events);
});

test("a change that changes nothing is told before a node is looked for: it is wrong whichever node is meant", async () => {
  expect(await refused("nodes/modify", { node_id: "2", project: "/here" })).toMatchObject({
    code: "invalid",
    message: "Give a goal or a prompt to change.",
  });
});

test("the only open run that has the node is meant, and the answer names it", async () => {
  const [, second] = [await runWith("First", 1, "/here"), await runWith("Second", 2, "/here")];
  expect(await rig.call("nodes/stop", { node_id: "3", project: "/here" })).toEqual({
    cancelled: "#3",
    goal: "child",
    run_id: second,
  });
});

test("the only open run is meant, also where a newer one is over and where another project has one", async () => {
  const open = await runWith("Open", 1, "/here");
  const over = await runWith("Over", 1, "/here");
  await runWith("Elsewhere", 1, "/there");
  await rig.call("nodes/stop", { run_id: over, node_id: "1" });
  expect(await rig.call("nodes/pause", { node_id: "2", project: "/here" })).toMatchObject({ run_id: open });
  expect(await refused("nodes/pause", { node_id: "7", project: "/here" })).toMatchObject({
    message: `There is no node #7 in run ${short(open)}. "cord tree ${short(open)}" shows those there are.`,
  });
});

test("to read, the newest run is meant first, over or not, as long as one at most is open", async () => {
  const open = await runWith("Open", 2, "/here");
  const over = await runWith("Over", 1, "/here");
  await rig.call("nodes/stop", { run_id: over, node_id: "1" });
  const meant = async (node_id: string) =>
    rig.call("runs/get", { node_id, project: "/here" }).then((got) => Object(got).run.id);
  expect(await meant("2")).toBe(over);
  expect(await meant("3")).toBe(open);
});

test("to be tried again, a node of the newest run is meant, over or not, unless an open run has lost one of that number", async () => {
  const open = await runWith("Open", 2, "/here");
  const over = await runWith("Over", 1, "/here");
  await rig.call("nodes/stop", { run_id: over, node_id: "1" });
  const retry = { node_id: "2", project: "/here" };
  expect(await rig.call("nodes/retry", retry)).toMatchObject({ run_id: over });
  for (const run_id of [open, over]) await rig.call("nodes/stop", { run_id, node_id: "2" });
  await rig.call("nodes/stop", { run_id: over, node_id: "1" });
  expect((await refused("nodes/retry", retry)).message).toStartWith(
    `2 runs have a #2, so say which you mean: --run ${short(over)} (Over: #2 is cancelled), --run ${short(open)}`,
  );
});

test("of several open runs the only one that has such a question is meant", async () => {
  const [asking] = [await runWith("Asking", 0, "/here"), await runWith("Other", 2, "/here")];
  await rig.call("nodes/ask", { question: "Which?" }, await rig.asNode(asking, 1));
  expect(await rig.call("nodes/answer", { node_id: "2", answer: "that", project: "/here" })).toEqual({
    answered: "#2",
    question: "Which?",
    answer: "that",
    run_id: asking,
  });
});

test("an agent is not told the run that it is in", async () => {
  const id = await runWith("Goal", 1);
  const stopped = await rig.call("nodes/stop", { node_id: "#2" }, await rig.asNode(id, 1));
  expect(stopped).toEqual({ cancelled: "#2", goal: "child" });
});

describe("a person's answer to a question with options", () => {
  let asking: string;
  beforeEach(async () => {
    asking = await runWith("Asking", 0);
    const asked = { question: "Which colour?", options: ["red", "Dark blue", "2"] };
    await rig.call("nodes/ask", asked, await rig.asNode(asking, 1));
  });

  test.each([
    ["red", "red"],
    ["dark BLUE", "Dark blue"],
    ["1", "red"],
    ["2", "2"],
    ["3", "2"],
  ])("%s stands for %s", async (given, answer) => {
    expect(await rig.call("nodes/answer", { node_id: "2", answer: given })).toMatchObject({ answer });
  });

  test("that is none of them is refused with what there is, and taken when the person insists", async () => {
    const { code, message } = await refused("nodes/answer", { node_id: "2", answer: "green" });
    expect(code).toBe("invalid");
    expect(message).toBe(
      `"green" is none of the options of #2: 1 red, 2 Dark blue, 3 2. Give one of them or its number, or what you like with "cord answer 2 --run ${short(asking)} --other TEXT".`,
    );
    const insisted = await rig.call("nodes/answer", { node_id: "2", answer: "green", other: true });
    expect(insisted).toMatchObject({ answer: "green" });
  });
});

test("a refusal names the node, its run and its state in the words of the tree, and a command to paste", async () => {
  const id = await runWith("Goal", 2);
  const say = async (name: Parameters<Rig["call"]>[0], node_id: string, input = {}) =>
    (await refused(name, { ...input, node_id })).message.replaceAll(short(id), "RUN");
  const resumed = await say("nodes/resume", "1");
  await rig.call("nodes/pause", { node_id: "2" });
  await rig.call("nodes/stop", { node_id: "3" });
  expect({
    paused: await say("nodes/pause", "2"),
    told: await say("nodes/tell", "2", { text: "Hear." }),
    resumed,
    modified: await say("nodes/modify", "1", { goal: "Other" }),
    stopped: await say("nodes/stop", "3"),
    answered: await say("nodes/answer", "1", { answer: "yes" }),
    created: await say("nodes/create", "3", { goal: "Child" }),
  }).toEqual({
    paused:
      '#2 of run RUN is paused already: it waits until it is resumed. "cord resume 2 --run RUN" lets it go on.',
    told: '#2 of run RUN is paused: no agent works on it now. "cord modify 2 --run RUN --prompt TEXT" changes what it is to do.',
    resumed: "#1 of run RUN is active: only what is paused can be resumed.",
    modified:
      '#1 of run RUN is active: only what is pending or paused can be modified. Pause it first ("cord pause 1 --run RUN"), or tell its agent ("cord tell 1 --run RUN TEXT").',
    stopped: "#3 of run RUN is cancelled: there is nothing left to stop.",
    answered:
      '#1 of run RUN is no question: it is active work. Tell its agent something with "cord tell 1 --run RUN TEXT".',
    created: "#3 has ended: it is cancelled.",
  });
});
