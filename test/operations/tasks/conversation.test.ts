import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { limits } from "../../../src/core/limits.ts";
import { WholeTask } from "../../../src/core/task.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { heldByAlice, openGrownRig, refusal } from "../../support/operations/held.ts";
import { textField, type Rig } from "../../support/operations/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = openGrownRig();
});
afterEach(() => rig.close());

const tab: Caller = { kind: "tab", agent: "alice" };
const claimed = (more: object = {}) => heldByAlice(rig, more);

describe("a line of progress", () => {
  test("is kept as its holder's message, and told by an event with its beginning", async () => {
    const id = await claimed();
    expect(await rig.call("tasks/say", { id, agentId: "alice", text: "x".repeat(300) })).toEqual({
      ok: true,
    });
    const { type, seq, state, data } = rig.events.at(-1) ?? {};
    expect({ type, state, data }).toEqual({
      type: "task.said",
      state: "claimed",
      data: { by: "alice", text: "x".repeat(200) },
    });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      state: "claimed",
      messages: [{ seq, by: "alice", role: "ROLE_AGENT", parts: [{ text: "x".repeat(300) }] }],
    });
  });

  test("is its holder's only", async () => {
    const id = await claimed();
    await expect(rig.call("tasks/say", { id, agentId: "bob", text: "mine" })).rejects.toMatchObject(
      refusal("stale_lease"),
    );
    rig.advance(100_000);
    await expect(
      rig.call("tasks/say", { id, agentId: "alice", epoch: 1, text: "late" }),
    ).rejects.toMatchObject(refusal("stale_lease"));
    await expect(rig.call("tasks/say", { id, text: "late" })).rejects.toMatchObject(refusal("conflict"));
    await rig.sweep();
    await expect(rig.call("tasks/say", { id, text: "late" })).rejects.toMatchObject(
      refusal("conflict", "task is not claimed: it is pending"),
    );
    expect(await rig.call("tasks/get", { id })).not.toHaveProperty("messages");
  });

  test("has no room after so many, but an open question can be answered", async () => {
    const id = await claimed();
    for (let said = 1; said < limits.messages; said += 1)
      await rig.call("tasks/say", { id, agentId: "alice", text: "on it" });
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    await rig.call("tasks/answer", { id, answer: "this one" });
    const full = "This task has its 1000 messages, and takes no more. Put what is new into its result.";
    for (const [name, input] of [
      ["tasks/say", { agentId: "alice", text: "more" }],
      ["tasks/ask", { agentId: "alice", question: "and now?" }],
      ["tasks/tell", { text: "more" }],
    ] as const)
      await expect(rig.call(name, { id, ...input })).rejects.toMatchObject({ code: "limit", message: full });
    await rig.call("tasks/complete", { id, agentId: "alice", epoch: 2 });
  });

  test("has no room beyond what all messages of a task may take, which are read a piece at a time", async () => {
    const id = await claimed();
    for (let told = 0; told < 8; told += 1)
      await rig.call("tasks/tell", { id, text: "é".repeat(limits.promptLength / 2 - 100) });
    const over = rig.call("tasks/tell", { id, text: "é".repeat(limits.promptLength / 2) });
    await expect(over).rejects.toMatchObject(refusal("limit", "over 8 MiB"));
    let read = await readTask(id);
    expect(read).toMatchObject({ messages: [{}], more_messages: 7 });
    let count = 1;
    for (; read.more_messages !== undefined; count += 1)
      read = await readTask(id, undefined, { messages_before: read.messages?.[0]?.seq });
    expect(count).toBe(8);
  });
});

