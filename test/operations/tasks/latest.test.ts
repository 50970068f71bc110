import { afterEach, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { Task } from "../../../src/core/task.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { human, openRig, textField, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const Page = z.object({ items: z.array(Task), total: z.number(), next: z.string().optional() });

async function latest(input: object, caller: Caller = human) {
  const { items, total, next } = Page.parse(await rig.call("tasks/latest", input, caller));
  return { names: items.map(({ name }) => name), total, next };
}

async function send(name: string): Promise<string> {
  rig.advance(1000);
  return textField(await rig.call("tasks/send", { name }), "id");
}

test("the task that changed last comes first, whether it is the board's or a run's", async () => {
  const first = await send("one");
  await send("two");
  await rig.startRun();
  await rig.call("tasks/claim", { id: first, agentId: "ann" });
  expect(await latest({})).toEqual({ names: ["one", "goal", "two"], total: 3, next: undefined });
});

test("a page goes on where the one before ended, and a task that changed meanwhile is not given twice", async () => {
  const ids = [await send("one"), await send("two"), await send("three")];
  const page = await latest({ limit: 1 });
  expect(page.names).toEqual(["three"]);
  await rig.call("tasks/claim", { id: ids[2], agentId: "ann" });
  const rest = await latest({ limit: 2, cursor: page.next });
  expect(rest).toEqual({ names: ["two", "one"], total: 3, next: undefined });
});

test("a cursor is refused that is none, or that is another question's", async () => {
  await send("one");
  await send("two");
  const { next } = await latest({ limit: 1 });
  await expect(latest({ limit: 1, cursor: next, states: ["pending"] })).rejects.toThrow("cursor: it must be");
  await expect(latest({ cursor: "n0.12" })).rejects.toThrow("cursor: it must be");
});

test("only what changed at a time or later is given, and what is no time is refused", async () => {
  await send("one");
  await send("two");
  const time = new Date(rig.now()).toISOString();
  await send("three");
  expect(await latest({ after: time })).toEqual({ names: ["three", "two"], total: 2, next: undefined });
  await expect(latest({ after: "yesterday" })).rejects.toThrow("after: it must be a time");
});

test("a node sees its own run and nothing else, and nothing at all once its attempt is over", async () => {
  await send("the board's");
  const runId = await rig.startRun();
  await rig.startRun();
  await rig.call("nodes/claim", { run_id: runId, engine: "engine:1", limit: 1 });
  const node = await rig.asNode(runId, 1);
  expect(await latest({}, node)).toEqual({ names: ["goal"], total: 1, next: undefined });
  expect((await latest({ context_id: crypto.randomUUID() }, node)).total).toBe(0);
  await rig.call("nodes/release", { run_id: runId, node_id: "1", epoch: 1 });
  await expect(latest({}, node)).rejects.toThrow("is over");
});
