import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { currentMethods } from "../../../src/server/a2a/current.ts";
import { legacyMethods } from "../../../src/server/a2a/legacy.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import {
  a2aCall as call,
  a2aMessage as message,
  a2aWire,
  legacyMessage,
  refusalsOf,
  type A2aWire,
} from "../../support/a2a.ts";

let daemon: DaemonHere;
let wire: A2aWire;
let refusals: ReturnType<typeof refusalsOf>;

beforeAll(() => {
  daemon = daemonHere();
  wire = a2aWire(daemon);
  refusals = refusalsOf(wire);
});
afterAll(async () => {
  // nothing of all this has reached the board
  expect((await daemon.rpc("tasks/list")).result).toEqual([]);
  await daemon.stop();
});

const long = "x".repeat(10_000);

const invalid = { reason: "INVALID_PARAMS", domain: "a2a-protocol.org" };

/** What is wrong with a message whatever its generation, and the field that the refusal names. */
const wrongMessages: [string, Record<string, unknown>, string][] = [
  ["parts that are a text", { parts: "x" }, "message.parts"],
  ["parts that are an object", { parts: { text: "x" } }, "message.parts"],
  ["no parts", { parts: undefined }, "message.parts"],
  ["an empty list of parts", { parts: [] }, "message.parts"],
  [
    "more parts than a message may have",
    { parts: Array.from({ length: 65 }, () => ({ kind: "text", text: "x" })) },
    "message.parts",
  ],
  ["a part that is a text", { parts: ["x"] }, "message.parts[0]"],
  ["a part that is null", { parts: [null] }, "message.parts[0]"],
  ["no messageId", { messageId: undefined }, "message.messageId"],
  ["an empty messageId", { messageId: "" }, "message.messageId"],
  ["a messageId that is null", { messageId: null }, "message.messageId"],
  ["a messageId that is a number", { messageId: 7 }, "message.messageId"],
  ["a messageId of 10,000 characters", { messageId: long }, "message.messageId"],
  ["a messageId with control characters", { messageId: "a\u001b[2Jb" }, "message.messageId"],
  ["a contextId of 10,000 characters", { contextId: long }, "message.contextId"],
  ["a contextId with control characters", { contextId: "a\nb" }, "message.contextId"],
  ["a contextId that is an object", { contextId: {} }, "message.contextId"],
  ["no role", { role: undefined }, "message.role"],
  ["a role that there is not", { role: "ROLE_ROOT" }, "message.role"],
  ["metadata that is a list", { metadata: [1] }, "message.metadata"],
  ["extensions that are a text", { extensions: "urn:x" }, "message.extensions"],
  ["referenceTaskIds with a number", { referenceTaskIds: [1] }, "message.referenceTaskIds[0]"],
  [
    "more referenceTaskIds than may be",
    { referenceTaskIds: Array(65).fill("a") },
    "message.referenceTaskIds",
  ],
];

