import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { WholeTask } from "../../../src/core/task.ts";
import { a2aClient, refusalCode } from "../../support/a2a/asking.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";

const extension = "urn:cord:a2a:board:1";

let daemon: DaemonHere;
let client: ReturnType<typeof a2aClient>;

beforeEach(() => {
  daemon = daemonHere();
  client = a2aClient(daemon);
});
afterEach(() => daemon.stop());

const onBoard = async (id: string) => WholeTask.parse((await daemon.rpc("tasks/get", { id })).result);
const claim = (id: string) => daemon.rpc("tasks/claim", { id, agentId: "ann" });

async function named(parts: object[]) {
  const { name, payload } = await onBoard((await client.send({ parts })).id);
  return { name, payload };
}

/** The parts of a result, for a client that takes these forms. */
async function resultFor(acceptedOutputModes: string[], result: unknown) {
  const messageId = crypto.randomUUID();
  const { id } = await client.send({ messageId });
  await claim(id);
  await daemon.rpc("tasks/complete", { id, result });
  return (await client.send({ messageId }, { acceptedOutputModes })).artifacts?.[0]?.parts;
}

describe("a message", () => {
  test("becomes a task: its text is the name and the prompt, its data the payload, and its parts are kept whole", async () => {
    const parts = [
      { text: "\u001b[31mWrite a poem\nabout the sea" },
      { data: { lines: 4, title: null }, mediaType: "application/json" },
      { raw: "aGVsbG8=", filename: "a.txt", mediaType: "text/plain", metadata: { from: "x" } },
      { url: "https://example.com/b.png", mediaType: "image/png" },
    ];
    const { id, history } = await client.send({ parts, metadata: { mine: 1 } });
    const task = await onBoard(id);
    expect(task).toMatchObject({
      name: "Write a poem",
      prompt: "\u001b[31mWrite a poem\nabout the sea",
      payload: { lines: 4, title: null },
      kind: "task",
      state: "pending",
    });
    expect(task.messages?.[0]).toMatchObject({ role: "ROLE_USER", parts, metadata: { mine: 1 } });
    expect(history).toEqual([expect.objectContaining({ parts })]);
  });

  test("without a text has a name all the same, and several data are a list", async () => {
    expect(await named([{ data: { a: 1 } }, { data: [2] }])).toEqual({
      name: '{"a":1}, [2]',
      payload: [{ a: 1 }, [2]],
    });
    expect(await named([{ raw: "aGk=", filename: "x.txt" }])).toEqual({ name: "x.txt", payload: null });
    expect(await named([{ text: "  \n" }])).toEqual({ name: "A message without a word", payload: null });
  });

  test("may name its fields as the protocol's own file does", async () => {
    const parts = [{ raw: "aGk=", filename: "x.md", media_type: "text/markdown" }];
    const message = { message_id: "m", role: "ROLE_USER", parts, context_id: "talk" };
    await client.call("SendMessage", { message, configuration: { return_immediately: true } });
    const { tasks } = await client.list({ context_id: "talk", history_length: 1 });
    expect(tasks.map(({ history }) => history?.[0]?.parts[0]?.mediaType)).toEqual(["text/markdown"]);
    expect((await client.list({ context_id: "talk", history_length: 0 })).tasks[0]).not.toHaveProperty(
      "history",
    );
  });

  test("may say the kind, the priority and for whom by the extension", async () => {
    const { id } = await client.send(
      { metadata: { [extension]: { kind: "bug", priority: "low" } } },
      { returnImmediately: true },
      { metadata: { [extension]: { priority: "high", to: "ann" } } },
    );
    expect(await onBoard(id)).toMatchObject({ kind: "bug", priority: "low", to: "ann" });
    const refused = client.send({ metadata: { [extension]: { kind: 7 } } });
    expect(await refusalCode(refused)).toBe(-32602);
  });

  test("that comes twice is one task, also when the second comes at once", async () => {
    const message = { messageId: "m-1" };
    const [one, two] = await Promise.all([client.send(message), client.send(message)]);
    expect(two.id).toBe(one.id);
    await claim(one.id);
    const third = await client.send(message);
    expect([third.id, third.status.state]).toEqual([one.id, "TASK_STATE_WORKING"]);
    expect((await client.list({})).totalSize).toBe(1);
  });

  test("that comes again because no answer came is the same task, also when that has ended", async () => {
    const { id } = await client.send({ messageId: "lost" });
    await claim(id);
    await daemon.rpc("tasks/complete", { id, result: "r" });
    const again = await client.send({ messageId: "lost" }, {});
    expect([again.id, again.status.state]).toEqual([id, "TASK_STATE_COMPLETED"]);
  });

  test("that comes again after its task was followed up or cancelled and has ended is another, and so is another text", async () => {
    const first = await client.send({ messageId: "m" });
    await client.send({ messageId: "m", taskId: first.id });
    expect((await client.send({ messageId: "m" })).id).toBe(first.id);
    await claim(first.id);
    await daemon.rpc("tasks/complete", { id: first.id });
    const second = await client.send({ messageId: "m" });
    await client.cancel(second.id);
    const [third, same] = await Promise.all([
      client.send({ messageId: "m" }),
      client.send({ messageId: "m" }),
    ]);
    const other = await client.send({ messageId: "m", parts: [{ text: "Do something else" }] });
    expect(same.id).toBe(third.id);
    expect(new Set([first, second, third, other].map(({ id }) => id)).size).toBe(4);
  });

  test("keeps the client's context, and otherwise has one of its own in which it can go on", async () => {
    const { contextId: own } = await client.send({ contextId: "talk-1" });
    expect(own).toBe("talk-1");
    const first = await client.send({});
    const second = await client.send({ contextId: first.contextId, referenceTaskIds: [first.id] });
    expect(second.contextId).toBe(first.contextId);
    expect((await onBoard(second.id)).messages?.[0]?.referenceTaskIds).toEqual([first.id]);
    const { tasks, totalSize } = await client.list({ contextId: first.contextId });
    expect([tasks.map(({ id }) => id), totalSize]).toEqual([[second.id, first.id], 2]);
  });
});

