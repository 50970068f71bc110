import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { tabClient } from "../../../src/server/mcp/client.ts";
import { Sessions, type Session } from "../../../src/server/mcp/sessions.ts";
import { reminderOf } from "../../../src/server/mcp/tab.ts";
import { openRig, type Rig } from "../../support/operations/rig.ts";
import { ManualTime } from "../../support/terminal/terminal.ts";
import { until } from "../../support/until.ts";

/** What a tab learns of what is said of its tasks. */

const minute = 60_000;

let rig: Rig;
let time: ManualTime;
let sessions: Sessions;
let session: Session;
beforeEach(() => {
  rig = openRig();
  rig.advance(minute);
  time = new ManualTime();
  sessions = open();
  session = sessions.open();
  session.streams = 1;
});
afterEach(() => rig.close());

function open(): Sessions {
  const rules = { graceMs: 2 * minute, renewedMs: 60 * minute, keptMs: 60 * minute };
  return new Sessions(rig.services, "the seal", { ...rules, schedule: time.schedule });
}

function call(name: string, args: Record<string, unknown>, tab = session): Promise<CallToolResult> {
  const said = { project: null, tab: null, conversation: null, requestId: null, notice: null };
  const client = tabClient(rig.services, sessions, tab, said);
  return client.callTool({ name, args }).perform(new AbortController().signal);
}

/** A task that alice holds in the session. */
async function claimed(): Promise<string> {
  const task = (await call("tasks_send", { name: "work" })).structuredContent ?? {};
  await call("tasks_claim", { id: task["id"], agent_id: "alice" });
  return String(task["id"]);
}

/** What is noted beside the result of a call that is about nothing in particular. */
async function notes(args: Record<string, unknown> = {}): Promise<string> {
  return noteIn(await call("tasks_reclaim", args));
}

function noteIn({ structuredContent }: CallToolResult): string {
  return String(structuredContent?.["note"] ?? "");
}

async function pass(milliseconds: number): Promise<void> {
  rig.advance(milliseconds);
  time.pass();
  await rig.rows();
  await rig.rows();
  await rig.sweep();
}

async function rowOf(id: string) {
  const { state, epoch } = (await rig.rows()).find((row) => row.id === id) ?? {};
  return { state, epoch };
}

