import { afterEach, beforeEach, expect, test } from "bun:test";
import { boardExtension } from "../../../src/server/a2a/extension.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { a2aCall, a2aWire, type A2aWire } from "../../support/a2a.ts";
import { junk, junkWords, mutated } from "../../support/junk.ts";
import { randomly, type Random } from "../../support/random.ts";

let daemon: DaemonHere;
let wire: A2aWire;
let complaints: string[];
const { error: spoken } = console;

beforeEach(() => {
  complaints = [];
  // what the daemon finds unexpected it logs: here it must have nothing to say
  console.error = (...words: unknown[]) => void complaints.push(words.map(String).join(" "));
  daemon = daemonHere({ pushTo: ["http://127.0.0.1:*"] });
  wire = a2aWire(daemon);
});
afterEach(async () => {
  await daemon.stop();
  console.error = spoken;
});

const states = [
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_UNSPECIFIED",
  "TASK_STATE_RUNNING",
];

/** A value that fits a field of A2A, under its name in either generation. */
function fitting(random: Random, field: string, ids: readonly string[]): unknown {
  if (/^(?:id|taskId|contextId)$/.test(field)) return random.pick(ids);
  if (/^(?:historyLength|pageSize)$/.test(field)) return random.int(5);
  if (field === "status") return random.pick(states);
  if (field === "messageId") return `m-${random.int(50)}`;
  if (field === "role") return "ROLE_USER";
  if (field === "url") return "http://127.0.0.1:9/hook";
  if (field === "statusTimestampAfter") return "2026-01-01T00:00:00Z";
  if (field === "includeArtifacts") return random.chance(0.5);
  if (field === "metadata") return { [boardExtension]: { kind: "bug" }, other: 1 };
  if (field === "parts") return Array.from({ length: 1 + random.int(3) }, () => partOf(random));
  if (field === "acceptedOutputModes") return [random.pick(["text/plain", "application/json", "x"])];
  if (field === "referenceTaskIds") return [random.pick(ids)];
  return random.pick(junkWords);
}

function partOf(random: Random): unknown {
  return random.pick<unknown>([
    { text: random.pick(junkWords) },
    { data: junk(random, ["a"]) },
    { url: "http://a", filename: "a.txt", mediaType: "text/plain" },
    { raw: "YQ==" },
  ]);
}

function legacyPartOf(random: Random): unknown {
  return random.pick<unknown>([
    { kind: "text", text: random.pick(junkWords) },
    { kind: "data", data: { a: junk(random, ["a"]) } },
    { kind: "file", file: { bytes: "YQ==", mimeType: "image/png" } },
    { kind: "file", file: { uri: "http://a", name: "a.txt" } },
  ]);
}

/** An object of these fields, of which some fit, some are junk, and some are missing. */
function objectOf(
  random: Random,
  fields: readonly string[],
  ids: readonly string[],
): Record<string, unknown> {
  const some = fields.filter(() => random.chance(0.95));
  return Object.fromEntries(
    some.map((field) => [field, random.chance(0.97) ? fitting(random, field, ids) : junk(random, ids)]),
  );
}

const messageFields = ["messageId", "role", "parts", "contextId", "taskId", "metadata", "referenceTaskIds"];

/** What a message is sent with; it never waits. */
function sending(random: Random, ids: readonly string[], isLegacy = false): Record<string, unknown> {
  const message = objectOf(random, messageFields, ids);
  if (isLegacy) Object.assign(message, { role: "user", parts: [legacyPartOf(random), legacyPartOf(random)] });
  // most are new tasks of their own
  if (random.chance(0.7)) delete message["taskId"];
  if (random.chance(0.7)) delete message["contextId"];
  const push = objectOf(random, ["url", "id", "token"], ids);
  return {
    message: random.chance(0.95) ? message : junk(random, ids),
    metadata: random.chance(0.2) ? junk(random, ids) : null,
    configuration: {
      ...objectOf(random, ["historyLength", "acceptedOutputModes"], ids),
      ...(random.chance(0.1) ? { taskPushNotificationConfig: push, pushNotificationConfig: push } : {}),
      returnImmediately: true,
      blocking: false,
    },
  };
}

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  GetTask: ["id", "historyLength"],
  "tasks/get": ["id", "historyLength"],
  ListTasks: [
    "contextId",
    "status",
    "pageSize",
    "pageToken",
    "historyLength",
    "statusTimestampAfter",
    "includeArtifacts",
  ],
  CancelTask: ["id", "metadata"],
  "tasks/cancel": ["id", "metadata"],
  SubscribeToTask: ["id"],
  "tasks/resubscribe": ["id"],
  CreateTaskPushNotificationConfig: ["taskId", "url", "id", "token"],
  GetTaskPushNotificationConfig: ["taskId", "id"],
  ListTaskPushNotificationConfigs: ["taskId", "pageSize"],
  DeleteTaskPushNotificationConfig: ["taskId", "id"],
  "tasks/pushNotificationConfig/get": ["id", "pushNotificationConfigId"],
  "tasks/pushNotificationConfig/list": ["id"],
  "tasks/pushNotificationConfig/delete": ["id", "pushNotificationConfigId"],
  GetExtendedAgentCard: [],
  "agent/getAuthenticatedExtendedCard": [],
};
const sendingMethods = ["SendMessage", "SendStreamingMessage", "message/send", "message/stream"];
const methods = [...Object.keys(fieldsOf), ...sendingMethods, ...sendingMethods];

