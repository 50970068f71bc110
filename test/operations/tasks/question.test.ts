import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Task, WholeTask } from "../../../src/core/task.ts";
import type { Caller } from "../../../src/core/tree.ts";
import { until } from "../../support/until.ts";
import { OpenAgents } from "../../../src/server/presence.ts";
import { heldByAlice, openGrownRig, refusal } from "../../support/operations/held.ts";
import type { Rig } from "../../support/operations/rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = openGrownRig();
});
afterEach(() => rig.close());

const tab: Caller = { kind: "tab", agent: "alice" };
const claimed = (more: object = {}) => heldByAlice(rig, more);

describe("a question", () => {
  test("takes the task from the lease until it is answered", async () => {
    const id = await claimed();
    const asked = await rig.call("tasks/ask", {
      id,
      agentId: "alice",
      question: "which?",
      options: ["a", "b"],
    });
    expect(asked).toMatchObject({
      task: { state: "waiting", claimed_by: "alice", epoch: 1 },
      note: expect.stringContaining("No answer yet."),
    });
    expect(asked).not.toHaveProperty("task.lease_until");
    expect(rig.events.at(-1)).toMatchObject({
      type: "task.asked",
      state: "waiting",
      agent: "alice",
      data: { by: "alice", question: "which?" },
    });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      question: { question: "which?", options: ["a", "b"] },
      messages: [{ role: "ROLE_AGENT", by: "alice", parts: [{ text: "which?" }] }],
    });
    rig.advance(86_400_000);
    await rig.sweep();
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "waiting", claimed_by: "alice" });
  });

  test("answered gives the task back to who asked, under the next epoch and a lease as long", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    rig.advance(59_999);
    const task = await rig.call("tasks/answer", { id, answer: "this one" });
    expect(task).toMatchObject({
      state: "claimed",
      claimed_by: "alice",
      epoch: 2,
      lease_until: new Date(rig.now() + 100_000).toISOString(),
    });
    expect(rig.events.at(-1)).toMatchObject({
      type: "task.answered",
      agent: "alice",
      data: { by: "human", answer: "this one" },
    });
    const whole = await rig.call("tasks/get", { id });
    expect(whole).not.toHaveProperty("question");
    expect(whole).toMatchObject({
      messages: [
        { role: "ROLE_AGENT", parts: [{ text: "which?" }] },
        { role: "ROLE_USER", by: "human", parts: [{ text: "this one" }] },
      ],
    });
    rig.advance(100_000);
    await rig.sweep();
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "pending", claimed_by: null });
  });

  test("answered goes back to the board, with question and answer, if who asked is gone", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    rig.advance(60_000);
    expect(await rig.call("tasks/answer", { id, answer: "this one" })).toMatchObject({
      state: "pending",
      ready: true,
      claimed_by: null,
      epoch: 1,
    });
    expect(rig.events.at(-1)).toMatchObject({
      type: "task.answered",
      agent: null,
      state: "pending",
      ready: true,
    });
    expect(await rig.call("tasks/claim", { id, agentId: "bob" })).toMatchObject({ epoch: 2 });
    expect(await rig.call("tasks/get", { id })).toMatchObject({
      messages: [{ parts: [{ text: "which?" }] }, { parts: [{ text: "this one" }] }],
    });
  });

  test.each([
    ["a heartbeat", () => rig.call("agents/heartbeat", { id: "alice", name: "Alice" })],
    ["a session that is open", async () => rig.services.presence.ask((agent) => agent === "alice")],
    ["a call that is open", async () => void rig.services.presence.hold("alice")],
    [
      "a daemon that has just begun anew",
      async () => void Object.assign(rig.services, { presence: young() }),
    ],
  ])("finds who asked present by %s", async (_, show) => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    rig.advance(60_000);
    await show();
    expect(await rig.call("tasks/answer", { id, answer: "a" })).toMatchObject({ state: "claimed", epoch: 2 });
  });

  test("leaves nothing to a late holder: of the time while it is open, or of the epoch before the answer", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    const late = { id, agentId: "alice", epoch: 1 };
    const lateCalls = [
      ["tasks/complete", { ...late, result: 1 }],
      ["tasks/extend", late],
      ["tasks/fail", late],
      ["tasks/release", late],
      ["tasks/say", { ...late, text: "x" }],
      ["tasks/ask", { ...late, question: "another?" }],
    ] as const;
    for (const [name, input] of lateCalls)
      await expect(rig.call(name, input)).rejects.toMatchObject(
        refusal("stale_lease", "it waits for the answer to the question of alice"),
      );
    await expect(rig.call("tasks/complete", { id })).rejects.toMatchObject(refusal("conflict"));
    await rig.call("tasks/answer", { id, answer: "a" });
    for (const [name, input] of lateCalls)
      await expect(rig.call(name, input)).rejects.toMatchObject(refusal("stale_lease", "(epoch 2)"));
    await expect(rig.call("tasks/claim", { id, agentId: "bob" })).rejects.toMatchObject(refusal("conflict"));
    await rig.call("tasks/complete", { id, agentId: "alice", epoch: 2, result: "whole" });
    expect(await rig.call("tasks/get", { id })).toMatchObject({ state: "completed", result: "whole" });
  });

  test("keeps a late result under the epoch in which it was made, also after answers", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    await rig.call("tasks/answer", { id, answer: "a" });
    rig.advance(100_000);
    await rig.call("tasks/claim", { id, agentId: "bob" });
    for (const epoch of [1, 2])
      await expect(
        rig.call("tasks/complete", { id, agentId: "alice", epoch, result: epoch }),
      ).rejects.toMatchObject(refusal("stale_lease"));
    const kept = await rig.store.read((tx) =>
      tx.all("SELECT epoch, late_result FROM attempts WHERE late_result IS NOT NULL ORDER BY epoch"),
    );
    expect(kept).toEqual([
      { epoch: 1, late_result: "1" },
      { epoch: 2, late_result: "2" },
    ]);
  });

  test("is held open for its answer, which comes with the task under its new epoch", async () => {
    const id = await claimed();
    const asked = rig.call("tasks/ask", { id, agentId: "alice", question: "which?", wait_seconds: 3600 });
    await told("task.asked");
    rig.advance(600_000);
    await rig.call("tasks/answer", { id, answer: "this one" });
    expect(await asked).toMatchObject({ answer: "this one", task: { state: "claimed", epoch: 2 } });
    expect(await asked).not.toHaveProperty("note");
    rig.advance(60_000);
    expect(rig.services.presence.isOpen("alice")).toBe(false);
  });

  test("held open ends when its task is cancelled, and when its caller goes", async () => {
    const id = await claimed();
    const asked = rig.call("tasks/ask", { id, agentId: "alice", question: "which?", wait_seconds: 3600 });
    await told("task.asked");
    await rig.call("tasks/cancel", { id });
    expect(await asked).toMatchObject({ note: expect.stringContaining("it is cancelled") });

    const other = await claimed();
    const gone = new AbortController();
    const question = { id: other, agentId: "alice", question: "which?", wait_seconds: 3600 };
    const left = rig.call("tasks/ask", question, tab, gone.signal);
    await told("task.asked");
    gone.abort();
    expect(await left).toMatchObject({ task: { state: "waiting" } });
    rig.advance(60_000);
    expect(rig.services.presence.isOpen("alice")).toBe(false);
    expect(rig.services.bus.watchers()).toBe(1);
  });

  test("put again by a call that was cut off is the same question, open or answered", async () => {
    const id = await claimed();
    const question = { id, agentId: "alice", question: "which?" };
    await rig.call("tasks/ask", question);
    await rig.call("tasks/ask", question);
    await rig.call("tasks/answer", { id, answer: "this one" });
    expect(await rig.call("tasks/ask", question)).toMatchObject({
      answer: "this one",
      task: { state: "claimed", epoch: 2 },
      note: expect.stringContaining("You have asked this before"),
    });
    expect(rig.events.filter(({ type }) => type === "task.asked")).toHaveLength(1);
    expect(await rig.call("tasks/ask", question)).toMatchObject({ task: { state: "waiting", epoch: 2 } });
  });

  test("put again without its options is the same one, and with others it is not", async () => {
    const id = await askedWhereTo();
    const again = { id, agentId: "alice", question: "which?" };
    expect(await rig.call("tasks/ask", again)).toMatchObject({ task: { state: "waiting" } });
    await expect(rig.call("tasks/ask", { ...again, options: ["Up"] })).rejects.toMatchObject(
      refusal("stale_lease"),
    );
    expect(rig.events.filter(({ type }) => type === "task.asked")).toHaveLength(1);
  });

  test("with one request id is one question, and its repeat gets the answer", async () => {
    const id = await claimed();
    const question = { id, agentId: "alice", question: "which?", request_id: "r" };
    await rig.call("tasks/ask", question);
    await rig.call("tasks/answer", { id, answer: "this one" });
    expect(await rig.call("tasks/ask", question)).toMatchObject({ answer: "this one", task: { epoch: 2 } });
  });

  test("has one answer", async () => {
    const id = await claimed();
    await expect(rig.call("tasks/answer", { id, answer: "a" })).rejects.toMatchObject(
      refusal("conflict", "has no open question: it is claimed"),
    );
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    const answers = await Promise.allSettled([
      rig.call("tasks/answer", { id, answer: "a" }),
      rig.call("tasks/answer", { id, answer: "b" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("with options takes one of them from a person, by number or whatever its case, or another that is marked", async () => {
    expect(await answerOf(await askedWhereTo(), { answer: "2" })).toMatchObject({ answer: "Right" });
    expect(await answerOf(await askedWhereTo(), { answer: " left" })).toMatchObject({ answer: "Left" });
    for (const answer of ["up", "2"])
      expect(await answerOf(await askedWhereTo(), { answer, other: true })).toMatchObject({ answer });
    expect(
      await answerOf(await askedWhereTo(), { answer: "up" }, { kind: "tab", agent: "bob" }),
    ).toMatchObject({
      answer: "up",
      by: "bob",
    });
    await expect(answerOf(await askedWhereTo(), { answer: "up" })).rejects.toMatchObject(
      refusal("invalid", "none of the options of task 6: 1 Left, 2 Right"),
    );
  });

  test("is answered by a message that says what was chosen, or by the one that came", async () => {
    expect(await answerKept("tasks/answer", { answer: "2" })).toMatchObject({ parts: [{ text: "Right" }] });
    expect(await answerKept("tasks/tell", { text: "left" })).toMatchObject({ parts: [{ text: "Left" }] });
    const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "2" }] };
    expect(await answerKept("tasks/tell", { message })).toMatchObject(message);
  });

  test("takes a text that came as data for what it says", async () => {
    const id = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?", options: ["Left", "Right"] });
    const message = { messageId: "m", role: "ROLE_USER", parts: [{ data: "right" }] };
    await rig.call("tasks/tell", { id, message });
    expect(await rig.call("tasks/history", { id, limit: 1 })).toMatchObject([
      { type: "task.answered", data: { answer: "Right" } },
    ]);
  });

  test("is no node's: its agent has a tool of its own", async () => {
    const run = await rig.startRun();
    const { id } = await rig.node(run, 1);
    await rig.call("tasks/claim", { id, agentId: "alice" });
    await expect(rig.call("tasks/ask", { id, agentId: "alice", question: "which?" })).rejects.toMatchObject(
      refusal("conflict", "This is a node of a run"),
    );
  });

  test("is counted: what waits is one of the states of the board", async () => {
    const id = await claimed();
    const counts = () => rig.call("daemon/status", {});
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    expect(await counts()).toMatchObject({ tasks: { waiting: 1 } });
    expect(await counts()).not.toHaveProperty("tasks.claimed");
    await rig.call("tasks/answer", { id, answer: "a" });
    expect(await counts()).toMatchObject({ tasks: { claimed: 1 } });
    expect(await counts()).not.toHaveProperty("tasks.waiting");
  });

  test("is found by its state, and by who asked", async () => {
    const id = await claimed({ priority: "urgent" });
    const held = await claimed();
    await rig.call("tasks/ask", { id, agentId: "alice", question: "which?" });
    const list = async (filter: object) =>
      Task.array()
        .parse(await rig.call("tasks/list", filter))
        .map((task) => task.id);
    expect(await list({ state: "waiting" })).toEqual([id]);
    expect(await list({ state: "waiting", claimed_by: "alice" })).toEqual([id]);
    expect(await list({ state: "waiting", claimed_by: "bob" })).toEqual([]);
    expect(await list({ claimed_by: "alice" })).toEqual([held, id]);
    expect(await list({ priority: "urgent" })).toEqual([id]);
    expect(await list({ priority: "low" })).toEqual([]);
    expect(await list({ state: "pending,claimed" })).toEqual([held]);
    expect(await list({})).toEqual([held, id]);
    expect(await rig.call("agents/list", {})).toMatchObject([{ id: "alice", current_task: held }]);
    await rig.call("tasks/complete", { id: held, agentId: "alice" });
    expect(await rig.call("agents/list", {})).toMatchObject([{ id: "alice", current_task: id }]);
  });
});

/** As a daemon has it that began this moment: nobody can have come back to it yet. */
function young(): OpenAgents {
  return new OpenAgents(() => rig.monotonic());
}

/** A task about which alice asks whether to go left or right. */
async function askedWhereTo(): Promise<string> {
  const id = await claimed();
  await rig.call("tasks/ask", { id, agentId: "alice", question: "which?", options: ["Left", "Right"] });
  return id;
}

/** What is kept of an answer to that. */
async function answerKept(name: "tasks/answer" | "tasks/tell", input: object) {
  const id = await askedWhereTo();
  await rig.call(name, { id, ...input });
  return WholeTask.parse(await rig.call("tasks/get", { id })).messages?.at(-1);
}

/** What the event of an answer says. */
async function answerOf(id: string, input: object, caller?: Caller): Promise<unknown> {
  await rig.call("tasks/answer", { id, ...input }, caller);
  return rig.events.at(-1)?.data;
}

/** Resolves when the newest event is of this type. */
async function told(type: string): Promise<void> {
  await until(`the event ${type}`, () => rig.events.at(-1)?.type === type);
}
