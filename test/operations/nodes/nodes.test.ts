import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Caller } from "../../../src/core/tree.ts";
import { human, openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun();
});
afterEach(() => rig.close());

const tab: Caller = { kind: "tab", agent: null };

/** Claims all that is ready, and gives the caller of one of them. */
async function launch(number: number): Promise<Caller> {
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 });
  return rig.asNode(run, number);
}

async function create(caller: Caller, input: object = {}): Promise<void> {
  await rig.call("nodes/create", { goal: "child", ...input }, caller);
}

const complete = (caller: Caller, result: unknown = "done") => rig.call("nodes/complete", { result }, caller);
const stateOf = async (number: number) => (await rig.node(run, number)).state;

describe("the two phases", () => {
  test("a node that completes with open children waits, and is ready for synthesis when they have ended", async () => {
    const root = await launch(1);
    await create(root);
    await complete(root, "my plan");
    expect(await rig.node(run, 1)).toMatchObject({ state: "waiting", result: null });
    await complete(await launch(2), "the child's result");
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis" });

    const claimed = await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    expect(claimed).toMatchObject({
      nodes: [{ brief: { phase: "synthesis", children: [{ number: 2, result: "the child's result" }] } }],
    });
    await complete(await rig.asNode(run, 1), "the whole");
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"the whole"' });
    expect(await rig.call("nodes/read", { run_id: run, node_id: "#1" })).toMatchObject({
      attempts: [{ said: "my plan" }, { phase: "synthesis" }],
    });
  });

  test("children that ended before their parent completed are not lost: it synthesises all the same", async () => {
    const root = await launch(1);
    await create(root);
    await complete(await launch(2));
    await complete(root, "a plan, not a result");
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis", result: null });
  });

  test("a node whose children are open is no met need", async () => {
    const root = await launch(1);
    await create(root, { goal: "first" });
    await create(root, { goal: "second", needs: ["#2"] });
    const first = await launch(2);
    await create(first, { goal: "below first" });
    await complete(first);
    expect(await rig.node(run, 3)).toMatchObject({ state: "pending", unmet: 1 });
    await complete(await launch(4));
    await complete(await launch(2));
    expect(await rig.node(run, 3)).toMatchObject({ state: "pending", unmet: 0 });
  });

  test("a failed need cancels what needs it, naming it, and the parent synthesises with what is known", async () => {
    const root = await launch(1);
    await create(root, { goal: "first" });
    await create(root, { goal: "second", needs: ["#2"] });
    await complete(root);
    const first = await launch(2);
    const { epoch } = await rig.node(run, 2);
    await rig.call("nodes/fail", { run_id: run, node_id: "#2", epoch, reason: "no network", final: true });
    expect(first).toMatchObject({ kind: "node" });
    expect(await rig.node(run, 3)).toMatchObject({
      state: "cancelled",
      reason: "it needs #2, which failed: no network",
    });
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis" });
  });

  test("a synthesis may create children again, for a limited number of rounds", async () => {
    let caller = await launch(1);
    let number = 1;
    for (let round = 0; round < 5; round += 1) {
      await create(caller);
      await complete(caller);
      await complete(await launch((number += 1)));
      caller = await launch(1);
    }
    await expect(create(caller)).rejects.toThrow("You have synthesised 5 times");
    await complete(caller);
    expect(await stateOf(1)).toBe("completed");
  });
});

