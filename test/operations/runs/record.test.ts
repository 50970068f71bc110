import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { recordBounds } from "../../../src/core/limits.ts";
import { operations } from "../../../src/operations/list.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
let run: string;

beforeEach(async () => {
  rig = openRig();
  run = await rig.startRun({ max_children: 100, max_nodes: 200 });
});
afterEach(() => rig.close());

const record = async (after = 0) =>
  operations["runs/record"].output.parse(await rig.call("runs/record", { run_id: run, after }));
const history = async (since = 0) =>
  operations["runs/history"].output.parse(await rig.call("runs/history", { run_id: run, since }));
const create = (more: object) =>
  rig.call("nodes/create", { run_id: run, node_id: "#1", goal: "A part", ...more });

describe("what is kept of a run", () => {
  test("comes page by page, each node once, and the pages end", async () => {
    for (let count = 0; count < recordBounds.pageNodes + 3; count += 1) await create({});
    const first = await record();
    const second = await record(first.next ?? 0);
    expect([first.nodes.length, second.next]).toEqual([recordBounds.pageNodes, null]);
    const numbers = [...first.nodes, ...second.nodes].map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: recordBounds.pageNodes + 4 }, (_, at) => at + 1));
  });

  test("has no page larger than a message may be, however long its texts are", async () => {
    const prompt = "x".repeat(500_000);
    for (let count = 0; count < 60; count += 1) await create({ prompt });
    let pages = 0;
    for (let after: number | null = 0; after !== null; pages += 1) {
      const { nodes, next } = await record(after);
      expect(JSON.stringify(nodes).length).toBeLessThan(1.1 * recordBounds.pageBytes);
      for (const node of nodes.slice(1))
        expect(node.prompt).toEqual({ text: "x".repeat(recordBounds.promptLength), length: 500_000 });
      after = next;
    }
    expect(pages).toBe(2);
  });

  test("has each attempt, with what it said and what it came to", async () => {
    await create({ prompt: "Do it.", returns: "list" });
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    const root = await rig.asNode(run, 1);
    await rig.call("nodes/complete", { result: "It is handed out." }, root);
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    await rig.call("nodes/complete", { result: [3] }, await rig.asNode(run, 2));
    const { nodes } = await record();
    expect(nodes).toMatchObject([
      {
        number: 1,
        result: null,
        attempts: [{ attempt: 1, phase: "work", said: { text: "It is handed out.", json: false } }],
      },
      {
        number: 2,
        prompt: { text: "Do it.", length: 6 },
        result: { text: "[\n  3\n]", json: true },
        attempts: [{ attempt: 1, phase: "work", state: "running", checks: [] }],
      },
    ]);
  });

  test("tells what happened, oldest first, from where a reader has come to", async () => {
    await create({});
    const { events, next } = await history();
    expect(events.map(({ type, number }) => [type, number])).toEqual([
      ["run.created", null],
      ["task.created", 1],
      ["task.created", 2],
    ]);
    expect(next).toBeNull();
    expect((await history(events[1]?.seq)).events).toEqual(events.slice(2));
  });
});
