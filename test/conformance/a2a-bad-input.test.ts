import { afterAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { holderOf } from "../support/a2a/holder.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { rpcCall } from "../support/rpc.ts";

/** What no well-behaved client sends, over both bindings: each is refused by the code, the reason and the field that A2A 1.0.1 has for it. */

const daemon = await daemonProcess();
afterAll(() => daemon[Symbol.asyncDispose]());
const holder = holderOf(daemon);

const text = { text: "Do it" };
const long = "x".repeat(10_000);

/** A task that has ended, and one that is open. */
const [ended, open] = [await sentTask(), await sentTask()];
await (await holder.next("Do it")).complete();

/** What a message may not be, and the field that the refusal names. */
const badMessages: Readonly<Record<string, [message: unknown, field: string]>> = {
  "no message": [undefined, "message"],
  "a message that is text": ["Do it", "message"],
  "no messageId": [{ role: "ROLE_USER", parts: [text] }, "message.messageId"],
  "an empty messageId": [messageWith({ messageId: "" }), "message.messageId"],
  "a messageId of 10,000 characters": [messageWith({ messageId: long }), "message.messageId"],
  "a contextId of 10,000 characters": [messageWith({ contextId: long }), "message.contextId"],
  "no role": [{ messageId: "1", parts: [text] }, "message.role"],
  "an unknown role": [messageWith({ role: "ROLE_KING" }), "message.role"],
  "no parts": [{ messageId: "1", role: "ROLE_USER" }, "message.parts"],
  "parts that are text": [messageWith({ parts: "x" }), "message.parts"],
  "empty parts": [messageWith({ parts: [] }), "message.parts"],
  "more parts than anybody sends": [
    messageWith({ parts: Array.from({ length: 1000 }, () => text) }),
    "message.parts",
  ],
  "a part with nothing in it": [messageWith({ parts: [{}] }), "message.parts[0]"],
  "a part with two contents": [
    messageWith({ parts: [{ ...text, url: "https://example.com" }] }),
    "message.parts[0]",
  ],
  "bytes that are no base64": [messageWith({ parts: [{ raw: "%%%" }] }), "message.parts[0].raw"],
  "references that are text": [messageWith({ referenceTaskIds: "x" }), "message.referenceTaskIds"],
};

describe("a message", () => {
  for (const [what, [message, field]] of Object.entries(badMessages))
    test(what, async () => {
      const params = message === undefined ? {} : { message };
      const refused = await rpc(rpcCall("SendMessage", params));
      expect(refused).toMatchObject({ status: 200, code: -32602, fields: [expect.stringContaining(field)] });
      const restRefused = await rest("POST", "/message:send", params);
      expect(restRefused).toMatchObject({ status: 400, code: 400, said: "INVALID_ARGUMENT" });
      expect(restRefused.fields).toEqual(refused.fields);
    });
});

/** Calls that are well formed, and cannot be: what A2A has an error of its own for. */
const refusals: Readonly<Record<string, Refusal>> = {
  "a task that is not there": {
    method: "GetTask",
    params: { id: crypto.randomUUID() },
    reason: "TASK_NOT_FOUND",
  },
  "what is no id at all": { method: "GetTask", params: { id: "1" }, reason: "TASK_NOT_FOUND" },
  "an id of 10,000 characters": { method: "GetTask", params: { id: long }, reason: "TASK_NOT_FOUND" },
  "to cancel what is not there": { method: "CancelTask", params: { id: "none" }, reason: "TASK_NOT_FOUND" },
  "to cancel what has ended": { method: "CancelTask", params: { id: ended }, reason: "TASK_NOT_CANCELABLE" },
  "to follow what is not there": {
    method: "SubscribeToTask",
    params: { id: "none" },
    reason: "TASK_NOT_FOUND",
  },
  "to follow what has ended": {
    method: "SubscribeToTask",
    params: { id: ended },
    reason: "UNSUPPORTED_OPERATION",
  },
  "a message to what has ended": {
    method: "SendMessage",
    params: { message: messageWith({ taskId: ended }) },
    reason: "UNSUPPORTED_OPERATION",
  },
  "a message to what is not there": {
    method: "SendStreamingMessage",
    params: { message: messageWith({ taskId: crypto.randomUUID() }) },
    reason: "TASK_NOT_FOUND",
  },
  "a part of a type that the card does not list": {
    method: "SendMessage",
    params: { message: messageWith({ parts: [{ raw: "AAAA", mediaType: "video/mp4" }] }) },
    reason: "CONTENT_TYPE_NOT_SUPPORTED",
  },
  "push notifications where none are allowed": {
    method: "CreateTaskPushNotificationConfig",
    params: { taskId: open, url: "https://example.com/" },
    reason: "PUSH_NOTIFICATION_NOT_SUPPORTED",
  },
};

interface Refusal {
  method: string;
  params: object;
  reason: keyof typeof codes;
}

const codes = {
  TASK_NOT_FOUND: { code: -32001, http: 404 },
  TASK_NOT_CANCELABLE: { code: -32002, http: 400 },
  PUSH_NOTIFICATION_NOT_SUPPORTED: { code: -32003, http: 400 },
  UNSUPPORTED_OPERATION: { code: -32004, http: 400 },
  CONTENT_TYPE_NOT_SUPPORTED: { code: -32005, http: 400 },
} as const;

describe("an A2A error, with its reason", () => {
  for (const [what, { method, params, reason }] of Object.entries(refusals))
    test(what, async () => {
      const { code, http } = codes[reason];
      const domain = "a2a-protocol.org";
      expect(await rpc(rpcCall(method, params))).toMatchObject({ status: 200, code, reason, domain });
      const [verb, path, body] = onRest(method, params);
      expect(await rest(verb, path, body)).toMatchObject({ status: http, code: http, reason, domain });
    });
});

describe("a request", () => {
  const get = rpcCall("GetTask", { id: open });
  const cases: Readonly<Record<string, [body: unknown, expected: object, headers?: Record<string, string>]>> =
    {
      "that is not JSON": ["{", { code: -32700 }],
      "that is empty": ["", { code: -32700 }],
      "that is a list": [[get], { code: -32600 }],
      "that is text": ['"GetTask"', { code: -32600 }],
      "without jsonrpc": [{ id: 1, method: "GetTask", params: {} }, { code: -32600 }],
      "without a method": [{ jsonrpc: "2.0", id: 1 }, { code: -32600 }],
      "of an unknown method": [rpcCall("FrobnicateTask", {}), { code: -32601 }],
      "of an unknown method of 0.3": [
        rpcCall("message/frobnicate", {}),
        { code: -32601 },
        { "a2a-version": "0.3" },
      ],
      "whose params are a list": [rpcCall("GetTask", [1]), { code: -32602 }],
      "of another version": [
        get,
        { code: -32009, reason: "VERSION_NOT_SUPPORTED" },
        { "a2a-version": "99.0" },
      ],
      "of 1.0, without a version": [
        get,
        { code: -32009, reason: "VERSION_NOT_SUPPORTED" },
        { "a2a-version": "" },
      ],
      "that is no JSON by its header": [get, { code: -32005 }, { "content-type": "text/plain" }],
      "that is nested too deep": [rpcCall("GetTask", { id: nested(2000) }), { code: expect.any(Number) }],
      "with a negative historyLength": [
        rpcCall("GetTask", { id: open, historyLength: -1 }),
        { code: -32602 },
      ],
      "for a page of no size": [rpcCall("ListTasks", { pageSize: 0 }), { code: -32602 }],
      "for a page of any size": [rpcCall("ListTasks", { pageSize: 101 }), { code: -32602 }],
      "for a page after none": [rpcCall("ListTasks", { pageToken: "nonsense" }), { code: -32602 }],
      "for tasks after no time": [
        rpcCall("ListTasks", { statusTimestampAfter: "yesterday" }),
        { code: -32602 },
      ],
      "for tasks of no state": [rpcCall("ListTasks", { status: "TASK_STATE_LOST" }), { code: -32602 }],
    };
  for (const [what, [body, expected, headers]] of Object.entries(cases))
    test(what, async () => {
      expect(await rpc(body, headers)).toMatchObject(expected);
    });

  test("with a cursor of another query", async () => {
    const contextId = crypto.randomUUID();
    for (const _ of "ab") await sentTask({ contextId });
    const page = await post(rpcCall("ListTasks", { contextId, pageSize: 1 }));
    const { result } = z
      .object({ result: z.object({ nextPageToken: z.string().min(1) }) })
      .parse(await page.json());
    const other = { pageToken: result.nextPageToken, contextId: "another" };
    expect(await rpc(rpcCall("ListTasks", other))).toMatchObject({ code: -32602, fields: ["pageToken"] });
  });

  test("over the limit of a body", async () => {
    const huge = messageWith({ parts: [{ text: "x".repeat(1_100_000) }] });
    expect((await post(rpcCall("SendMessage", { message: huge }))).status).toBe(413);
  });

  test("without the token: 401, with a challenge", async () => {
    const refused = await post(get, { authorization: "Bearer wrong" });
    expect({ status: refused.status, challenge: refused.headers.get("www-authenticate") }).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/^Bearer/),
    });
  });

  test("sent to the board's own endpoint: it names this one", async () => {
    const { error } = await daemon.rpc("SendMessage", {});
    expect(error).toMatchObject({ code: -32601, message: expect.stringContaining("/a2a") });
  });
});