function paramsOf(random: Random, method: string, ids: readonly string[]): unknown {
  if (random.chance(0.03)) return junk(random, ids);
  return sendingMethods.includes(method)
    ? sending(random, ids, method.startsWith("message/"))
    : objectOf(random, fieldsOf[method] ?? [], ids);
}

/** One request of HTTP+JSON. */
function restOf(random: Random, ids: readonly string[]): [line: string, body?: unknown] {
  const id = encodeURIComponent(random.pick([...ids, ...junkWords]).toWellFormed());
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(objectOf(random, fieldsOf["ListTasks"] ?? [], ids)))
    query.set(name, typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  return random.pick<[string, unknown?]>([
    ["POST /message:send", sending(random, ids)],
    ["POST /message:stream", sending(random, ids)],
    [`GET /tasks?${query}`],
    [`GET /tasks/${id}?historyLength=${random.int(3)}`],
    [`POST /tasks/${id}:cancel`, random.chance(0.5) ? {} : junk(random, ids)],
    [`POST /tasks/${id}:subscribe`, {}],
    [`GET /tasks/${id}:subscribe`],
    [`POST /tasks/${id}/pushNotificationConfigs`, objectOf(random, ["url", "id", "token"], ids)],
    [`GET /tasks/${id}/pushNotificationConfigs`],
    [`GET /tasks/${id}/pushNotificationConfigs/${id}`],
    [`DELETE /tasks/${id}/pushNotificationConfigs/${id}`],
    ["GET /extendedAgentCard"],
    [`GET /${id}`],
  ]);
}

/** The beginning of an answer, or all of it: nothing of it is a defect's, and none is both a result and an error. */
async function check(sent: unknown, response: Response): Promise<string> {
  expect([sent, response.status]).not.toEqual([sent, 500]);
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const text = isStream ? await beginningOf(response) : await response.text();
  expect(text.includes("-32603") && [sent, text]).toBe(false);
  expect(text.includes("went wrong inside cord") && [sent, text]).toBe(false);
  if (!isStream && text !== "") {
    const answer: unknown = JSON.parse(text);
    expect([sent, "result" in Object(answer) && "error" in Object(answer)]).toEqual([sent, false]);
  }
  return text;
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}

async function isHealthy(): Promise<void> {
  expect(complaints).toEqual([]);
  expect((await daemon.rpc("tasks/send", { name: "still well" })).result).toMatchObject({
    name: "still well",
  });
}

const idsIn = (text: string) => text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];

test(
  "thousands of calls that are almost right, over each wire, find no defect",
  randomly(async (random) => {
    const ids = ["ffffffff"];
    for (let round = 0; round < 150; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => {
          if (random.chance(0.4)) {
            const [line, body] = restOf(random, ids);
            return check([line, body], await wire.rest(line, body));
          }
          const method = random.pick(methods);
          const version = random.chance(0.95) === /^[A-Z]/.test(method) ? "1.0" : random.pick([null, "0.3"]);
          const call = a2aCall(method, paramsOf(random, method, ids), random.pick([1, "x", null]));
          return check([version, call], await wire.rpc(version, call));
        }),
      );
      ids.push(...answers.flatMap((text) => idsIn(text).slice(0, 2)));
      ids.splice(1, Math.max(0, ids.length - 40));
    }
    await isHealthy();
  }),
);

test(
  "thousands of damaged bodies find no defect",
  randomly(async (random) => {
    const ids = ["ffffffff"];
    // a damaged body may ask to wait where the whole one did not: a stream is an answer at once
    const atOnce = methods.filter((method) => method !== "SendMessage" && method !== "message/send");
    for (let round = 0; round < 1000; round += 1) {
      const method = random.pick(atOnce);
      const call = JSON.stringify(a2aCall(method, paramsOf(random, method, ids)));
      const body = mutated(random, call).toWellFormed();
      const version = random.pick(["1.0", "0.3", null]);
      await check([version, body], await wire.rpc(version, body));
      const [line, whole] = restOf(random, ids);
      const sent = whole === undefined ? undefined : mutated(random, JSON.stringify(whole)).toWellFormed();
      const to = line.replace("message:send", "message:stream");
      await check([to, sent], await wire.rest(to, sent));
    }
    await isHealthy();
  }),
);