describe("a message with", () => {
  test.each(wrongMessages)(
    "%s is invalid, and the field is named: over each wire",
    async (_, wrong, field) => {
      const params = { message: { ...message, ...wrong } };
      const legacy = { message: { ...legacyMessage, ...wrong } };
      for (const method of ["SendMessage", "SendStreamingMessage"])
        expect(await refusals.overRpc("1.0", call(method, params))).toMatchObject({
          id: 1,
          code: -32602,
          ...invalid,
          fields: [field],
        });
      for (const method of ["message/send", "message/stream"])
        expect(await refusals.overRpc(null, call(method, legacy))).toMatchObject({
          id: 1,
          code: -32602,
          ...invalid,
          fields: [field],
        });
      for (const line of ["POST /message:send", "POST /message:stream"])
        expect(await refusals.overRest(line, params)).toMatchObject({
          code: 400,
          status: "INVALID_ARGUMENT",
          ...invalid,
          fields: [field],
        });
    },
  );

  const wrongParts: [string, unknown, string][] = [
    ["nothing in a part", {}, ""],
    ["two contents in a part", { text: "a", url: "http://a" }, ""],
    ["bytes that are not base64", { raw: "a b" }, ".raw"],
    ["bytes of which a part is missing", { raw: "YWJjZ" }, ".raw"],
    ["bytes with their padding in the middle", { raw: "YQ==YQ==" }, ".raw"],
    ["a text that is a number", { text: 1 }, ".text"],
    ["an address of 10,000 characters", { url: long }, ".url"],
    ["a file name of 10,000 characters", { text: "a", filename: long }, ".filename"],
    ["a media type that is a number", { text: "a", mediaType: 1 }, ".mediaType"],
    ["metadata of a part that is a text", { text: "a", metadata: "x" }, ".metadata"],
  ];

  test.each(wrongParts)("%s is invalid", async (_, part, place) => {
    const params = { message: { ...message, parts: [{ text: "good" }, part] } };
    const fields = [`message.parts[1]${place}`];
    expect(await refusals.overRpc("1.0", call("SendMessage", params))).toMatchObject({
      code: -32602,
      fields,
    });
    expect(await refusals.overRest("POST /message:send", params)).toMatchObject({ code: 400, fields });
  });

  const wrongLegacyParts: [string, unknown, string][] = [
    ["a part without kind", { text: "a" }, ".kind"],
    ["a part of another kind", { kind: "video" }, ".kind"],
    ["a text part without text", { kind: "text" }, ".text"],
    ["a file part without file", { kind: "file" }, ".file"],
    ["a file that is neither bytes nor uri", { kind: "file", file: { name: "a" } }, ".file"],
    ["a file that is both", { kind: "file", file: { bytes: "YQ==", uri: "http://a" } }, ".file"],
    ["bytes that are not base64", { kind: "file", file: { bytes: "%%" } }, ".file.bytes"],
    ["bytes of which a part is missing", { kind: "file", file: { bytes: "Y" } }, ".file.bytes"],
    ["data that is a text", { kind: "data", data: "x" }, ".data"],
  ];

  test.each(wrongLegacyParts)("%s is invalid in 0.3", async (_, part, place) => {
    const params = { message: { ...legacyMessage, parts: [{ kind: "text", text: "good" }, part] } };
    expect(await refusals.overRpc(null, call("message/send", params))).toMatchObject({
      code: -32602,
      fields: [`message.parts[1]${place}`],
    });
  });

  test("what says that it is another object is no message of 0.3", async () => {
    const params = { message: { ...legacyMessage, kind: "task" } };
    expect(await refusals.overRpc(null, call("message/send", params))).toMatchObject({
      code: -32602,
      fields: ["message.kind"],
    });
  });

  test("a part of a media type that the card does not list is refused as such", async () => {
    const parts = [{ text: "x", mediaType: "application/x-unheard-of" }];
    const file = { bytes: "YQ==", mimeType: "application/x-unheard-of" };
    const refused = { reason: "CONTENT_TYPE_NOT_SUPPORTED", domain: "a2a-protocol.org" };
    const params = { message: { ...message, parts } };
    expect(await refusals.overRpc("1.0", call("SendMessage", params))).toMatchObject({
      code: -32005,
      ...refused,
    });
    expect(await refusals.overRest("POST /message:send", params)).toMatchObject({
      code: 400,
      status: "INVALID_ARGUMENT",
      ...refused,
    });
    const legacy = { message: { ...legacyMessage, parts: [{ kind: "file", file }] } };
    expect(await refusals.overRpc(null, call("message/send", legacy))).toMatchObject({
      code: -32005,
      ...refused,
    });
  });
});