test("control characters of a message reach no terminal", async () => {
  await sentTask({ parts: [{ text: "red \u001b[31m \u009b31m \u202e name" }] });
  const { result } = await daemon.rpc("tasks/list", { limit: 1 });
  const [{ name }] = z.tuple([z.object({ name: z.string() })]).parse(result);
  expect(name).toContain("red");
  // eslint-disable-next-line no-control-regex
  expect(name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
});

function messageWith(more: object): object {
  return { messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [text], ...more };
}

async function sentTask(more: object = {}): Promise<string> {
  const params = { message: messageWith(more), configuration: { returnImmediately: true } };
  const sent = await (await post(rpcCall("SendMessage", params))).json();
  return z.object({ result: z.object({ task: z.object({ id: z.string() }) }) }).parse(sent).result.task.id;
}

function nested(depth: number): unknown {
  return JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${daemon.url}a2a`, {
    method: "POST",
    headers: { ...headersOf("application/json"), ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function headersOf(type: string): Record<string, string> {
  return { authorization: `Bearer ${daemon.token}`, "a2a-version": "1.0", "content-type": type };
}

interface Refused {
  status: number;
  code: number;
  /** the word of google.rpc.Status, over HTTP+JSON */
  said: string | undefined;
  reason: string | undefined;
  domain: string | undefined;
  fields: string[];
}

const Detail = z.looseObject({
  "@type": z.string(),
  reason: z.string().optional(),
  domain: z.string().optional(),
  fieldViolations: z.array(z.object({ field: z.string(), description: z.string() })).default([]),
});
const Details = z.array(Detail).default([]);
const RpcError = z.object({
  jsonrpc: z.literal("2.0"),
  error: z.object({ code: z.number(), message: z.string().min(1), data: Details }),
});
const RestError = z.object({
  error: z.object({ code: z.number(), status: z.string(), message: z.string().min(1), details: Details }),
});

async function rpc(body: unknown, headers: Record<string, string> = {}): Promise<Refused> {
  const response = await post(body, headers);
  const answer = z.strictObject({ ...RpcError.shape, id: z.unknown() }).parse(await response.json());
  const { code, data } = answer.error;
  return { status: response.status, code, said: undefined, ...toldBy(data) };
}

async function rest(method: string, path: string, body?: object): Promise<Refused> {
  const response = await fetch(`${daemon.url}a2a${path}`, {
    method,
    headers: headersOf("application/a2a+json"),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.headers.get("content-type")).toBe("application/a2a+json");
  const { code, status, details } = RestError.parse(await response.json()).error;
  return { status: response.status, code, said: status, ...toldBy(details) };
}

function toldBy(details: z.infer<typeof Details>): Pick<Refused, "reason" | "domain" | "fields"> {
  const info = details.find((detail) => detail["@type"].endsWith("google.rpc.ErrorInfo"));
  const fields = details.flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  return { reason: info?.reason, domain: info?.domain, fields };
}

/** The same call over HTTP+JSON. */
function onRest(method: string, params: object): [verb: string, path: string, body?: object] {
  const { id = "", taskId = "" } = z
    .object({ id: z.string().optional(), taskId: z.string().optional() })
    .parse(params);
  switch (method) {
    case "SendMessage":
      return ["POST", "/message:send", params];
    case "SendStreamingMessage":
      return ["POST", "/message:stream", params];
    case "CancelTask":
      return ["POST", `/tasks/${id}:cancel`, {}];
    case "SubscribeToTask":
      return ["GET", `/tasks/${id}:subscribe`];
    case "CreateTaskPushNotificationConfig":
      return ["POST", `/tasks/${taskId}/pushNotificationConfigs`, params];
    default:
      return ["GET", `/tasks/${id}`];
  }
}
