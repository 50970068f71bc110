import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ plan: "root", max_nodes: 8, max_children: 4, max_depth: 3 });
  await claim();
  const root = await rig.asNode(run, 1);
  await rig.call("nodes/create", { goal: "one", prompt: "First." }, root);
  await rig.call("nodes/create", { goal: "two", needs: ["#2"] }, root);
  await rig.call("nodes/create", { goal: "three", model: "opus" }, root);
  await rig.call("nodes/complete", { result: "planned" }, root);
});
afterEach(() => rig.close());

const claim = () => rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 50 });
const planned = async () => {
  const { plans } = (await rig.call("runs/plan", { run_id: run })) as { plans: Plan[] };
  return (plans[0]?.nodes ?? []).map(({ node_id, parent, goal, needs, model, prompt }) => ({
    node_id,
    parent,
    goal,
    needs,
    model,
    prompt,
  }));
};
const edit = (...nodes: object[]) => rig.call("runs/edit", { run_id: run, node_id: "#1", nodes });
const node = (node_id: string, goal: string, more: object = {}) => ({ node_id, parent: "#1", goal, ...more });
const refused = async (nodes: readonly object[]) => {
  const before = await planned();
  const error = await edit(...nodes).catch((thrown: unknown) => thrown);
  if (!(error instanceof CordError)) throw new Error("it was not refused");
  expect(await planned()).toEqual(before);
  return { code: error.code, message: error.message, node: error.data["node"] };
};
const finish = async (number: number) => {
  await claim();
  await rig.call("nodes/complete", { result: "done" }, await rig.asNode(run, number));
};
const ready = async () => {
  const { nodes } = (await claim()) as { nodes: { node_id: string }[] };
  return nodes.map(({ node_id }) => node_id);
};

describe("a person's edit of a plan", () => {
  test("changes goals, prompts, needs and models in place; what is left out of a prompt stays", async () => {
    await edit(
      node("#2", "uno"),
      node("#3", "two", { model: "haiku", prompt: "Second." }),
      node("#4", "three", { needs: ["#2", "#3"], prompt: null }),
    );
    expect(await planned()).toEqual([
      { node_id: "#2", parent: "#1", goal: "uno", needs: [], model: null, prompt: "First." },
      { node_id: "#3", parent: "#1", goal: "two", needs: [], model: "haiku", prompt: "Second." },
      { node_id: "#4", parent: "#1", goal: "three", needs: ["#2", "#3"], model: null, prompt: null },
    ]);
    await rig.call("runs/approve", { run_id: run });
    expect(await ready()).toEqual(["#2", "#3"]);
    await finish(2);
    await finish(3);
    expect(await ready()).toEqual(["#4"]);
  });

  test("takes nodes out and adds others, also below one, which then waits for them", async () => {
    await edit(
      node("#2", "one"),
      node("#4", "three"),
      node("new", "four", { needs: ["#2"] }),
      node("below", "five", { parent: "new" }),
      node("last", "six", { parent: "new", needs: ["below"] }),
    );
    expect((await planned()).map(({ node_id, parent, needs }) => [node_id, parent, needs])).toEqual([
      ["#2", "#1", []],
      ["#4", "#1", []],
      ["#5", "#1", ["#2"]],
      ["#6", "#5", ["#2"]],
      ["#7", "#5", ["#2", "#6"]],
    ]);
    await rig.call("runs/approve", { run_id: run });
    expect(await ready()).toEqual(["#2", "#4"]);
    for (const number of [2, 4, 6, 7, 5, 1]) await finish(number);
    expect(await rig.node(run, 1)).toMatchObject({ state: "completed" });
    expect(await rig.call("runs/get", { run_id: run })).toMatchObject({
      run: { standing: "complete", nodes: 6, lost: 0, done: 6 },
    });
  });

  test("has them in the order of the list: what comes before one with a lower number is made anew", async () => {
    await edit(node("#4", "three"), node("#2", "one"), node("#3", "two", { needs: ["#2"] }));
    expect((await planned()).map(({ node_id, goal, needs }) => [node_id, goal, needs])).toEqual([
      ["#4", "three", []],
      ["#5", "one", []],
      ["#6", "two", ["#5"]],
    ]);
    expect((await planned())[1]).toMatchObject({ prompt: "First." });
  });

  test("can be made again and again, and be rejected afterwards", async () => {
    for (let round = 0; round < 5; round += 1)
      await edit(node("a", "one"), node("b", "two", { needs: ["a"] }));
    expect(await planned()).toHaveLength(2);
    await rig.call("runs/reject", { run_id: run, text: "no" });
    expect(await rig.node(run, 1)).toMatchObject({ state: "pending", children: 0, open_children: 0 });
  });

  test("is refused whole, with the node at fault, where it cannot be", async () => {
    expect(
      await refused([node("#2", "one", { needs: ["#3"] }), node("#3", "two", { needs: ["#2"] })]),
    ).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("would wait for itself"),
      node: "#2",
    });
    expect(await refused([node("#2", "one"), node("x", "two", { needs: ["nothing"] })])).toMatchObject({
      node: "x",
    });
    expect(await refused([node("x", "two", { needs: ["#1"] })])).toMatchObject({
      message: expect.stringContaining("#1 is an ancestor"),
      node: "x",
    });
    expect(await refused([node("x", "two", { model: "no such" })])).toMatchObject({
      message: expect.stringContaining('no model "no such"'),
      node: "x",
    });
    expect(await refused([node("x", "two", { options: { cwd: "../other" } })])).toMatchObject({ node: "x" });
    expect(await refused([node("x", "two"), node("x", "two")])).toMatchObject({ node: "x" });
    expect(await refused([node("x", "two", { parent: "y" }), node("y", "one")])).toMatchObject({ node: "x" });
    expect(await refused([])).toMatchObject({ code: "invalid" });
  });

  test("has the limits of its run", async () => {
    const many = Array.from({ length: 5 }, (_, at) => node(`n${at}`, "child"));
    expect(await refused(many)).toMatchObject({
      code: "limit",
      message: expect.stringContaining("children"),
    });
    const deep = [node("a", "one"), node("b", "two", { parent: "a" }), node("c", "three", { parent: "b" })];
    expect(await refused(deep)).toMatchObject({
      code: "limit",
      message: expect.stringContaining("levels deep"),
    });
    const all = many
      .slice(0, 4)
      .flatMap((one) => [one, { ...one, node_id: `${one.node_id}b`, parent: one.node_id }]);
    expect(await refused(all)).toMatchObject({ code: "limit", message: expect.stringContaining("7 more") });
    await edit(...all.slice(0, 6), node("last", "one"));
    expect(await planned()).toHaveLength(7);
  });

  test("is only for a plan that waits", async () => {
    await rig.call("runs/approve", { run_id: run });
    await expect(edit(node("#2", "one"))).rejects.toThrow("no plan that waits");
  });
});
