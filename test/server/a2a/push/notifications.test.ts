import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { openSqlite } from "../../../../src/store/database/sqlite.ts";
import { a2aClient, refusalCode } from "../../../support/a2a/asking.ts";
import { startReceiver, type Received, type Receiver } from "../../../support/a2a/receiver.ts";
import { daemonHere, type DaemonHere } from "../../../support/machine/daemon.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";

/** A2A's push notifications, from a client's configuration to its receiver: a real daemon, real connections. */

const token = "0123456789abcdef0123456789abcdef";
let receiver: Receiver;
let daemon: DaemonHere;
let client: ReturnType<typeof a2aClient>;
let answer: (nth: number) => number | Response | Promise<number | Response>;

beforeEach(() => {
  answer = () => 204;
  receiver = startReceiver((nth) => answer(nth));
  daemon = daemonHere({ pushTo: [`${receiver.url}/hooks`] });
  client = a2aClient(daemon);
});
afterEach(async () => {
  await daemon.stop();
  receiver[Symbol.dispose]();
});

const hook = () => `${receiver.url}/hooks/one?key=1`;
const claim = (id: string) => daemon.rpc("tasks/claim", { id, agentId: "ann" });
const complete = (id: string, more: object = { result: "done" }) =>
  daemon.rpc("tasks/complete", { id, agentId: "ann", ...more });

const Body = z.object({
  statusUpdate: z.object({ taskId: z.string(), status: z.object({ state: z.string() }) }).optional(),
  artifactUpdate: z
    .object({
      artifact: z.object({ artifactId: z.string(), parts: z.array(z.object({ text: z.string() })) }),
    })
    .optional(),
});

function shown({ body }: Received): string {
  const { statusUpdate, artifactUpdate } = Body.parse(body);
  if (statusUpdate) return statusUpdate.status.state.replace("TASK_STATE_", "");
  return (artifactUpdate?.artifact.parts ?? []).map(({ text }) => text).join();
}

/** As any client calls. */
async function answerTo(method: string, params: object, version: "1.0" | "0.3"): Promise<string> {
  const response = await fetch(`${daemon.url}a2a`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "a2a-version": version,
      authorization: `Bearer ${daemon.token}`,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return response.text();
}

async function legacyCall(method: string, params: object) {
  const answer = JSON.parse(await answerTo(method, params, "0.3"));
  return z.object({ result: z.looseObject({}) }).parse(answer).result;
}

/** Whether a daemon's card says that it does. */
async function pushes({ url }: DaemonHere): Promise<boolean> {
  const card = await (await fetch(`${url}.well-known/agent-card.json`)).json();
  return Card.parse(card).capabilities.pushNotifications;
}

const Card = z.object({ capabilities: z.object({ pushNotifications: z.boolean() }) });

test("what happens to a task is delivered in its order, under the headers that were asked for", async () => {
  const config = {
    url: hook(),
    token: "the-token",
    authentication: { scheme: "Bearer", credentials: "the-credentials" },
  };
  const { id } = await client.send({}, { returnImmediately: true, taskPushNotificationConfig: config });
  await claim(id);
  await daemon.rpc("tasks/say", { id, agentId: "ann", text: "half way" });
  await complete(id, { result: "whole", artifacts: [{ parts: [{ text: "a" }, { text: "b" }] }] });
  await receiver.has(7);
  expect(receiver.got.map(shown)).toEqual([
    "SUBMITTED",
    "WORKING",
    "WORKING",
    "whole",
    "a",
    "b",
    "COMPLETED",
  ]);
  for (const { path, headers } of receiver.got) {
    expect(path).toBe("/hooks/one?key=1");
    expect(headers).toMatchObject({
      "content-type": "application/a2a+json",
      authorization: "Bearer the-credentials",
      "x-a2a-notification-token": "the-token",
    });
  }
});

test("one that is created later is told from then on; of what ended before it, nothing", async () => {
  const { id } = await client.send({});
  await claim(id);
  const made = await client.call("CreateTaskPushNotificationConfig", { taskId: id, url: hook() });
  await complete(id);
  await receiver.has(2);
  expect(receiver.got.map(shown)).toEqual(["done", "COMPLETED"]);
  // a completed task may have one too
  const { id: over } = z.object({ id: z.string() }).parse(made);
  expect(await client.call("GetTaskPushNotificationConfig", { taskId: id, id: over })).toEqual(made);
  await client.call("CreateTaskPushNotificationConfig", { taskId: id, url: hook(), id: "late" });
  const other = await client.send(
    {},
    { returnImmediately: true, taskPushNotificationConfig: { url: hook() } },
  );
  await receiver.has(3);
  expect(receiver.got[2]?.body).toMatchObject({ statusUpdate: { taskId: other.id } });
});

test("a message that comes twice has one configuration, and an answer to a question is told of", async () => {
  const message = { messageId: "m1" };
  const configuration = { returnImmediately: true, taskPushNotificationConfig: { url: hook() } };
  const { id } = await client.send(message, configuration);
  expect((await client.send(message, configuration)).id).toBe(id);
  expect(await client.call("ListTaskPushNotificationConfigs", { taskId: id })).toMatchObject({
    configs: [{ taskId: id, url: hook() }],
  });
  await claim(id);
  await daemon.rpc("tasks/ask", { id, agentId: "ann", question: "Which?" });
  await client.send({ taskId: id, parts: [{ text: "This" }] });
  await receiver.has(4);
  expect(receiver.got.map(shown)).toEqual(["SUBMITTED", "WORKING", "INPUT_REQUIRED", "WORKING"]);
});

test("one of 0.3 is sent tasks as they stood, in the shape of 0.3", async () => {
  const message = { kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "Do it" }] };
  const pushNotificationConfig = {
    url: hook(),
    token: "the-token",
    authentication: { schemes: ["Bearer"], credentials: "the-credentials" },
  };
  const configuration = { blocking: false, pushNotificationConfig };
  const { id } = z
    .looseObject({ id: z.string() })
    .parse(await legacyCall("message/send", { message, configuration }));
  expect(await legacyCall("tasks/pushNotificationConfig/get", { id })).toEqual({
    taskId: id,
    pushNotificationConfig: { id, ...pushNotificationConfig },
  });
  await claim(id);
  await complete(id);
  await receiver.has(3);
  const bodies = receiver.got.map(({ body }) => body);
  expect(bodies).toMatchObject([
    { kind: "task", id, status: { state: "submitted" } },
    { kind: "task", id, status: { state: "working" } },
    {
      kind: "task",
      id,
      status: { state: "completed" },
      artifacts: [{ parts: [{ kind: "text", text: "done" }] }],
    },
  ]);
  expect(receiver.got[1]?.headers).toMatchObject({
    "content-type": "application/json",
    authorization: "Bearer the-credentials",
    "x-a2a-notification-token": "the-token",
  });
});