describe("a tab that asks", () => {
  test("holds its task no more, and renews nothing", async () => {
    const id = await claimed();
    const asked = await call("tasks_ask", { id, question: "which?" });
    expect(noteIn(asked)).toContain("No answer yet.");
    expect([...session.holds.keys()]).toEqual([]);
    await pass(3 * minute);
    expect(time.scheduled).toBe(0);
    expect(await rowOf(id)).toEqual({ state: "waiting", epoch: 1 });
    expect(await notes()).toBe("");
  });

  test("holds it again from its answer on, renews it, and is told once", async () => {
    const id = await claimed();
    await call("tasks_ask", { id, question: "which?" });
    await pass(10 * minute);
    await rig.call("tasks/answer", { id, answer: "this\u202e one" });
    for (let count = 0; count < 10; count += 1) await pass(2.5 * minute);
    expect(await rowOf(id)).toEqual({ state: "claimed", epoch: 2 });
    expect(await notes()).toBe(
      'Your question about task 1 "work" was answered, and you hold it again (epoch 2): "this one". tasks_get has all that was said.',
    );
    expect(await notes()).toBe("");
    const done = await call("tasks_complete", { id, result: "done" });
    expect(done.isError).toBeUndefined();
    expect(await rowOf(id)).toEqual({ state: "completed", epoch: 2 });
  });

  test("with a call that waits has the answer with it, and holds the task under its new epoch", async () => {
    const id = await claimed();
    const asked = call("tasks_ask", { id, question: "which?", wait_seconds: 3600 });
    await until("the question", () => rig.events.at(-1)?.type === "task.asked");
    await rig.call("tasks/answer", { id, answer: "this one" });
    expect((await asked).structuredContent).toMatchObject({ answer: "this one", task: { epoch: 2 } });
    expect(await notes()).toBe("");
    expect((await call("tasks_complete", { id })).isError).toBeUndefined();
  });

  test("renews a short lease after an answer, though the renewal before it was refused; also of a task claimed elsewhere", async () => {
    const { structuredContent: task = {} } = await call("tasks_send", { name: "work" });
    const id = String(task["id"]);
    await call("tasks_claim", { id, agent_id: "alice", lease_seconds: 60 });
    const asked = call("tasks_ask", { id, question: "which?", wait_seconds: 3600 });
    await until("the question", () => rig.events.at(-1)?.type === "task.asked");
    await pass(0.5 * minute);
    expect(session.holds.size).toBe(0);
    await rig.call("tasks/answer", { id, answer: "this one" });
    await asked;
    for (let count = 0; count < 10; count += 1) await pass(0.5 * minute);
    expect(await rowOf(id)).toEqual({ state: "claimed", epoch: 2 });

    const other = String((await call("tasks_send", { name: "more" })).structuredContent?.["id"]);
    await rig.call("tasks/claim", { id: other, agentId: "alice", leaseSeconds: 20 });
    await call("tasks_ask", { id: other, question: "which?" });
    await rig.call("tasks/answer", { id: other, answer: "this one" });
    await pass(0);
    await pass(minute);
    expect(await rowOf(other)).toEqual({ state: "claimed", epoch: 2 });
  });

  test("may ask by a command, and holds its task again from the answer on", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, question: "which?", agentId: "alice" });
    await rig.call("tasks/answer", { id, answer: "this one" });
    await pass(0);
    for (let count = 0; count < 4; count += 1) await pass(2.5 * minute);
    expect(await rowOf(id)).toEqual({ state: "claimed", epoch: 2 });
    expect(await notes()).toContain("was answered, and you hold it again (epoch 2)");
    expect((await call("tasks_complete", { id })).isError).toBeUndefined();
  });

  test("does not get back what another took over and has asked about", async () => {
    const id = await claimed();
    session.streams = 0;
    await pass(6 * minute);
    await rig.call("tasks/claim", { id, agentId: "bob" });
    await rig.call("tasks/ask", { id, question: "which?", agentId: "bob" });
    await rig.call("tasks/answer", { id, answer: "this one" });
    const done = await call("tasks_complete", { id });
    expect(done.isError).toBe(true);
    expect(await rowOf(id)).toEqual({ state: "claimed", epoch: 3 });
  });

  test("is told that it holds the task no more, where it was gone when the answer came", async () => {
    const id = await claimed();
    await call("tasks_ask", { id, question: "which?" });
    session.streams = 0;
    await pass(3 * minute);
    await rig.call("tasks/answer", { id, answer: "this one" });
    expect(await rowOf(id)).toEqual({ state: "pending", epoch: 1 });
    expect(await notes()).toBe(
      'You hold task 1 "work" no more, about which you had asked: it is pending, and the answer was: "this one". Claim it to go on.',
    );
    expect(await notes()).toBe("");
    const again = await call("tasks_claim", { id });
    expect(noteIn(again)).toContain("It has 2 messages: tasks_get gives them.");
  });

  test("is reminded of what it asked when it begins anew", async () => {
    const id = await claimed();
    await call("tasks_ask", { id, question: "which?" });
    session.told.clear();
    expect(await notes()).toContain(`alice has asked about: task 1 "work" (${id}). It is yours again once`);
  });

  test("is told when its task was cancelled meanwhile", async () => {
    const id = await claimed();
    await call("tasks_ask", { id, question: "which?" });
    await rig.call("tasks/cancel", { id });
    expect(await notes()).toContain("it is cancelled.");
  });

  test("goes on after a restart with what its client remembers, also if the answer came in between", async () => {
    const id = await claimed();
    await call("tasks_ask", { id, question: "which?" });
    const reminder = reminderOf(session);
    await rig.call("tasks/answer", { id, answer: "this one" });
    sessions = open();
    session = sessions.find(session.id, reminder) ?? session;
    expect(await notes()).toContain('you hold it again (epoch 2): "this one"');
    expect(session.holds.get(id)).toMatchObject({ agent: "alice", epoch: 2 });
    expect(reminderOf(session)).toStartWith("1.");
  });
});