describe("a message to a task", () => {
  test("answers its open question, and the task goes on", async () => {
    const { id } = await client.send({});
    await claim(id);
    await daemon.rpc("tasks/ask", { id, agentId: "ann", question: "Which one?", options: ["a", "b"] });
    const asking = await client.get(id);
    expect(asking.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
    expect(asking.status.message?.parts.map(({ text }) => text)).toEqual(["Which one?", "One of: a, b"]);
    const answered = await client.send({ taskId: id, parts: [{ text: "b" }] });
    expect(answered.status.state).toBe("TASK_STATE_WORKING");
    const { messages = [], claimed_by } = await onBoard(id);
    expect(claimed_by).toBe("ann");
    expect(messages.map(({ parts }) => parts[0]?.text)).toEqual(["Do it", "Which one?", "b"]);
  });

  test("is otherwise kept for its holder, once", async () => {
    const { id, contextId } = await client.send({});
    const message = { messageId: "more", taskId: id, contextId, parts: [{ text: "And that" }] };
    await Promise.all([client.send(message), client.send(message)]);
    expect((await client.get(id)).history?.map(({ parts }) => parts[0]?.text)).toEqual(["Do it", "And that"]);
  });

  test("with the id of another message to another task is said there too", async () => {
    const [one, two] = [await client.send({}), await client.send({})];
    for (const { id } of [one, two]) await client.send({ messageId: "same", taskId: id });
    await client.send({ messageId: "same", taskId: two.id, parts: [{ text: "And that" }] });
    expect((await client.get(two.id)).history).toHaveLength(3);
  });

  test("is refused for an ended task, for another context, and for no task", async () => {
    const { id } = await client.send({});
    expect(await refusalCode(client.send({ taskId: id, contextId: "other" }))).toBe(-32602);
    await client.cancel(id);
    expect(await refusalCode(client.send({ taskId: id }))).toBe(-32004);
    expect(await refusalCode(client.send({ taskId: crypto.randomUUID() }))).toBe(-32001);
    expect(await refusalCode(client.send({ taskId: "1" }))).toBe(-32001);
  });
});

describe("an answer", () => {
  test("waits until the task has ended, with its artifacts", async () => {
    const sent = client.send({ messageId: "wait" }, {});
    const { id } = await client.send({ messageId: "wait" });
    await claim(id);
    const artifacts = [
      { artifactId: "f", name: "file", parts: [{ raw: "aGk=", filename: "a.txt", mediaType: "text/plain" }] },
    ];
    await daemon.rpc("tasks/complete", { id, agentId: "ann", result: "done", artifacts });
    const { status, artifacts: given } = await sent;
    expect(status.state).toBe("TASK_STATE_COMPLETED");
    expect(given).toEqual([
      { artifactId: "result", name: "result", parts: [{ text: "done", mediaType: "text/plain" }] },
      ...artifacts,
    ]);
  });

  test("waits until the task asks, and after the answer until the next stop", async () => {
    const sent = client.send({ messageId: "ask" }, {});
    const { id } = await client.send({ messageId: "ask" });
    await claim(id);
    await daemon.rpc("tasks/ask", { id, agentId: "ann", question: "Sure?" });
    expect((await sent).status.state).toBe("TASK_STATE_INPUT_REQUIRED");
    const answered = client.send({ taskId: id, messageId: "yes" }, {});
    await client.send({ taskId: id, messageId: "yes" });
    await daemon.rpc("tasks/fail", { id, agentId: "ann", reason: "cannot" });
    const { status } = await answered;
    expect([status.state, status.message?.parts[0]?.text]).toEqual(["TASK_STATE_FAILED", "cannot"]);
  });

  test("comes at once for a task that has ended already", async () => {
    const { id } = await client.send({ messageId: "again" });
    await claim(id);
    await daemon.rpc("tasks/fail", { id, reason: "no" });
    expect((await client.send({ messageId: "again" }, {})).status.state).toBe("TASK_STATE_FAILED");
  });

  test("has as much history as is wanted, and none for 0", async () => {
    const { id } = await client.send({});
    for (const text of ["one", "two"]) await client.send({ taskId: id, parts: [{ text }] });
    const history = async (historyLength?: number) =>
      (await client.get(id, historyLength === undefined ? {} : { historyLength })).history?.map(
        ({ parts }) => parts[0]?.text,
      );
    expect(await history()).toEqual(["Do it", "one", "two"]);
    expect(await history(2)).toEqual(["one", "two"]);
    expect(await history(9)).toEqual(["Do it", "one", "two"]);
    expect(await history(0)).toBeUndefined();
    const none = await client.send({}, { returnImmediately: true, historyLength: 0 });
    expect(none.history).toBeUndefined();
  });

  test("gives a result in a form that the client takes", async () => {
    expect(await resultFor(["text/plain"], { a: 1 })).toEqual([{ text: '{"a":1}', mediaType: "text/plain" }]);
    expect(await resultFor(["application/json"], "yes")).toEqual([
      { data: "yes", mediaType: "application/json" },
    ]);
    expect(await resultFor(["text/*", "application/json"], { a: 1 })).toEqual([
      { data: { a: 1 }, mediaType: "application/json" },
    ]);
    expect(await resultFor([], "yes")).toEqual([{ text: "yes", mediaType: "text/plain" }]);
  });
});

describe("a cancel", () => {
  test("may be repeated, and is refused after another end", async () => {
    const { id } = await client.send({});
    expect((await client.cancel(id)).status.state).toBe("TASK_STATE_CANCELED");
    expect((await client.cancel(id)).status.state).toBe("TASK_STATE_CANCELED");
    const done = await client.send({});
    await claim(done.id);
    await daemon.rpc("tasks/complete", { id: done.id });
    expect(await refusalCode(client.cancel(done.id))).toBe(-32002);
    expect(await refusalCode(client.cancel(crypto.randomUUID()))).toBe(-32001);
  });
});
