import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { Base64 } from "../../core/message.ts";
import { checkMediaTypes } from "./checked.ts";
import { method, pushMethod, type Methods } from "./method.ts";
import { HistoryLength, Id, Metadata, pushShape, said, Secret, TaskId, Word } from "./schemas.ts";

/* What A2A 0.3 gives its methods. The SDK translates them to those of 1.0. Source: A2A 0.3.0, "Protocol Data Objects". */

const File = said({
  name: Word.optional(),
  mimeType: Word.optional(),
  bytes: Base64.optional(),
  uri: z.string().max(limits.urlLength).optional(),
}).refine(({ bytes, uri }) => (bytes === undefined) !== (uri === undefined), {
  message: "must have exactly one of bytes and uri",
});

const Part = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), text: z.string(), metadata: Metadata.nullish() }),
  z.object({ kind: z.literal("file"), file: File, metadata: Metadata.nullish() }),
  z.object({
    kind: z.literal("data"),
    data: z.record(z.string(), z.unknown()),
    metadata: Metadata.nullish(),
  }),
]);

const Message = said({
  kind: z.literal("message").optional(),
  messageId: Id,
  role: z.enum(["user", "agent"]),
  parts: z.array(Part).min(1).max(limits.parts),
  contextId: Id.optional(),
  taskId: TaskId.optional(),
  metadata: Metadata.optional(),
  extensions: z.array(z.string().max(limits.urlLength)).max(limits.extensions).optional(),
  referenceTaskIds: z.array(Id).max(limits.referenceTasks).optional(),
});

const PushConfig = said({
  id: pushShape.id,
  url: pushShape.url,
  token: pushShape.token,
  authentication: said({ schemes: z.array(Word).max(8), credentials: Secret.optional() }).optional(),
});

const SendMessage = said({
  message: Message,
  configuration: said({
    acceptedOutputModes: z.array(Word).max(64).optional(),
    // the SDK takes what is not said for false; clients of 0.3 wait
    blocking: z.boolean().default(true),
    historyLength: HistoryLength.optional(),
    pushNotificationConfig: PushConfig.optional(),
  }).optional(),
  metadata: Metadata.optional(),
});

const OneTask = said({ id: TaskId, metadata: Metadata.optional() });

/** The methods of A2A 0.3, by their names in JSON-RPC. */
export const legacyMethods: Methods = new Map([
  [
    "message/send",
    method(
      SendMessage,
      ({ configuration }) => (configuration?.blocking === false ? "once" : "alive"),
      checkSent,
    ),
  ],
  ["message/stream", method(SendMessage, "stream", checkSent)],
  ["tasks/get", method(said({ id: TaskId, historyLength: HistoryLength.optional() }))],
  ["tasks/cancel", method(OneTask)],
  ["tasks/resubscribe", method(OneTask, "stream")],
  [
    "tasks/pushNotificationConfig/set",
    pushMethod(said({ taskId: TaskId, pushNotificationConfig: PushConfig })),
  ],
  [
    "tasks/pushNotificationConfig/get",
    pushMethod(said({ id: TaskId, pushNotificationConfigId: TaskId.optional() })),
  ],
  ["tasks/pushNotificationConfig/list", pushMethod(OneTask)],
  ["tasks/pushNotificationConfig/delete", pushMethod(said({ id: TaskId, pushNotificationConfigId: TaskId }))],
  ["agent/getAuthenticatedExtendedCard", method(said({}))],
]);

function checkSent({ message }: z.output<typeof SendMessage>): void {
  checkMediaTypes(message.parts.map((part) => (part.kind === "file" ? part.file.mimeType : undefined)));
}