describe("a result", () => {
  test("that does not fit is refused with what would, and the node goes on", async () => {
    const root = await launch(1);
    await create(root, { returns: "list" });
    const child = await launch(2);
    await expect(complete(child, "prose")).rejects.toMatchObject({ code: "invalid" });
    await complete(child, ["a"]);
    expect(await stateOf(2)).toBe("completed");
  });

  test("that could never fit its schema is not asked for", async () => {
    const root = await launch(1);
    const [integer, items] = [{ type: "integer" }, { type: "object", properties: {} }];
    await expect(create(root, { schema: integer })).rejects.toThrow("asks for integer. Make that a property");
    await expect(create(root, { returns: "list", schema: items })).rejects.toThrow("asks for object. Write");
    await create(root, { returns: "list", schema: { type: "array", items } });
    const child = await launch(2);
    await complete(child, [{}]);
    expect(await stateOf(2)).toBe("completed");
  });

  test("of type file must exist", async () => {
    const root = await launch(1);
    await create(root, { returns: "file" });
    const child = await launch(2);
    await expect(complete(child, "report.md")).rejects.toThrow("report.md does not exist");
    rig.files.add("report.md");
    await complete(child, "report.md");
    expect(await stateOf(2)).toBe("completed");
  });

  test("that comes too late is refused and kept, even one that would not have fitted", async () => {
    const root = await launch(1);
    await create(root, { returns: "list" });
    const late = await launch(2);
    rig.advance(31_000);
    await rig.sweep();
    await launch(2);
    await expect(complete(late, "prose, and late")).rejects.toMatchObject({ code: "stale_lease" });
    expect(await rig.call("nodes/read", { run_id: run, node_id: "#2" })).toMatchObject({
      status: "active",
      attempts: [
        { attempt: 1, late_result: "prose, and late" },
        { attempt: 2, late_result: null },
      ],
    });
  });

  test("of unknown type is text, and the words are added to the prompt", async () => {
    const root = await launch(1);
    const created = await rig.call("nodes/create", { goal: "x", returns: "constructor" }, root);
    expect(created).toMatchObject({ note: expect.stringContaining("text") });
    expect(await rig.node(run, 2)).toMatchObject({ returns: "text", prompt: "x\n\nReturn: constructor" });
  });
});

test("what cannot be launched fails alone, with the reason, and the others are launched", async () => {
  const root = await launch(1);
  await create(root, { goal: "broken" });
  await create(root, { goal: "whole" });
  const { id } = await rig.node(run, 2);
  await rig.store.write((tx) => tx.run("UPDATE tasks SET schema = '{' WHERE id = ?", id));
  const claimed = await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 4 });
  expect(claimed).toMatchObject({ nodes: [{ node_id: "#3" }] });
  expect(await rig.node(run, 2)).toMatchObject({
    state: "failed",
    reason: expect.stringMatching(/^it could not be launched: ./),
  });
});

describe("needs", () => {
  test("that would wait for each other for ever are refused", async () => {
    const root = await launch(1);
    await create(root, { goal: "a" });
    await create(root, { goal: "b", needs: ["#2"] });
    const a = await launch(2);
    await expect(create(a, { needs: ["#3"] })).rejects.toThrow("wait for each other for ever");
    await expect(create(a, { needs: ["#1"] })).rejects.toThrow("#1 is an ancestor");
    await expect(create(a, { needs: ["#2"] })).rejects.toThrow("#2 is an ancestor");
    await expect(create(a, { needs: ["#9"] })).rejects.toThrow("no node #9");
    expect((await rig.rows()).length).toBe(3);
  });

  test("that have failed are refused", async () => {
    const root = await launch(1);
    await create(root);
    await rig.call("nodes/stop", { node_id: "#2" }, root);
    await expect(create(root, { needs: ["#2"] })).rejects.toThrow("#2 was cancelled");
  });
});

