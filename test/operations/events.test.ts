import { afterEach, beforeEach, expect, test } from "bun:test";
import { Event, Happening, type EventType } from "../../src/core/event.ts";
import { Task } from "../../src/core/task.ts";
import { TabHello } from "../../src/operations/tabs/schemas.ts";
import { beginRemoval } from "../../src/store/lifecycle/remove-run.ts";
import { getRun } from "../../src/store/tables/runs.ts";
import { eventsSince } from "../../src/store/tables/events.ts";
import { openRig, textField, type Rig } from "../support/operations/rig.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

async function send(input: object = {}): Promise<string> {
  return textField(await rig.call("tasks/send", { name: "task", ...input }), "id");
}

async function claimed(agentId: string, id: string): Promise<Task> {
  return Task.parse(await rig.call("tasks/claim", { id, agentId, leaseSeconds: 10 }));
}

/** A day on the board: each way in which a task of it moves. */
async function board(): Promise<void> {
  await rig.call("agents/heartbeat", { id: "ann", name: "Ann" });
  await send({ kind: "ack" });
  const first = await send();
  const second = await send({ needs: [first] });
  await claimed("ann", first);
  await rig.call("tasks/release", { id: first, agentId: "ann" });
  await claimed("ann", first);
  rig.advance(11_000);
  await rig.sweep();
  await claimed("bob", first);
  const late = rig.call("tasks/complete", { id: first, agentId: "ann", epoch: 2, result: "late" });
  await expect(late).rejects.toThrow("stale lease");
  await rig.call("tasks/say", { id: first, text: "nearly" });
  await rig.call("tasks/ask", { id: first, question: "Which?" });
  await rig.call("tasks/answer", { id: first, answer: "this one" });
  await rig.call("tasks/complete", { id: first });
  await claimed("ann", second);
  await rig.call("tasks/fail", { id: second, agentId: "ann", reason: "no" });
  await rig.call("tasks/cancel", { id: await send() });
  await rig.call("board/import", { tasks: [imported("completed"), imported("claimed")], agents: [eve] });
}

const eve = { id: "eve", name: "Eve", first_seen: 1, last_seen: 2 };

function imported(state: "completed" | "claimed") {
  return {
    id: crypto.randomUUID(),
    name: "from there",
    kind: "task",
    priority: "normal",
    state,
    claimed_by: "eve",
    payload: null,
    result: null,
    created_at: 1,
    updated_at: 2,
    claimed_at: 1,
    lease_until: null,
  };
}

/** A run: each way in which a node moves, and what its engine tells. */
async function run(): Promise<void> {
  const id = await rig.startRun();
  const launch = () => rig.call("nodes/claim", { run_id: id, engine: "engine", limit: 9, settles: true });
  const held = async (number: number) => {
    const { epoch } = await rig.node(id, number);
    return { run_id: id, node_id: `#${number}`, epoch };
  };
  const node = (name: "pause" | "resume" | "retry" | "stop", number: number) =>
    rig.call(`nodes/${name}`, { run_id: id, node_id: `#${number}` });
  await launch();
  await rig.call("accounts/note", { run_id: id, engine: "engine", account: "mine", heard: "used up" });
  await rig.call("runs/go-on", { run_id: id });
  const root = await rig.asNode(id, 1);
  await rig.call("nodes/create", { goal: "first" }, root);
  await rig.call("nodes/create", { goal: "second", needs: ["#2"] }, root);
  await rig.call("nodes/complete", { result: "planned" }, root);
  await rig.call("nodes/settle", await held(1));
  await node("pause", 2);
  await rig.call("nodes/modify", { run_id: id, node_id: "#2", goal: "another" });
  await node("resume", 2);
  await launch();
  await rig.call("nodes/tell", { run_id: id, node_id: "#2", text: "hurry" });
  const { node_id, epoch } = await held(2);
  const report = (told: object) =>
    rig.call("runs/report", { run_id: id, attempts: [{ node_id, epoch, ...told }] });
  await report({ usd: 0.1, estimated: true, activity: "Bash: make" });
  await rig.call("nodes/ask", { question: "Which?", options: ["a", "b"] }, await rig.asNode(id, 2));
  await report({ usd: 0.2, ended: true, exit: "failed", reason: "no" });
  await rig.call("nodes/fail", { ...(await held(2)), reason: "no", final: true });
  await launch();
  const check = { command: "make", code: 1, verdict: "failed", why: null, output: "no", took_ms: 1 };
  await rig.call("nodes/complete", { result: "not yet" }, await rig.asNode(id, 1));
  await rig.call("nodes/refuse", { ...(await held(1)), check });
  await rig.call("nodes/complete", { result: "all that there is" }, await rig.asNode(id, 1));
  await rig.call("nodes/settle", await held(1));
  await node("retry", 2);
  await node("stop", 1);
  await plan();
}

