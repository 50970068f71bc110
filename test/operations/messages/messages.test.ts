import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { CordError } from "../../../src/core/error.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { operations } from "../../../src/operations/list.ts";
import { openTab } from "../../support/operations/tabs.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

const Answer = operations["messages/list"].output;

const tab = (agent: string): Caller => ({ kind: "tab", agent });

async function send(rig: Rig, from: string, input: object): Promise<string> {
  return textField(await rig.call("messages/send", { agentId: from, ...input }, tab(from)), "id");
}

async function list(rig: Rig, agentId: string, input: object = {}): Promise<z.infer<typeof Answer>> {
  return Answer.parse(await rig.call("messages/list", { agentId, ...input }, tab(agentId)));
}

async function texts(rig: Rig, agentId: string, input: object = {}): Promise<string[]> {
  return (await list(rig, agentId, input)).items.map(({ text }) => text);
}

describe("a message to one agent", () => {
  test("is given whole, once as new, and stays to be read again", async () => {
    const rig = openRig();
    const text = `Line one\n${"x".repeat(3000)}\nthe end`;
    const id = await send(rig, "alice", { to: "bob", text, urgent: true });
    const { items, notices, more } = await list(rig, "bob");
    expect(items).toMatchObject([{ id, from: "alice", to: "bob", text, priority: "urgent", is_new: true }]);
    expect({ notices, more }).toEqual({ notices: [], more: false });
    expect((await list(rig, "bob")).items).toMatchObject([{ id, is_new: false }]);
    expect((await list(rig, "bob", { unread: true })).items).toEqual([]);
    await rig.close();
  });

  test("is a pending task, which the acknowledgement completes", async () => {
    const rig = openRig();
    const id = await send(rig, "alice", { to: "bob", text: "Please look" });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      state: "pending",
      kind: "message",
      to: "bob",
    });
    await list(rig, "bob", { ack: [id] });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "completed", claimed_by: "bob" });
    expect((await list(rig, "bob")).items).toMatchObject([{ id, acked: true }]);
    expect(rig.events.map(({ type }) => type)).toEqual([
      "task.created",
      "task.delivered",
      "task.read",
      "task.claimed",
      "task.completed",
      "task.acked",
    ]);
    await rig.close();
  });

  test("is acknowledged by its answer, which goes to who sent it", async () => {
    const rig = openRig();
    const first = await send(rig, "alice", { to: "bob", text: "Which port?" });
    const second = await send(rig, "bob", { reply_to: first, text: "7777" });
    expect(await rig.call("tasks/get", { id: first })).toMatchObject({ state: "completed" });
    expect((await list(rig, "alice")).items).toMatchObject([
      { id: second, from: "bob", text: "7777", reply_to: first },
    ]);
    await rig.close();
  });

  test("that came as a task of kind message is in the inbox just the same", async () => {
    const rig = openRig();
    await rig.call(
      "tasks/send",
      { name: "Hello", kind: "message", to: "bob", payload: { port: 1 } },
      tab("alice"),
    );
    expect(await texts(rig, "bob")).toEqual(['Hello\n{"port":1}']);
    await rig.close();
  });

  test("that is said of a task which an agent holds is in its inbox", async () => {
    const rig = openRig();
    const id = textField(await rig.call("tasks/send", { name: "Fix it" }, tab("alice")), "id");
    await rig.call("tasks/claim", { id, agentId: "bob" });
    await rig.call("tasks/tell", { id, text: "Only on Safari" }, tab("alice"));
    expect((await list(rig, "bob")).items).toMatchObject([
      { id, about: "Fix it", from: "alice", text: "Only on Safari" },
    ]);
    await rig.close();
  });
});

describe("a message to many", () => {
  test("is in the inbox of each tab and agent of the project that is there or was not long ago, but its sender's", async () => {
    const rig = openRig();
    const day = 86_400_000;
    for (const handle of ["alice", "bob"]) await openTab(rig, handle);
    await openTab(rig, "elsewhere", { project: "q" });
    await openTab(rig, "gone", { closed_at: rig.now() - day / 2 });
    await openTab(rig, "long-gone", { closed_at: rig.now() - 2 * day });
    await rig.call("agents/heartbeat", { id: "shell", name: "shell", project: "p" });
    await rig.call("agents/heartbeat", { id: "of-no-project", name: "x" });
    await rig.call("agents/heartbeat", { id: "of-another", name: "x", project: "q" });
    const id = await send(rig, "alice", { to: "*", text: "Main is frozen", project: "p" });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "completed" });
    await openTab(rig, "late", { opened_at: rig.now() + 1 });
    for (const handle of ["bob", "gone", "shell", "of-no-project"])
      expect(await texts(rig, handle)).toEqual(["Main is frozen"]);
    for (const handle of ["alice", "elsewhere", "long-gone", "late", "of-another"])
      expect(await texts(rig, handle)).toEqual([]);
    await rig.close();
  });

  test("goes to an agent in a shell, also where its name was that of a tab which is long closed", async () => {
    const rig = openRig();
    await openTab(rig, "bob", { closed_at: rig.now() });
    rig.advance(2 * 86_400_000);
    await rig.call("agents/heartbeat", { id: "bob", name: "bob", project: "p" });
    await send(rig, "alice", { to: "*", text: "Main is frozen", project: "p" });
    expect(await texts(rig, "bob")).toEqual(["Main is frozen"]);
    await rig.close();
  });

  test("of a kind of client goes to those only, and of a kind that there is not to nobody", async () => {
    const rig = openRig();
    await openTab(rig, "bob", { client: "codex" });
    await openTab(rig, "carol");
    await send(rig, "alice", { to: "@codex", text: "Codex only", project: "p" });
    expect(await texts(rig, "bob")).toEqual(["Codex only"]);
    expect(await texts(rig, "carol")).toEqual([]);
    const refused = send(rig, "alice", { to: "@emacs", text: "x" });
    expect(refused).rejects.toThrow("there is no kind of client @emacs");
    await rig.close();
  });
});

