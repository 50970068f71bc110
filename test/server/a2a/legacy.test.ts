import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SseReader } from "../../../src/core/sse.ts";
import { a2aCall, a2aWire, jsonOf, legacyMessage, type A2aWire } from "../../support/a2a.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";

/** What A2A 0.3 has of its own. */

let daemon: DaemonHere;
let wire: A2aWire;

beforeAll(() => {
  daemon = daemonHere();
  wire = a2aWire(daemon);
});
afterAll(() => daemon.stop());

const soon = { blocking: false };
/** A call whose parameters are JSON already. */
const call = (method: string, given: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${given}}`;
const large = "12345678901234567890123";

/** Sends a message, and gives the id of its task. */
async function sent(message: object): Promise<string> {
  const answer = await jsonOf(
    await wire.rpc(null, a2aCall("message/send", { message, configuration: soon })),
  );
  return String(Reflect.get(Object(answer["result"]), "id"));
}

test("numbers that JavaScript would round come back as they were sent, to either generation", async () => {
  const text = JSON.stringify({
    ...legacyMessage,
    messageId: "m-exact",
    metadata: { trace: "LARGE", list: [{ deep: "LARGE" }] },
    parts: [
      { kind: "text", text: "Hello", metadata: { trace: "LARGE" } },
      { kind: "data", data: { amount: "LARGE", none: null } },
    ],
  }).replaceAll('"LARGE"', large);
  const params = `{"message":${text},"configuration":{"blocking":false},"metadata":{"trace":${large}}}`;
  const answer = await (await wire.rpc(null, call("message/send", params))).text();
  const id = /"id":"([\da-f-]{36})"/.exec(answer)?.[1] ?? "";
  const legacy = await (await wire.rpc("0.3", a2aCall("tasks/get", { id }))).text();
  const current = await (await wire.rpc("1.0", a2aCall("GetTask", { id }))).text();
  for (const given of [answer, legacy, current]) {
    expect(given).toContain(`"metadata":{"trace":${large},"list":[{"deep":${large}}]}`);
    expect(given).toContain(`"metadata":{"trace":${large}}`);
    expect(given).toContain(`{"amount":${large},"none":null}`);
  }
});

test("a message waits for its end unless it says that it does not", async () => {
  const message = { ...legacyMessage, messageId: "m-waits", parts: [{ kind: "text", text: "Wait for me" }] };
  const answer = wire.rpc(null, a2aCall("message/send", { message, configuration: { historyLength: 0 } }));
  const { result } = await daemon.rpc("tasks/list", { name_contains: "Wait for me", wait_ms: 30_000 });
  const [{ id }] = Object(result);
  await daemon.rpc("tasks/claim", { id, agentId: "a" });
  await daemon.rpc("tasks/complete", { id, agentId: "a", result: "done" });
  const { result: task } = await jsonOf(await answer);
  expect(task).toMatchObject({
    kind: "task",
    status: { state: "completed" },
    artifacts: [{ parts: [{ kind: "text", text: "done" }] }],
  });
});

describe("a stream of 0.3", () => {
  test("says final where it ends: with a question as well as with the task", async () => {
    const message = { ...legacyMessage, messageId: "m-asks", parts: [{ kind: "text", text: "Ask me" }] };
    const streamed = await wire.rpc(null, a2aCall("message/stream", { message }));
    const { result } = await daemon.rpc("tasks/list", { name_contains: "Ask me" });
    const [{ id }] = Object(result);
    await daemon.rpc("tasks/claim", { id, agentId: "a" });
    const followed = await wire.rpc("0.3", a2aCall("tasks/resubscribe", { id }));
    await daemon.rpc("tasks/ask", { id, agentId: "a", question: "Which?" });
    const until = await resultsOf(streamed);
    expect(until.map(({ kind, status, final }) => [kind, Object(status).state, final])).toEqual([
      ["task", "submitted", undefined],
      ["status-update", "working", false],
      ["status-update", "input-required", true],
    ]);
    const taskId = id;
    await sent({ ...legacyMessage, messageId: "m-answer", taskId });
    await daemon.rpc("tasks/complete", { id, agentId: "a", result: { n: 1 } });
    const all = await resultsOf(followed);
    expect(all.map(({ kind, status, final }) => [kind, Object(status).state, final])).toEqual([
      ["task", "working", undefined],
      ["status-update", "input-required", false],
      ["status-update", "working", false],
      ["artifact-update", undefined, undefined],
      ["status-update", "completed", true],
    ]);
  });
});

/** The results of a stream's events, until it ends. */
async function resultsOf(response: Response): Promise<Record<string, unknown>[]> {
  const reader = new SseReader();
  const results: Record<string, unknown>[] = [];
  for await (const piece of response.body ?? [])
    for (const { data } of reader.push(piece)) results.push(Object(Object(JSON.parse(data)).result));
  return results;
}
