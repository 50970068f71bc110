import { z } from "zod";
import { isJsonObject } from "../../core/json.ts";
import { limits, pushBounds } from "../../core/limits.ts";
import { Message, Part } from "../../core/message.ts";

/*
 * What A2A 1.0 gives its methods, in ProtoJSON: null and "" stand for what is not said. The SDK's codec reads after these
 * schemas only: it takes a list that is none for an empty one. What they do not name is passed over (1.0.1, section 5.7).
 */

/** An object without the fields that are not said. */
export function said<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(withoutUnsaid, z.object(shape));
}

function withoutUnsaid(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(camelCased(value));
  return Object.fromEntries(fields.filter(([, field]) => field !== null && field !== ""));
}

/** ProtoJSON takes a field by the name that its .proto file has, too: task_id for taskId. */
function camelCased(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.entries(value);
  const renamed = fields.map(([name, field]) => [inCamelCase(name), field]);
  return {
    ...Object.fromEntries(renamed),
    ...Object.fromEntries(fields.filter(([name]) => !name.includes("_"))),
  };
}

export function inCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const Metadata = z.record(z.string(), z.unknown());

/** Any text: of what is no id here there is simply no task. */
export const TaskId = z.string();
export const HistoryLength = z.int32().min(0);
export const Word = z.string().max(limits.nameLength);

/** A part may be an empty text, an empty file, or null as data, if it is nothing else. */
const InPart = z.preprocess((value) => {
  if (!isJsonObject(value)) return value;
  const part = camelCased(value);
  const { text, raw, url, data } = part;
  const isOther = [text, raw, url].some((content) => typeof content === "string");
  return Object.fromEntries(
    Object.entries(part).filter(([name, field]) => {
      if (name === "data") return data !== null || !isOther;
      return field !== null && (field !== "" || name === "text" || name === "raw");
    }),
  );
}, Part);

/** An id that a client makes up: it is shown, and is part of keys. */
export const Id = z
  .string()
  .min(1)
  .max(limits.messageIdLength)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, "must have no control characters");

const InMessage = z.preprocess(
  withoutUnsaid,
  Message.extend({
    messageId: Id,
    contextId: Id.optional(),
    parts: z.array(InPart).min(1).max(limits.parts),
    // of an id that no task can have there is no task
    taskId: TaskId.optional(),
  }),
);

/** What is sent in a header must not end it. */
export const Secret = z
  .string()
  .max(pushBounds.secretLength)
  .regex(/^[\x20-\x7e]*$/, "must be of visible ASCII characters");

export const pushShape = {
  id: Word.optional(),
  url: z.string().max(limits.urlLength),
  token: Secret.optional(),
  authentication: said({ scheme: Word, credentials: Secret.optional() }).optional(),
};

const Configuration = said({
  acceptedOutputModes: z.array(Word).max(64).optional(),
  taskPushNotificationConfig: said(pushShape).optional(),
  historyLength: HistoryLength.optional(),
  returnImmediately: z.boolean().optional(),
});

export const SendMessage = said({
  message: InMessage,
  configuration: Configuration.optional(),
  metadata: Metadata.optional(),
});

export const GetTask = said({ id: TaskId, historyLength: HistoryLength.optional() });
export const CancelTask = said({ id: TaskId, metadata: Metadata.optional() });
export const SubscribeToTask = said({ id: TaskId });

const states = [
  "TASK_STATE_UNSPECIFIED",
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
  "TASK_STATE_AUTH_REQUIRED",
] as const;

export const ListTasks = said({
  contextId: z.string().max(limits.messageIdLength).optional(),
  status: z.enum(states).optional(),
  pageSize: z.int32().min(1).max(100).optional(),
  pageToken: z.string().max(1024).optional(),
  historyLength: HistoryLength.optional(),
  statusTimestampAfter: z.iso.datetime({ offset: true }).optional(),
  includeArtifacts: z.boolean().optional(),
});

export const CreatePushConfig = said({ ...pushShape, taskId: TaskId });
export const GetPushConfig = said({ taskId: TaskId, id: TaskId });
export const DeletePushConfig = GetPushConfig;
export const ListPushConfigs = said({
  taskId: TaskId,
  pageSize: z.int32().min(1).max(100).optional(),
  pageToken: z.string().max(1024).optional(),
});
export const GetExtendedCard = said({});