describe("what is told", () => {
  test("to a task is kept for who holds it, or will", async () => {
    const id = textField(await rig.call("tasks/send", { name: "fix it" }), "id");
    await rig.call("tasks/tell", { id, text: "mind the gap" });
    expect(rig.events.at(-1)).toMatchObject({
      type: "task.told",
      state: "pending",
      data: { by: "human", text: "mind the gap" },
    });
    const message = { messageId: "m", role: "ROLE_USER", parts: [{ url: "file:///log", filename: "log" }] };
    await rig.call("tasks/tell", { id, message });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      state: "pending",
      messages: [{ role: "ROLE_USER", parts: [{ text: "mind the gap" }] }, message],
    });
  });

  test("to a task with an open question is its answer", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    const message = {
      messageId: "m",
      role: "ROLE_USER",
      parts: [{ text: "this" }, { data: { one: 1 } }],
      referenceTaskIds: ["t"],
    };
    expect(await rig.call("tasks/tell", { id, message })).toMatchObject({ state: "claimed", epoch: 2 });
    expect(rig.events.at(-1)).toMatchObject({
      type: "task.answered",
      data: { answer: 'this\n{"one":1}' },
    });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ messages: [{}, message] });
  });

  test("to a task that has ended is refused, and so is nothing at all", async () => {
    const id = await claimed();
    await expect(rig.call("tasks/tell", { id })).rejects.toMatchObject(refusal("invalid"));
    await rig.call("tasks/complete", { id, agentId: "alice" });
    await expect(rig.call("tasks/tell", { id, text: "wait" })).rejects.toMatchObject(
      refusal("conflict", "it is completed"),
    );
  });

  test("to a node is its agent's, or the answer to its question", async () => {
    const run = await rig.startRun();
    const root = await rig.node(run, 1);
    await expect(rig.call("tasks/tell", { id: root.id, text: "x" })).rejects.toMatchObject(
      refusal("conflict"),
    );
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    const long = "y".repeat(500);
    await rig.call("tasks/tell", { id: root.id, text: long });
    expect(rig.events.at(-1)).toMatchObject({ type: "task.told", data: { text: long } });
    await rig.call("nodes/ask", { question: "which?", options: ["a"] }, await rig.asNode(run, 1));
    const { id } = await rig.node(run, 2);
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      question: { question: "which?", options: ["a"] },
    });
    await expect(rig.call("tasks/answer", { id, answer: "b" })).rejects.toMatchObject(
      refusal("invalid", "none of the options of #2"),
    );
    await expect(rig.call("tasks/answer", { id, answer: "a" }, tab)).rejects.toMatchObject(
      refusal("not_allowed"),
    );
    expect(await rig.call("tasks/tell", { id, text: "b" })).toMatchObject({
      state: "completed",
      result: "b",
    });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ messages: [{ parts: [{ text: "b" }] }] });
  });

  test("to a node's question takes its option, by number or whatever its case, as of a task of the board", async () => {
    const run = await rig.startRun();
    await rig.call("nodes/claim", { run_id: run, engine: "engine", limit: 1 });
    const root = await rig.asNode(run, 1);
    const asked = async (question: string) => {
      await rig.call("nodes/ask", { question, options: ["Left", "Right"] }, root);
      return (await rig.rows()).at(-1)?.id;
    };
    const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "2" }] };
    expect(await rig.call("tasks/tell", { id: await asked("one?"), message })).toMatchObject({
      result: "Right",
    });
    const id = await asked("two?");
    expect(await rig.call("tasks/tell", { id, text: "left" })).toMatchObject({ result: "Left" });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ messages: [{ parts: [{ text: "Left" }] }] });
    const insisted = { id: await asked("three?"), answer: "2", other: true };
    expect(await rig.call("tasks/answer", insisted)).toMatchObject({ result: "2" });
  });
});