/** A plan that is rejected, and another that is approved. */
async function plan(): Promise<void> {
  const id = await rig.startRun({ plan: "root" });
  const planned = async () => {
    await rig.call("nodes/claim", { run_id: id, engine: "engine", limit: 9 });
    const root = await rig.asNode(id, 1);
    await rig.call("nodes/create", { goal: "part" }, root);
    await rig.call("nodes/complete", { result: "planned" }, root);
  };
  await planned();
  await rig.call("runs/reject", { run_id: id, text: "other parts" });
  await planned();
  await rig.call("runs/approve", { run_id: id });
}

/** What tabs hear of, and what they reserve. */
async function tabs(): Promise<void> {
  const hello = TabHello.parse({ tab: crypto.randomUUID(), client: "claude", wake: "none" });
  const stream = rig.services.tabs.follow(hello);
  await stream.next();
  await rig.services.tabs.choose(hello.tab, "zoe");
  await rig.call("messages/send", { to: "zoe", text: "hello", agentId: "ann" });
  await rig.call("messages/list", { agentId: "zoe", ack: true });
  await claimed("zoe", await send());
  rig.advance(8000);
  await rig.sweep();
  stream.close();
  const files = { folder: "/work", agentId: "zoe", paths: ["src"] };
  await rig.call("files/reserve", files);
  await rig.call("files/release", { agentId: "zoe", paths: ["src"], folder: "/work" });
  await rig.call("files/reserve", files);
  rig.advance(3_600_000);
  await rig.sweep();
  const edits = { folder: "/work", paths: ["a.ts"], edits: true };
  await rig.call("files/check", { ...edits, agent: "ann" });
  await rig.call("files/check", { ...edits, agent: "zoe" });
  await rig.services.inbox.settled();
}

/** A run that is removed; its earlier events go later, in steps. */
async function removal(): Promise<void> {
  const id = await rig.startRun();
  await rig.store.write(async (tx) => beginRemoval(tx, await getRun(tx, id), "human", rig.now()));
}

test("each type of event is written by what cord does, with the data that its schema wants, and read again the same", async () => {
  await board();
  await run();
  await tabs();
  await removal();
  const types = new Set<EventType>(rig.events.map(({ type }) => type));
  const all = Happening.options.flatMap(({ shape }) => [...shape.type.values]);
  // told to who follows from what was archived, and written nowhere
  expect([...types].toSorted()).toEqual(all.filter((type) => type !== "history.archived").toSorted());
  for (const event of rig.events) expect(Event.parse(event)).toStrictEqual(event);
  const { events } = await rig.store.read((tx) => eventsSince(tx, 0, {}, 1000));
  expect(events).toStrictEqual(rig.events);
});

test("events of nodes, and only those, have their facts", async () => {
  await board();
  await run();
  for (const { type, task_id, run_id, number, node } of rig.events) {
    const named = task_id === null || run_id === null ? null : `${run_id} ${number}`;
    expect([type, node && `${node.run_id} ${node.number}`]).toEqual([type, named]);
  }
});