describe("an ask", () => {
  test("to the parent that is still at work wakes it once it waits", async () => {
    const root = await launch(1);
    await create(root);
    const child = await launch(2);
    await rig.call("nodes/ask", { question: "Which one?", target: "parent" }, child);
    await complete(child, "what I have");
    await complete(root);
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis" });
    const claimed = await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    expect(claimed).toMatchObject({ nodes: [{ brief: { questions: [{ number: 3, from: 2 }] } }] });
    await rig.call("nodes/answer", { node_id: "#3", answer: "that one" }, await rig.asNode(run, 1));
    expect(await stateOf(3)).toBe("completed");
    expect(await stateOf(2)).toBe("pending");
  });

  test("that its parent was shown and left unanswered does not wake it again and again", async () => {
    const root = await launch(1);
    await create(root);
    const child = await launch(2);
    await complete(root);
    await rig.call("nodes/ask", { question: "Which one?", target: "parent" }, child);
    expect(await stateOf(1)).toBe("pending");
    rig.advance(10);
    await complete(await launch(1));
    expect(await stateOf(1)).toBe("waiting");
  });

  test("that is answered while the node waits for it needs no synthesis", async () => {
    const root = await launch(1);
    const asked = rig.call("nodes/ask", { question: "Which one?", wait_seconds: 60 }, root);
    await created("ask");
    await rig.call("nodes/answer", { run_id: run, node_id: "#2", answer: "that one" });
    expect(await asked).toMatchObject({ created: "#2", answer: "that one" });
    await complete(root, "the result");
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed", result: '"the result"' });
  });

  test("that a later attempt puts again is the open one, or its answer, and no second question to a person", async () => {
    const question = { question: "Which one?", options: ["a", "b"] };
    const giveBack = async () => {
      const { epoch } = await rig.node(run, 1);
      await rig.call("nodes/release", { run_id: run, node_id: "#1", epoch, reason: "cut off" });
    };
    const first = await launch(1);
    await rig.call("nodes/ask", question, first);
    await giveBack();
    const second = await launch(1);
    expect(await rig.call("nodes/ask", question, second)).toMatchObject({ created: "#2" });
    expect(await rig.call("nodes/ask", { ...question, options: [] }, second)).toMatchObject({
      created: "#3",
    });
    await rig.call("nodes/answer", { run_id: run, node_id: "#2", answer: "b" });
    await giveBack();
    const third = await launch(1);
    const again = await rig.call("nodes/ask", question, third);
    expect(again).toMatchObject({
      created: "#2",
      answer: "b",
      note: expect.stringContaining("asked this before"),
    });
    // it has been given the answer: it wants to know anew
    expect(await rig.call("nodes/ask", question, third)).toMatchObject({ created: "#4" });
  });

  test("takes its default when nobody has answered in time", async () => {
    const root = await launch(1);
    await rig.call("nodes/ask", { question: "Which one?", default: "this one" }, root);
    rig.advance(599_999);
    await rig.sweep();
    expect(await stateOf(2)).toBe("pending");
    rig.advance(1);
    await rig.sweep();
    expect(await rig.node(run, 2)).toMatchObject({ state: "completed", result: '"this one"' });
  });

  test("cannot be claimed, and only the one who was asked may answer it", async () => {
    const root = await launch(1);
    await create(root);
    const child = await launch(2);
    await rig.call("nodes/ask", { question: "Which one?" }, child);
    const { id } = await rig.node(run, 3);
    await expect(rig.call("tasks/claim", { id, agentId: "a" })).rejects.toThrow("it is a question");
    await expect(rig.call("nodes/answer", { node_id: "#3", answer: "x" }, root)).rejects.toThrow(
      "not a question to you",
    );
    await expect(rig.call("nodes/answer", { node_id: "#3", answer: "x" }, child)).rejects.toMatchObject({
      code: "not_allowed",
    });
  });
});

