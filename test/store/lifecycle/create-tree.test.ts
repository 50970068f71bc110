import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createTree, type PlannedNode } from "../../../src/store/lifecycle/create-tree.ts";
import { getNode } from "../../../src/store/tables/nodes.ts";
import { getRun } from "../../../src/store/tables/runs.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ jobs: 50, max_depth: 4, max_nodes: 12, max_children: 4 });
});
afterEach(() => rig.close());

function planned(key: string, some: Partial<PlannedNode> = {}): PlannedNode {
  const nothing = { prompt: null, returns: null, schema: null, model: null, agent: null };
  return { key, name: key, ...nothing, options: {}, needs: [], children: [], ...some };
}

/** Adds a plan under a node, and names the uppermost of it. */
async function plant(nodes: readonly PlannedNode[], needs: number[] = [], under = 1): Promise<number[]> {
  const rows = await rig.store.write(async (tx) => {
    const parent = await getNode(tx, run, under);
    const how = { newId: () => Bun.randomUUIDv7(), needs, now: rig.now() };
    return createTree(tx, await getRun(tx, run), parent, nodes, how);
  });
  return rows.map(({ number }) => number);
}

async function claim(): Promise<string[]> {
  const claimed = await rig.call("nodes/claim", { run_id: run, engine: "engine:1", limit: 50 });
  const nodes: unknown =
    typeof claimed === "object" && claimed !== null && "nodes" in claimed && claimed.nodes;
  return Array.isArray(nodes) ? nodes.map((node: unknown) => textField(node, "node_id")) : [];
}

async function complete(number: number, result: unknown = `result ${number}`): Promise<void> {
  await rig.call("nodes/complete", { result }, await rig.asNode(run, number));
}

async function shown(): Promise<unknown[]> {
  const rows = await rig.rows();
  const numbers = new Map(rows.map(({ id, number }) => [id, number]));
  return rows.slice(1).map(({ name, path, state, needs, open_children }) => {
    const ids: unknown = JSON.parse(needs ?? "[]");
    const needed = Array.isArray(ids) ? ids.map((id) => numbers.get(String(id))) : [];
    return [name, path, state, needed, open_children];
  });
}