describe("a tab that sent a task", () => {
  test("is told when that asks, and answers it", async () => {
    const { structuredContent: task = {} } = await call("tasks_send", { name: "work" });
    const id = String(task["id"]);
    await rig.call("tasks/claim", { id, agentId: "bob" });
    await rig.call("tasks/ask", { id, agentId: "bob", question: "which?", options: ["a", "b"] });
    expect(await notes()).toBe(
      'bob asks about task 1 "work", which you sent: "which?" ("a", "b"). It waits for your tasks_answer.',
    );
    expect(await notes()).toBe("");
    await call("tasks_answer", { id, answer: "a" });
    await rig.call("tasks/ask", { id, agentId: "bob", question: "and now?" });
    await rig.call("tasks/answer", { id, answer: "go on" });
    expect(await notes()).toBe("");
    await rig.call("tasks/complete", { id, agentId: "bob" });
    expect(session.sent.size).toBe(0);
  });

  test("is told so after a restart too, also of what was asked in between; what has ended meanwhile is forgotten", async () => {
    const [id, other] = [await sent(), await sent()];
    const reminder = reminderOf(session);
    await rig.call("tasks/claim", { id, agentId: "bob" });
    await rig.call("tasks/ask", { id, agentId: "bob", question: "which?" });
    await rig.call("tasks/cancel", { id: other });
    sessions = open();
    session = sessions.find(session.id, reminder) ?? session;
    expect(await notes()).toContain('bob asks about task 1 "work", which you sent: "which?"');
    expect(await notes()).toBe("");
    expect([...session.sent]).toEqual([id]);
    await rig.call("tasks/answer", { id, answer: "this one" });
    await rig.call("tasks/ask", { id, agentId: "bob", question: "and now?" });
    expect(await notes()).toContain("and now?");
  });
});

async function sent(): Promise<string> {
  const { structuredContent: task = {} } = await call("tasks_send", { name: "work" });
  return String(task["id"]);
}

describe("a tab whose task is told something", () => {
  test("is told once, at its next call", async () => {
    const id = await claimed();
    await rig.call("tasks/tell", { id, text: "old" });
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(await notes()).toBe(
      'human says of task 1 "work": "mind the gap". There is one message more. tasks_get has all that was said.',
    );
    expect(await notes()).toBe("");
  });

  test("is not told what it has just read", async () => {
    const id = await claimed();
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    const read = await call("tasks_get", { id });
    expect(read.structuredContent).toMatchObject({ messages: [{ parts: [{ text: "mind the gap" }] }] });
    expect(noteIn(read)).toBe("");
    expect(await notes()).toBe("");
  });

  test("is told even with the end of its work", async () => {
    const id = await claimed();
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(noteIn(await call("tasks_complete", { id }))).toContain('"mind the gap"');
  });

  test("hears it as the sub-agent that holds the task", async () => {
    const id = await claimed();
    await call("agents_heartbeat", { id: "bob", name: "Bob" });
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(noteIn(await call("agents_heartbeat", { id: "bob", name: "Bob" }))).not.toContain("mind the gap");
    expect(noteIn(await call("agents_heartbeat", { id: "alice", name: "Alice" }))).toContain("mind the gap");
  });

  test("leaves nothing behind when its session ends", async () => {
    const id = await claimed();
    await call("tasks_reclaim", {});
    sessions.close(session);
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(session.news.size).toBe(0);
  });
});