describe("authority", () => {
  test("over a run's nodes is not a tab's, not even by the board's way to cancel", async () => {
    const { id } = await rig.node(run, 1);
    await expect(rig.call("tasks/cancel", { id }, tab)).rejects.toMatchObject({ code: "not_allowed" });
    await expect(rig.call("nodes/stop", { run_id: run, node_id: "#1" }, tab)).rejects.toMatchObject({
      code: "not_allowed",
    });
    await rig.call("tasks/cancel", { id }, human);
    expect(await stateOf(1)).toBe("cancelled");
  });

  test("of a node ends with its attempt", async () => {
    const root = await launch(1);
    rig.advance(31_000);
    await rig.sweep();
    await launch(1);
    await expect(create(root)).rejects.toThrow("another attempt has taken it over");
  });

  test("of a node does not reach the board, the runs, or what an engine does", async () => {
    const root = await launch(1);
    const others = [
      ["tasks/send", { name: "x" }],
      ["tasks/list", {}],
      ["agents/list", {}],
      ["runs/list", {}],
      ["runs/create", { goal: "x" }],
      ["nodes/claim", { run_id: run, engine: "e", limit: 1 }],
      ["nodes/fail", { run_id: run, node_id: "#1", epoch: 1, reason: "x" }],
      ["nodes/tell", { node_id: "#1", text: "x" }],
      ["daemon/status", {}],
    ] as const;
    for (const [name, input] of others)
      await expect(rig.call(name, input, root)).rejects.toMatchObject({ code: "not_allowed" });
  });

  test("of a node ends at its run, whatever run it names", async () => {
    const other = await rig.startRun();
    const root = await launch(1);
    const tree = await rig.call("nodes/tree", { run_id: other }, root);
    expect(tree).toMatchObject({ id: "#1", status: "active" });
  });
});

describe("limits", () => {
  test("of depth and of nodes refuse with what to do instead", async () => {
    run = await rig.startRun({ max_depth: 2, max_nodes: 3 });
    const root = await launch(1);
    await create(root);
    await expect(create(await launch(2))).rejects.toThrow("2 levels deep");
    await create(root);
    await expect(create(root)).rejects.toThrow("may have 3 nodes");
  });

  test("of one parent's children refuse another, whatever it has asked, and leave those of others alone", async () => {
    run = await rig.startRun({ max_children: 2 });
    const root = await launch(1);
    await rig.call("nodes/ask", { question: "which?", default: "this" }, root);
    await create(root);
    await create(root);
    await expect(create(root)).rejects.toThrow("You may create 2 children, and have.");
    await create(await launch(3));
  });

  test("of the budget end what cannot start any more, and leave nothing that stands again", async () => {
    run = await rig.startRun({ total_budget_usd: 1 });
    const root = await launch(1);
    await create(root);
    const { epoch } = await rig.node(run, 1);
    const attempts = [{ node_id: "#1", epoch, usd: 0.95, ended: true }];
    await rig.call("runs/report", { run_id: run, attempts });
    // the parent is back in its work phase, which has no budget left; its child is ready too
    rig.advance(31_000);
    await rig.sweep();
    expect(await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 5 })).toEqual({
      nodes: [],
      limited: true,
      proposed: false,
    });
    expect([await stateOf(1), await stateOf(2)]).toEqual(["cancelled", "cancelled"]);
    expect(await rig.call("runs/get", { run_id: run })).toMatchObject({ run: { limit_hit: "total budget" } });
  });
});

test("pausing and resuming keeps a node where it stood", async () => {
  const root = await launch(1);
  await create(root);
  await complete(root);
  await rig.call("nodes/pause", { run_id: run, node_id: "#1" });
  await rig.call("nodes/resume", { run_id: run, node_id: "#2" });
  await complete(await launch(2));
  expect(await stateOf(1)).toBe("paused");
  await rig.call("nodes/resume", { run_id: run, node_id: "#1" });
  expect(await rig.node(run, 1)).toMatchObject({ state: "pending", phase: "synthesis" });
});

test("the tree cuts long texts with a note, and read_node gives them whole", async () => {
  const long = "x".repeat(5000);
  const root = await launch(1);
  await create(root, { prompt: long });
  await complete(await launch(2), long);
  const tree = JSON.stringify(await rig.call("nodes/tree", {}, root));
  expect(tree.length).toBeLessThan(2000);
  expect(tree).toContain('read_node(\\"#2\\")');
  expect(await rig.call("nodes/read", { node_id: "#2" }, root)).toMatchObject({ prompt: long, result: long });
});

/** Resolves once an ask stands in the store. */
function created(kind: string): Promise<void> {
  if (rig.events.some((event) => event.kind === kind)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = rig.services.bus.watch({ kind }, () => {
      stop();
      resolve();
    });
  });
}