describe("what a task comes with, and ends with", () => {
  test("is a message that is kept whole, and its context", async () => {
    const message = {
      messageId: "m",
      role: "ROLE_USER",
      parts: [{ text: "fix it" }, { raw: "aGk=", mediaType: "text/plain", metadata: { deep: [1] } }],
      metadata: { any: { thing: true } },
      extensions: ["urn:x"],
    };
    const sent = await rig.call("tasks/send", { name: "fix it", prompt: "whole", message, context_id: "c" });
    expect(sent).toMatchObject({ context_id: "c", prompt: "whole" });
    const id = textField(sent, "id");
    const { seq } = rig.events.at(-1) ?? {};
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      context_id: "c",
      messages: [{ seq, by: "human", ...message }],
    });
    expect(await rig.call("tasks/get", { id, messages: 0 })).not.toHaveProperty("messages");
  });

  test.each([
    ["no part", { parts: [] }],
    ["a part of nothing", { parts: [{}] }],
    ["a part of two things", { parts: [{ text: "a", url: "b" }] }],
    ["no list of parts", { parts: "x" }],
    ["too many parts", { parts: Array.from({ length: 65 }, () => ({ text: "" })) }],
    ["another role", { role: "user" }],
    ["the role of who works on it", { role: "ROLE_AGENT" }],
    ["a long id", { messageId: "m".repeat(129) }],
    ["no id", { messageId: "" }],
    ["bytes that are none", { parts: [{ raw: "<>" }] }],
  ])("is no message with %s", async (_, wrong) => {
    const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "a" }], ...wrong };
    await expect(rig.call("tasks/send", { name: "x", message })).rejects.toMatchObject(
      refusal("invalid", "message"),
    );
    expect(await rig.rows()).toEqual([]);
  });

  test.each(["tasks/tell", "tasks/answer"])(
    "is no message in its holder's own role, over %s",
    async (name) => {
      const id = await claimed();
      const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "done" }] };
      const said = rig.call(name, { id, ...(name === "tasks/answer" ? { answer: "done" } : {}), message });
      await expect(said).rejects.toMatchObject(refusal("invalid", "role must be one of ROLE_USER"));
    },
  );

  test("is artifacts with ids, in the completion's transaction", async () => {
    const id = await claimed();
    const file = { name: "log", parts: [{ url: "file:///log", mediaType: "text/plain" }] };
    const named = { artifactId: "a1", parts: [{ text: "x" }] };
    const done = { id, agentId: "alice", result: "ok" };
    const twice = rig.call("tasks/complete", { ...done, artifacts: [named, named] });
    await expect(twice).rejects.toMatchObject(refusal("invalid", "two have the artifactId a1"));
    const clash = rig.call("tasks/complete", { ...done, artifacts: [{ ...named, artifactId: "result" }] });
    await expect(clash).rejects.toMatchObject(refusal("invalid"));
    await rig.call("tasks/complete", { ...done, artifacts: [file, named] });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      result: "ok",
      artifacts: [{ ...file, artifactId: expect.any(String) }, named],
    });
    expect(await rig.call("tasks/list", {})).toEqual([
      expect.not.objectContaining({ artifacts: expect.anything() }),
    ]);
  });

  test("is cut for an agent: no bytes of files, and only as many messages as it can read", async () => {
    const id = await claimed();
    const raw = "A".repeat(2000);
    await rig.call("tasks/tell", { id, message: { messageId: "m", role: "ROLE_USER", parts: [{ raw }] } });
    const { messages: [first] = [] } = await readTask(id, tab);
    expect(first?.parts).toEqual([{ text: expect.stringContaining("2000 characters of base64") }]);
    for (let told = 0; told < 60; told += 1) await rig.call("tasks/tell", { id, text: "z".repeat(3000) });
    const short = await readTask(id, tab);
    expect(JSON.stringify(short).length).toBeLessThan(65_000);
    expect(short.messages?.length).toBeGreaterThan(10);
    expect((await readTask(id)).messages).toHaveLength(61);
  });
});

async function readTask(id: string, caller?: Caller, more: object = {}): Promise<WholeTask> {
  return WholeTask.parse(await rig.call("tasks/get", { id, ...more }, caller));
}