describe("reading", () => {
  test("gives the oldest first, says whether there is more, and marks only what it gives", async () => {
    const rig = openRig();
    for (const text of ["one", "two", "three"]) await send(rig, "alice", { to: "bob", text });
    expect((await list(rig, "bob", { limit: 2 })).more).toBe(true);
    expect(await texts(rig, "bob")).toEqual(["three"]);
    expect(await texts(rig, "bob", { unread: false, limit: 2 })).toEqual(["three", "two"]);
    await rig.close();
  });

  test("leaves unread what an answer has no room for, and cuts what is too long even alone", async () => {
    const rig = openRig();
    const [long, huge] = ["a".repeat(30_000), "\u0001".repeat(100_000)];
    for (const text of [long, long, huge]) await send(rig, "alice", { to: "bob", text });
    for (const expected of [long, long]) expect(await texts(rig, "bob")).toEqual([expected]);
    const { items } = await list(rig, "bob");
    expect(items[0]?.cut).toBe(100_000);
    expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(50_000);
    await rig.close();
  });

  test("that only peeks marks nothing", async () => {
    const rig = openRig();
    await send(rig, "alice", { to: "bob", text: "one" });
    for (const is_new of [true, true])
      expect((await list(rig, "bob", { peek: true })).items).toMatchObject([{ is_new }]);
    expect(rig.events.map(({ type }) => type)).toEqual(["task.created"]);
    await rig.close();
  });

  test("that is repeated because its answer was lost gives the same again", async () => {
    const rig = openRig();
    await send(rig, "alice", { to: "bob", text: "one" });
    const first = await list(rig, "bob", { request_id: "r" });
    await send(rig, "alice", { to: "bob", text: "two" });
    expect(await list(rig, "bob", { request_id: "r" })).toEqual(first);
    expect(await texts(rig, "bob", { unread: true })).toEqual(["two"]);
    await rig.close();
  });

  test("acknowledges what it gives where that is asked, and refuses what was sent to another", async () => {
    const rig = openRig();
    const id = await send(rig, "alice", { to: "bob", text: "one" });
    await expect(list(rig, "carol", { ack: [id] })).rejects.toThrow(CordError);
    expect((await list(rig, "bob", { ack: true })).items).toMatchObject([{ id, acked: true }]);
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "completed" });
    await rig.close();
  });

  test("acknowledges nothing that it does not give: what was said of the same task since stays unread", async () => {
    const rig = openRig();
    const id = textField(await rig.call("tasks/send", { name: "Fix it" }, tab("alice")), "id");
    await rig.call("tasks/claim", { id, agentId: "bob" });
    for (const text of ["one", "two", "three"]) await rig.call("tasks/tell", { id, text }, tab("alice"));
    expect((await list(rig, "bob", { limit: 1, ack: true })).items).toMatchObject([
      { text: "one", acked: true },
    ]);
    expect(await texts(rig, "bob", { limit: 1 })).toEqual(["two"]);
    await send(rig, "bob", { reply_to: id, text: "done" });
    expect(await texts(rig, "bob")).toEqual(["three"]);
    await rig.close();
  });

  test("gives beside messages what else is new, in cord's words", async () => {
    const rig = openRig();
    const id = textField(await rig.call("tasks/send", { name: "Fix it" }, tab("alice")), "id");
    await rig.call("tasks/claim", { id, agentId: "bob" });
    await rig.call("tasks/ask", { id, agentId: "bob", question: "Which?" }, tab("bob"));
    expect((await list(rig, "alice")).notices).toMatchObject([
      { reason: "asked", task_id: id, line: 'task 1 "Fix it", which you sent, asks' },
    ]);
    await rig.call("tasks/answer", { id, answer: "that" }, tab("alice"));
    expect((await list(rig, "bob")).notices).toMatchObject([{ reason: "answer", task_id: id }]);
    rig.advance(600_000);
    await rig.sweep();
    expect((await list(rig, "bob")).notices).toMatchObject([
      { reason: "lease", line: 'your lease of task 1 "Fix it" has ended' },
    ]);
    await rig.close();
  });
});