test("configurations are created, read, listed and deleted, over HTTP+JSON too; unknown ones are unknown tasks", async () => {
  const { id } = await client.send({});
  const rest = (method: string, path: string, body?: object) =>
    fetch(`${daemon.url}a2a/tasks/${id}/pushNotificationConfigs${path}`, {
      method,
      headers: {
        "a2a-version": "1.0",
        authorization: `Bearer ${daemon.token}`,
        ...(body ? { "content-type": "application/a2a+json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const config = { id: "c", url: hook(), authentication: { scheme: "Basic", credentials: "S3CRET" } };
  expect(await (await rest("POST", "", config)).json()).toEqual({ taskId: id, ...config });
  expect(await (await rest("GET", "/c")).json()).toEqual({ taskId: id, ...config });
  // the list is for finding one, and holds no secrets
  expect(await (await rest("GET", "")).json()).toEqual({ configs: [{ taskId: id, id: "c", url: hook() }] });
  for (const _ of ["once", "twice"]) expect((await rest("DELETE", "/c")).status).toBe(200);
  expect((await rest("GET", "/c")).status).toBe(404);
  expect(await refusalCode(client.call("GetTaskPushNotificationConfig", { taskId: id, id: "c" }))).toBe(
    -32001,
  );
  expect(
    await refusalCode(client.call("CreateTaskPushNotificationConfig", { taskId: "none", url: hook() })),
  ).toBe(-32001);
});

test("a list of several comes in pages, and a token of another list is refused", async () => {
  const { id } = await client.send({});
  for (const config of ["a", "b", "c"])
    await client.call("CreateTaskPushNotificationConfig", { taskId: id, id: config, url: hook() });
  const page = (params: object) => client.call("ListTaskPushNotificationConfigs", { taskId: id, ...params });
  expect(await page({ pageSize: 2 })).toMatchObject({
    configs: [{ id: "a" }, { id: "b" }],
    nextPageToken: "b",
  });
  expect(await page({ pageSize: 2, pageToken: "b" })).toEqual({
    configs: [{ taskId: id, id: "c", url: hook() }],
  });
  expect(await refusalCode(page({ pageToken: "z" }))).toBe(-32602);
});

test("what a message asks for and cannot have is refused by its field, in either version's words", async () => {
  const { id } = await client.send({});
  const url = "https://evil.example/";
  const current = { messageId: "m", role: "ROLE_USER", parts: [{ text: "t" }] };
  const legacy = { kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "t" }] };
  const refused = [
    await answerTo("CreateTaskPushNotificationConfig", { taskId: id, url }, "1.0"),
    await answerTo(
      "SendMessage",
      { message: current, configuration: { taskPushNotificationConfig: { url } } },
      "1.0",
    ),
    await answerTo(
      "tasks/pushNotificationConfig/set",
      { taskId: id, pushNotificationConfig: { url } },
      "0.3",
    ),
    await answerTo(
      "message/send",
      { message: legacy, configuration: { pushNotificationConfig: { url } } },
      "0.3",
    ),
    await answerTo("CreateTaskPushNotificationConfig", { taskId: id, url: hook(), id: "ä" }, "1.0"),
  ];
  expect(refused.map((answer) => /"field":"([^"]*)"/.exec(answer)?.[1])).toEqual([
    "url",
    "configuration.taskPushNotificationConfig.url",
    "pushNotificationConfig.url",
    "configuration.pushNotificationConfig.url",
    "id",
  ]);
});

describe("what is not allowed", () => {
  test.each([
    ["another host", () => "https://evil.example/hooks"],
    ["a path beside", () => `${receiver.url}/other`],
    ["a step upwards", () => `${receiver.url}/hooks/..%2fother`],
    ["no URL", () => "hooks"],
  ])("is a URL outside of the prefixes: %s; a message with it makes no task", async (_, url) => {
    const { id } = await client.send({});
    expect(
      await refusalCode(client.call("CreateTaskPushNotificationConfig", { taskId: id, url: url() })),
    ).toBe(-32602);
    const configuration = { returnImmediately: true, taskPushNotificationConfig: { url: url() } };
    expect(await refusalCode(client.send({}, configuration))).toBe(-32602);
    expect((await daemon.rpc("tasks/list")).result).toHaveLength(1);
  });

  test("is all of it where no prefix was given: the methods say so, and so does the card", async () => {
    await using none = daemonHere();
    const other = a2aClient(none);
    const { id } = await other.send({});
    const params = { taskId: id, id: "c", url: hook() };
    for (const method of ["Create", "Get", "Delete"])
      expect(await refusalCode(other.call(`${method}TaskPushNotificationConfig`, params))).toBe(-32003);
    expect(await refusalCode(other.call("ListTaskPushNotificationConfigs", params))).toBe(-32003);
    const configuration = { returnImmediately: true, taskPushNotificationConfig: { url: hook() } };
    expect(await refusalCode(other.send({}, configuration))).toBe(-32003);
    expect((await none.rpc("tasks/list")).result).toHaveLength(1);
    expect([await pushes(none), await pushes(daemon)]).toEqual([false, true]);
  });
});

test("a redirect is not followed: it counts as a failure, and the delivery is tried again", async () => {
  using elsewhere = startReceiver();
  answer = (nth) => (nth === 0 ? Response.redirect(`${elsewhere.url}/hooks`, 308) : 200);
  await client.send({}, { returnImmediately: true, taskPushNotificationConfig: { url: hook() } });
  await receiver.has(2);
  expect([receiver.got.map(shown), elsewhere.got]).toEqual([["SUBMITTED", "SUBMITTED"], []]);
});

test("a configuration that is deleted while its receiver hangs is told nothing more", async () => {
  const hangs = Promise.withResolvers<number>();
  answer = () => hangs.promise;
  const { id } = await client.send(
    {},
    { returnImmediately: true, taskPushNotificationConfig: { id: "c", url: hook() } },
  );
  await receiver.has(1);
  await client.call("DeleteTaskPushNotificationConfig", { taskId: id, id: "c" });
  hangs.resolve(204);
  await claim(id);
  answer = () => 204;
  await client.send({}, { returnImmediately: true, taskPushNotificationConfig: { url: hook() } });
  await receiver.has(2);
  expect(receiver.got.map(({ body }) => Body.parse(body).statusUpdate?.taskId === id)).toEqual([true, false]);
});

test("events of which a client is told nothing, however many, hold up nothing; nor do those that a newer program wrote", async () => {
  const database = join(temporaryDirectory("push"), "cord.db");
  const pushTo = [receiver.url];
  const first = daemonHere({ database, token });
  const { id } = await a2aClient(first).send({});
  await first.stop();
  const store = openSqlite(database);
  await store.write(async (tx) => {
    const insert = "INSERT INTO events (at, type, task_id, state, data) VALUES (0, ?, ?, 'pending', ?)";
    for (let at = 0; at < 250; at += 1) await tx.run(insert, "task.of_tomorrow", id, "{}");
    for (let at = 0; at < 250; at += 1)
      await tx.run(insert, "attempt.progress", id, '{"attempt":1,"usd":0,"estimated":false}');
  });
  await store.close();
  await using second = daemonHere({ database, token, pushTo });
  await second.rpc("push/create", { id, url: receiver.url, since: 0 });
  await receiver.has(1);
  await second.rpc("tasks/cancel", { id });
  await receiver.has(2);
  expect(receiver.got.map(shown)).toEqual(["SUBMITTED", "CANCELED"]);
});
