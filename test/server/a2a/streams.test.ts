import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { a2aClient, allOf, next, refusalCode, shown } from "../../support/a2a/asking.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";

let daemon: DaemonHere;
let client: ReturnType<typeof a2aClient>;

beforeEach(() => {
  daemon = daemonHere();
  client = a2aClient(daemon);
});
afterEach(() => daemon.stop());

const act = (method: string, id: string, more: object = {}) =>
  daemon.rpc(method, { id, agentId: "ann", ...more });
/** A stream, its task, and what came first. */
async function begun(message: object = {}) {
  const stream = client.stream(message);
  const [first] = await next(stream, 1);
  return { stream, id: first?.task?.id ?? "", first: first ? shown(first) : "" };
}

const watchers = async () => Reflect.get(Object((await daemon.rpc("daemon/status")).result), "watchers");

describe("a stream of a message", () => {
  test("begins with the task, and tells of it to its end", async () => {
    const { stream, id, first } = await begun();
    await act("tasks/claim", id);
    await act("tasks/say", id, { text: "I read." });
    const files = [{ artifactId: "files", parts: [{ text: "a" }, { url: "https://example.com/b" }] }];
    await act("tasks/complete", id, { result: { ok: true }, artifacts: files });
    expect([first, ...(await allOf(stream))]).toEqual([
      "task SUBMITTED",
      "status WORKING",
      "status WORKING I read.",
      'artifact result {"ok":true} last',
      "artifact files a",
      "artifact files https://example.com/b append last",
      "status COMPLETED",
    ]);
  });

  test("ends where the task asks, and the one of the answer goes on from there", async () => {
    const { stream, id } = await begun();
    await act("tasks/claim", id);
    await act("tasks/ask", id, { question: "Which?", options: ["a", "b"] });
    expect(await allOf(stream)).toEqual(["status WORKING", "status INPUT_REQUIRED Which? One of: a, b"]);
    const answer = await begun({ taskId: id, parts: [{ text: "a" }] });
    expect(answer.first).toBe("task WORKING");
    await act("tasks/fail", id, { reason: "no" });
    expect(await allOf(answer.stream)).toEqual(["status FAILED no"]);
  });

  test("tells of a lease that ended, of a release and of a cancel", async () => {
    const { stream, id } = await begun();
    await act("tasks/claim", id);
    await act("tasks/release", id);
    await act("tasks/cancel", id, { reason: "not needed" });
    expect(await allOf(stream)).toEqual(["status WORKING", "status SUBMITTED", "status CANCELED not needed"]);
  });

  test("that is sent again tells all since, and does not end at a question that has been answered", async () => {
    const { stream, id } = await begun({ messageId: "m" });
    await act("tasks/claim", id);
    await act("tasks/ask", id, { question: "Which?" });
    await allOf(stream);
    await daemon.rpc("tasks/answer", { id, answer: "a" });
    const again = await begun({ messageId: "m" });
    await act("tasks/complete", id);
    expect([again.first, ...(await allOf(again.stream))]).toEqual([
      "task SUBMITTED",
      "status WORKING",
      "status INPUT_REQUIRED Which?",
      "status WORKING",
      "status COMPLETED",
    ]);
    const ended = await begun({ messageId: "m" });
    expect((await allOf(ended.stream)).at(-1)).toBe("status COMPLETED");
  });

  test("that is refused is no stream", async () => {
    const { id } = await client.send({});
    await client.cancel(id);
    expect(await refusalCode(allOf(client.stream({ taskId: id })))).toBe(-32004);
    expect(await refusalCode(allOf(client.subscribe(id)))).toBe(-32004);
    expect(await refusalCode(allOf(client.subscribe(crypto.randomUUID())))).toBe(-32001);
  });
});

describe("a subscription", () => {
  test("begins with the task as it is, and goes on past a question until the end", async () => {
    const { id } = await client.send({});
    await act("tasks/claim", id);
    const stream = client.subscribe(id);
    expect((await next(stream, 1)).map(shown)).toEqual(["task WORKING"]);
    await act("tasks/ask", id, { question: "Which?" });
    await client.send({ taskId: id, parts: [{ text: "a" }] });
    await act("tasks/complete", id);
    expect(await allOf(stream)).toEqual([
      "status INPUT_REQUIRED Which?",
      "status WORKING",
      "status COMPLETED",
    ]);
  });

  test("of many clients of one task is the same for all, in one order", async () => {
    const { id } = await client.send({});
    const streams = Array.from({ length: 8 }, () => client.subscribe(id));
    for (const stream of streams) await next(stream, 1);
    await act("tasks/claim", id);
    for (let line = 0; line < 20; line += 1) await act("tasks/say", id, { text: `line ${line}` });
    await act("tasks/complete", id, { result: "r" });
    const all = await Promise.all(streams.map(allOf));
    expect(all[0]).toHaveLength(23);
    expect(new Set(all.map((one) => one.join("\n"))).size).toBe(1);
  });

  test("that is not read for long misses nothing, though it is not kept for it", async () => {
    const { id } = await client.send({});
    const stream = client.subscribe(id);
    await next(stream, 1);
    await act("tasks/claim", id);
    for (let line = 0; line < 300; line += 1) await act("tasks/say", id, { text: `line ${line}` });
    await act("tasks/complete", id);
    const said = await allOf(stream);
    expect(said.slice(1, -1)).toEqual(
      Array.from({ length: 300 }, (_, line) => `status WORKING line ${line}`),
    );
  });

  test("ends with its client, and leaves nothing behind", async () => {
    const { id } = await client.send({});
    const before = await watchers();
    const over = new AbortController();
    const stream = client.subscribe(id, over.signal);
    await next(stream, 1);
    expect(await watchers()).toBe(before + 1);
    over.abort();
    await allOf(stream).catch(() => {});
    while ((await watchers()) !== before);
  });

  test("gives a sign of life while nothing happens, between its events", async () => {
    const { id } = await client.send({});
    const response = await fetch(`${daemon.url}a2a/tasks/${id}:subscribe`, {
      headers: { authorization: `Bearer ${daemon.token}`, "a2a-version": "1.0" },
    });
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (text.endsWith("\n\n:\n\n")) await client.cancel(id);
    }
    expect(text).toMatch(/^data: \{"task".*\n\n:\n\ndata: \{"statusUpdate".*\n\n$/);
  });
});
