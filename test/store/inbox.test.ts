import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { tabBounds } from "../../src/core/limits.ts";
import { forget } from "../../src/store/lifecycle/sweep.ts";
import { rename } from "../../src/server/tabs/opening.ts";
import { openTab } from "../support/operations/tabs.ts";
import { runOptions } from "../support/run-options.ts";
import { human, openRig, textField, type Rig } from "../support/operations/rig.ts";

/** What is put into inboxes beside messages: leases, runs and other names; and how it is forgotten. */

let rig: Rig;
beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const second = 1000;
const minute = 60 * second;

async function unread(agent: string): Promise<string[]> {
  return (await rig.services.inbox.unread(agent)).rows.map(({ reason, line }) => `${reason}: ${line}`);
}

async function held(agentId: string, leaseSeconds: number): Promise<string> {
  const id = textField(await rig.call("tasks/send", { name: "work" }), "id");
  await rig.call("tasks/claim", { id, agentId, leaseSeconds });
  return id;
}

async function after(milliseconds: number): Promise<string[]> {
  rig.advance(milliseconds);
  await rig.sweep();
  return unread("bob");
}

describe("a lease that is about to end", () => {
  const said = 'lease: your lease of task 1 "work" is about to end';

  test("is told a minute before, once, and again when it was lengthened meanwhile", async () => {
    const id = await held("bob", 600);
    expect(await after(8 * minute)).toEqual([]);
    expect(await after(61 * second)).toEqual([said]);
    expect(await after(30 * second)).toEqual([said]);
    await rig.call("tasks/extend", { id, agentId: "bob", leaseSeconds: 600 });
    expect(await after(minute)).toEqual([said]);
    expect(await after(8 * minute + second)).toEqual([said, said]);
    expect(await after(minute)).toEqual([said, said, 'lease: your lease of task 1 "work" has ended']);
  });

  test("is told in its last quarter, where that is less than a minute", async () => {
    await held("bob", 40);
    expect(await after(29 * second)).toEqual([]);
    expect(await after(2 * second)).toEqual([said]);
  });

  test("changes nothing of its task, and wakes nobody who waits for tasks", async () => {
    const id = await held("bob", 40);
    const before = await rig.call("tasks/get", { id });
    const waits = rig.call("tasks/list", { state: "claimed", since: 2, wait_ms: 1 });
    await after(35 * second);
    expect(rig.events.at(-1)?.type).toBe("task.lapsing");
    expect(await rig.call("tasks/get", { id })).toEqual(before);
    expect(await waits).toEqual([]);
  });
});

describe("a run", () => {
  test("that asks its person, or ends, is told to the tabs of its project", async () => {
    await openTab(rig, "bob");
    await openTab(rig, "carol", { project: "q" });
    const created = await rig.call("runs/create", {
      goal: "Release <it>",
      project: "p",
      options: runOptions,
    });
    const id = textField(created, "run_id");
    await rig.call("nodes/claim", { run_id: id, engine: "engine", limit: 1 });
    const root = await rig.asNode(id, 1);
    await rig.call("nodes/ask", { question: "Which?", options: ["a", "b"] }, root);
    const [asks] = await unread("bob");
    expect(asks).toStartWith(`run: run ${id.slice(0, 8)} asks its person`);
    await rig.call("nodes/stop", { run_id: id, node_id: "#1" }, human);
    expect((await unread("bob")).at(-1)).toBe(`run: run ${id.slice(0, 8)} "Release it" has ended: cancelled`);
    expect(await unread("carol")).toEqual([]);
  });
});

test("a task that its holder loses to somebody who cancels it is told to it", async () => {
  const id = await held("bob", 300);
  await rig.call("tasks/cancel", { id });
  expect(await unread("bob")).toEqual(['lease: task 1 "work", which you held, was cancelled']);
});

test("an agent that goes on under another name finds its inbox and its watches there, also of what came just before", async () => {
  const tab = await openTab(rig, "bob");
  await rig.call("tasks/watch", { agentId: "bob", kind: "ack" });
  const when = { now: rig.now(), monotonic: rig.monotonic() };
  await Promise.all([
    rig.call("messages/send", { to: "bob", text: "one", agentId: "alice" }),
    rig.store.write((tx) => rename(tx, tab, { handle: "robert", chosen: 1 }, when)),
  ]);
  await rig.call("tasks/send", { name: "landed", kind: "ack" });
  expect(await unread("robert")).toEqual([
    "message: message 1 from alice",
    expect.stringMatching(/^watch: .*"landed" is completed$/),
  ]);
  expect(await unread("bob")).toEqual([]);
  expect(rig.services.inbox.hasUntold("robert")).toBe(true);
});

test("what was read is forgotten after a month, what was never read after three, and a closed tab after one", async () => {
  for (const to of ["bob", "carol"]) await rig.call("messages/send", { to, text: "x", agentId: "alice" });
  await openTab(rig, "gone", { closed_at: rig.now() });
  await openTab(rig, "open");
  await rig.call("messages/list", { agentId: "bob" });
  const rows = (table: string) =>
    rig.store.read(async (tx) => (await tx.all(`SELECT * FROM ${table}`)).length);
  const afterMonths = async (months: number) => {
    rig.advance(months * tabBounds.keptMs + 1);
    await forget(rig.store, { now: rig.now(), monotonic: rig.monotonic() });
    return [await rows("inbox"), await rows("tabs")];
  };
  expect(await afterMonths(0)).toEqual([2, 2]);
  expect(await afterMonths(1)).toEqual([1, 1]);
  expect(await afterMonths(2)).toEqual([0, 1]);
});