describe("a plan", () => {
  test("is added whole: what has children waits for them, and all below it needs what it does", async () => {
    const nodes = [
      planned("look", { returns: "list" }),
      planned("work", {
        needs: ["look"],
        options: { type: "serial", cwd: "web", allowed_tools: ["Read"] },
        children: [planned("first"), planned("second", { children: [planned("deep")] })],
      }),
      planned("each", { for_each: "look", options: { limit: 3 } }),
    ];
    expect(await plant(nodes)).toEqual([2, 3, 7]);
    expect(await shown()).toEqual([
      ["look", "1.2", "pending", [], 0],
      ["work", "1.3", "waiting", [2], 2],
      ["first", "1.3.4", "pending", [2], 0],
      ["second", "1.3.5", "waiting", [2, 4], 1],
      ["deep", "1.3.5.6", "pending", [2, 4], 0],
      ["each", "1.7", "pending", [2], 0],
    ]);
    expect(await rig.node(run, 1)).toMatchObject({ children: 3, open_children: 3 });
    expect((await rig.node(run, 6)).options).toBe('{"cwd":"web","allowed_tools":["Read"]}');
    expect((await rig.node(run, 7)).options).toBe('{"limit":3,"for_each":2}');
    expect(await claim()).toEqual(["#1", "#2"]);
    await complete(1);
    await complete(2, ["a"]);
    expect(await claim()).toEqual(["#4", "#8"]);
    await complete(4);
    await complete(8);
    expect(await claim()).toEqual(["#6"]);
    await complete(6);
    expect(await claim()).toEqual(["#5"]);
    await complete(5);
    expect(await claim()).toEqual(["#3"]);
    await complete(3);
    expect(await claim()).toEqual(["#1"]);
  });

  test("needs what the caller says, as all of it does", async () => {
    await claim();
    await rig.call("nodes/create", { goal: "list", returns: "list" }, await rig.asNode(run, 1));
    await claim();
    await complete(2, ["a", "b"]);
    const open = await rig.call("nodes/create", { goal: "open" }, await rig.asNode(run, 1));
    expect(textField(open, "created")).toBe("#3");
    await plant(
      [planned("race", { options: { resolve: "any" }, children: [planned("a"), planned("b")] })],
      [3],
    );
    expect(await shown()).toMatchObject([
      ["list", "1.2", "completed", [], 0],
      ["open", "1.3", "pending", [], 0],
      ["race", "1.4", "waiting", [3], 2],
      ["a", "1.4.5", "pending", [3], 0],
      ["b", "1.4.6", "pending", [3], 0],
    ]);
    await rig.call("nodes/stop", { run_id: run, node_id: "#3" });
    expect((await rig.rows()).slice(3).map(({ state }) => state)).toEqual(Array(3).fill("cancelled"));
  });

  test.each([
    [
      "of too many nodes",
      Array.from({ length: 3 }, (_, n) =>
        planned(`${n}`, { children: [1, 2, 3].map((m) => planned(`${n}.${m}`)) }),
      ),
      "The plan has 12 nodes, and this run may have 11 more.",
    ],
    [
      "too deep",
      [
        planned("1", {
          children: [planned("2", { children: [planned("3", { children: [planned("4")] })] })],
        }),
      ],
      "5 levels deep, and it may be 4",
    ],
    [
      "too deep, with the items of a list",
      [
        planned("l"),
        planned("1", { children: [planned("2", { children: [planned("3", { for_each: "l" })] })] }),
      ],
      "5 levels deep",
    ],
    [
      "with too many children",
      [planned("1", { children: [1, 2, 3, 4, 5].map((n) => planned(`1.${n}`)) })],
      "one node 5 children, and in this run it may have 4",
    ],
    [
      "that needs what is not there",
      [planned("a", { needs: ["b"] })],
      '"a" needs b, which is no node of the plan',
    ],
    ["that needs itself", [planned("a", { needs: ["a"] })], "would wait for itself for ever"],
    [
      "whose nodes need each other",
      [planned("a", { needs: ["b"] }), planned("b", { needs: ["a"] })],
      "would wait for itself for ever",
    ],
    [
      "that needs what it lies in",
      [planned("a", { children: [planned("b", { needs: ["a"] })] })],
      "would wait for itself for ever",
    ],
    [
      "that needs what lies in it",
      [planned("a", { needs: ["b"], children: [planned("b")] })],
      "would wait for itself for ever",
    ],
    [
      "that needs what may be stopped",
      [
        planned("r", { options: { resolve: "any" }, children: [planned("a"), planned("b")] }),
        planned("c", { needs: ["a"] }),
      ],
      'which is stopped if another child of "r" completes first',
    ],
    [
      "with children beside those of a list",
      [planned("l"), planned("e", { for_each: "l", children: [planned("c")] })],
      "can have no others below it",
    ],
    ["with options that cannot be together", [planned("a", { options: { limit: 3 } })], "Give for_each too"],
    [
      "that leads out of the folder",
      [planned("a", { options: { cwd: ".." } })],
      "is no folder below the run's",
    ],
    [
      "with more tools than its parent",
      [
        planned("a", {
          options: { allowed_tools: ["Read"] },
          children: [planned("b", { options: { allowed_tools: ["Bash"] } })],
        }),
      ],
      "may not use Bash",
    ],
  ])("%s is refused, and leaves nothing", async (_, nodes, problem) => {
    await expect(plant(nodes)).rejects.toThrow(problem);
    expect(await shown()).toEqual([]);
    expect(await plant([planned("fine")])).toEqual([2]);
  });
});