describe("parameters of a method", () => {
  const wrongParams: [string, unknown, string][] = [
    ["SendMessage", undefined, "message"],
    ["SendMessage", {}, "message"],
    ["SendMessage", { message: "x" }, "message"],
    ["SendMessage", { message, configuration: { historyLength: -1 } }, "configuration.historyLength"],
    ["SendMessage", { message, configuration: { historyLength: 1.5 } }, "configuration.historyLength"],
    ["SendMessage", { message, configuration: { historyLength: 1e12 } }, "configuration.historyLength"],
    [
      "SendMessage",
      { message, configuration: { returnImmediately: "yes" } },
      "configuration.returnImmediately",
    ],
    [
      "SendMessage",
      { message, configuration: { acceptedOutputModes: "text" } },
      "configuration.acceptedOutputModes",
    ],
    ["SendMessage", { message, configuration: [] }, "configuration"],
    [
      "SendMessage",
      { message, configuration: { taskPushNotificationConfig: { url: 3 } } },
      "configuration.taskPushNotificationConfig.url",
    ],
    ["SendMessage", { message, metadata: "x" }, "metadata"],
    ["GetTask", {}, "id"],
    ["GetTask", { id: "" }, "id"],
    ["GetTask", { id: 5 }, "id"],
    ["GetTask", { id: "a", historyLength: "ten" }, "historyLength"],
    ["ListTasks", { pageSize: 0 }, "pageSize"],
    ["ListTasks", { pageSize: 101 }, "pageSize"],
    ["ListTasks", { status: "TASK_STATE_RUNNING" }, "status"],
    ["ListTasks", { statusTimestampAfter: "yesterday" }, "statusTimestampAfter"],
    ["ListTasks", { includeArtifacts: "maybe" }, "includeArtifacts"],
    ["ListTasks", { historyLength: -5 }, "historyLength"],
    ["ListTasks", { contextId: long }, "contextId"],
    ["ListTasks", { pageToken: long }, "pageToken"],
    ["CancelTask", { id: null }, "id"],
    ["CancelTask", { id: "a", metadata: 1 }, "metadata"],
    ["SubscribeToTask", {}, "id"],
  ];

  test.each(wrongParams)("%s of 1.0 refuses %j by the field %s", async (method, params, field) => {
    expect(await refusals.overRpc("1.0", call(method, params))).toMatchObject({
      code: -32602,
      ...invalid,
      fields: [field],
    });
  });

  test.each(["text", 5, [1], true])("of any method may not be %j", async (params) => {
    expect(await refusals.overRpc("1.0", call("GetTask", params))).toMatchObject({
      code: -32602,
      fields: ["params"],
    });
    expect(await refusals.overRpc(null, call("tasks/get", params))).toMatchObject({
      code: -32602,
      fields: ["params"],
    });
  });

  test("a number is read as one by either name that it may have in a query", async () => {
    for (const [name, field] of [
      ["pageSize", "pageSize"],
      ["page_size", "pageSize"],
      ["history_length", "historyLength"],
    ]) {
      expect((await wire.rest(`GET /tasks?${name}=1`)).status).toBe(200);
      const { message: why, fields } = await refusals.overRest(`GET /tasks?${name}=-1`);
      expect([fields, why]).toEqual([[field], expect.stringMatching(/: must be at least [01]$/)]);
    }
    expect((await wire.rest("GET /tasks?include_artifacts=true")).status).toBe(200);
  });

  const wrongLegacyParams: [string, unknown, string][] = [
    ["message/send", {}, "message"],
    ["message/send", { message: legacyMessage, configuration: { blocking: "x" } }, "configuration.blocking"],
    ["tasks/get", {}, "id"],
    ["tasks/get", { id: "a", historyLength: -1 }, "historyLength"],
    ["tasks/cancel", { id: 1 }, "id"],
    ["tasks/resubscribe", {}, "id"],
  ];

  test.each(wrongLegacyParams)("%s of 0.3 refuses %j by the field %s", async (method, params, field) => {
    expect(await refusals.overRpc(null, call(method, params))).toMatchObject({
      code: -32602,
      ...invalid,
      fields: [field],
    });
    expect(await refusals.overRpc("0.3", call(method, params))).toMatchObject({
      code: -32602,
      fields: [field],
    });
  });

  const wrongPushes: [string, Record<string, unknown>, string][] = [
    ["CreateTaskPushNotificationConfig", { taskId: "a" }, "url"],
    ["CreateTaskPushNotificationConfig", { taskId: "a", url: "http://a", token: "a\r\nb" }, "token"],
    [
      "CreateTaskPushNotificationConfig",
      { taskId: "a", url: "http://a", authentication: { credentials: "x" } },
      "authentication.scheme",
    ],
    ["GetTaskPushNotificationConfig", { taskId: "a" }, "id"],
    ["ListTaskPushNotificationConfigs", {}, "taskId"],
    ["DeleteTaskPushNotificationConfig", { id: "a" }, "taskId"],
    ["tasks/pushNotificationConfig/set", { taskId: "a" }, "pushNotificationConfig"],
    [
      "tasks/pushNotificationConfig/set",
      { taskId: "a", pushNotificationConfig: {} },
      "pushNotificationConfig.url",
    ],
    ["tasks/pushNotificationConfig/delete", { id: "a" }, "pushNotificationConfigId"],
  ];

  test.each(wrongPushes)(
    "%s refuses %j by the field %s, and where push is off whatever it is given",
    async (method, params, field) => {
      const isLegacy = method.startsWith("tasks/");
      const read = (isLegacy ? legacyMethods : currentMethods).get(method)?.read;
      const fields = { data: { violations: [{ field, description: expect.any(String) }] } };
      expect(() => read?.(params)).toThrow(expect.objectContaining(fields));
      expect(await refusals.overRpc(isLegacy ? null : "1.0", call(method, params))).toMatchObject({
        code: -32003,
        reason: "PUSH_NOTIFICATION_NOT_SUPPORTED",
      });
    },
  );

  test.each([
    "POST /tasks/a/pushNotificationConfigs",
    "GET /tasks/a/pushNotificationConfigs",
    "GET /tasks/a/pushNotificationConfigs/b",
    "DELETE /tasks/a/pushNotificationConfigs/b",
  ])("%s is refused where push is off, whatever it is given", async (line) => {
    expect(await refusals.overRest(line, line.startsWith("POST") ? {} : undefined)).toMatchObject({
      code: 400,
      status: "FAILED_PRECONDITION",
      reason: "PUSH_NOTIFICATION_NOT_SUPPORTED",
    });
  });

  const wrongRequests: [string, unknown, string][] = [
    ["GET /tasks?pageSize=150", undefined, "pageSize"],
    ["GET /tasks?pageSize=ten", undefined, "pageSize"],
    ["GET /tasks?historyLength=-5", undefined, "historyLength"],
    ["GET /tasks?status=TASK_STATE_RUNNING", undefined, "status"],
    ["GET /tasks?statusTimestampAfter=yesterday", undefined, "statusTimestampAfter"],
    ["GET /tasks?includeArtifacts=maybe", undefined, "includeArtifacts"],
    ["GET /tasks/a?historyLength=x", undefined, "historyLength"],
    ["POST /message:send", {}, "message"],
    ["POST /message:stream", { message: { parts: [] } }, "message.messageId"],
    ["POST /tasks/a:cancel", { metadata: "x" }, "metadata"],
  ];

  test.each(wrongRequests)("%s with %j is refused by the field %s", async (line, body, field) => {
    const error = await refusals.overRest(line, body);
    expect(error).toMatchObject({ code: 400, status: "INVALID_ARGUMENT", ...invalid });
    expect(error.fields).toContain(field);
  });

  test("are refused with all the fields that do not fit", async () => {
    const { fields } = await refusals.overRpc("1.0", call("ListTasks", { pageSize: 0, historyLength: -1 }));
    expect(fields.toSorted()).toEqual(["historyLength", "pageSize"]);
  });
});

test.each([
  ["SendMessage", { message: { ...message, parts: "x" } }, "message.parts: must be a list"],
  ["SendMessage", { message: { ...message, parts: [] } }, "message.parts: must be a list of at least 1"],
  ["SendMessage", { message: { ...message, messageId: long } }, "must be of at most 128 characters"],
  ["SendMessage", { message: { ...message, role: "KING" } }, "must be one of ROLE_USER, ROLE_AGENT"],
  ["ListTasks", { pageSize: 101 }, "pageSize: must be at most 100"],
  ["ListTasks", { historyLength: "x" }, "historyLength: must be a number"],
  ["ListTasks", { statusTimestampAfter: "x" }, "must be a time such as"],
])("%s with %j is refused in words for whoever wrote it: %s", async (method, params, words) => {
  const { message: said } = await refusals.overRpc("1.0", call(method, params));
  expect(said).toContain(words);
  expect(said).not.toMatch(/input|received|expected/i);
});
