import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { TreeNode } from "../../../src/core/node.ts";
import { nodeClient } from "../../../src/server/mcp/client.ts";
import { Calls } from "../../../src/server/mcp/calls.ts";
import { human, openRig, type Rig } from "../../support/operations/rig.ts";

/** The tree as an agent of a run reads it: all of it, however large the run is, in what its client takes. */

const maxBytes = 50_000;
let rig: Rig;
let run: string;
beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ max_nodes: 5000, max_children: 1000 });
  await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
});
afterEach(() => rig.close());

const Read = z.object({ content: z.array(z.object({ text: z.string() })) });

async function readTree(): Promise<{ root: TreeNode; bytes: number; note: string }> {
  const caller = await rig.asNode(run, 1);
  if (caller.kind !== "node") throw new Error("The root is no node.");
  const client = nodeClient(rig.services, caller, new Calls());
  const answer = await client.callTool({ name: "read_tree", args: {} }).perform(new AbortController().signal);
  const [text = "", note = ""] = Read.parse(answer).content.map((part) => part.text);
  return { root: TreeNode.parse(JSON.parse(text)), bytes: Buffer.byteLength(text), note };
}

/** Children of a node, with prompts of so many characters. */
async function children(of: number, count: number, length: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const child = { goal: `part ${at} of ${of}`, prompt: "x".repeat(length) };
    await rig.call("nodes/create", { run_id: run, node_id: `#${of}`, ...child }, human);
  }
}

function nodesIn({ children = [] }: TreeNode): number {
  return children.reduce((sum, child) => sum + nodesIn(child), 1);
}

test("of a small run long texts are cut", async () => {
  await children(1, 3, 1000);
  const { root, note } = await readTree();
  expect(root.children?.[0]?.prompt).toStartWith(`${"x".repeat(300)}… (cut; 1000 characters`);
  expect(note).toBe("");
});

test("the larger it is the shorter they are, and each node is there", async () => {
  await children(1, 200, 1000);
  const { root, bytes, note } = await readTree();
  expect(bytes).toBeLessThanOrEqual(maxBytes);
  expect(nodesIn(root)).toBe(201);
  expect(root.children?.[0]?.prompt).toStartWith(`${"x".repeat(100)}…`);
  expect(note).toBe("");
});

test("of one that is larger still there are goals and states, and of the deepest nodes the names", async () => {
  await children(1, 20, 10);
  for (let of = 2; of <= 21; of += 1) await children(of, 60, 10);
  const { root, bytes, note } = await readTree();
  expect(bytes).toBeLessThanOrEqual(maxBytes);
  expect(nodesIn(root)).toBe(21);
  const [first] = root.children ?? [];
  expect(first).toEqual({
    id: "#2",
    type: "TASK",
    goal: "part 0 of 1",
    status: "pending",
    children_left_out: Array.from({ length: 60 }, (_, at) => `#${at + 22}`),
  });
  expect(note).toContain("of the nodes in children_left_out read_node shows one");
});

test("a person reads it as it is", async () => {
  await children(1, 200, 1000);
  const root = TreeNode.parse(await rig.call("nodes/tree", { run_id: run }, human));
  expect(root.children?.[199]?.prompt).toStartWith("x".repeat(300));
});
