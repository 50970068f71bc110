import { z } from "zod";
import { limits } from "./limits.ts";

/*
 * What people and agents say to each other about a task, in the JSON shapes of A2A 1.0, so that what an A2A client sends is kept as it
 * came. Source: A2A 1.0, "Part", "Message", "Artifact".
 */

const Metadata = z.record(z.string(), z.unknown());
export const ContextId = z.string().min(1).max(limits.messageIdLength);
const MessageId = z.string().min(1).max(limits.messageIdLength);
const Extensions = z.array(z.string().max(limits.urlLength)).max(limits.extensions);

/** Of either alphabet, and with or without its padding. A text of another length would be read as less than was meant. */
export const Base64 = z
  .string()
  .regex(/^[\w+/-]*={0,2}$/, "must be base64")
  .refine((text) => text.replace(/=+$/, "").length % 4 !== 1, { message: "must be base64" })
  .describe("base64");

/** The fields of which a part has exactly one. raw is base64. */
const contents = ["text", "raw", "url", "data"] as const;

/** A piece of a message or an artifact. */
export const Part = z
  .object({
    text: z.string().optional(),
    raw: Base64.optional(),
    url: z.string().min(1).max(limits.urlLength).optional(),
    data: z.unknown().optional(),
    filename: z.string().max(limits.nameLength).optional(),
    mediaType: z.string().max(limits.nameLength).optional(),
    metadata: Metadata.optional(),
  })
  .refine((part) => contents.filter((field) => part[field] !== undefined).length === 1, {
    message: "must have exactly one of text, raw, url and data",
  });
export type Part = z.infer<typeof Part>;

const Parts = z.array(Part).min(1).max(limits.parts);

/** Who says it: whoever sent the task, or whoever works on it. */
export const roles = ["ROLE_USER", "ROLE_AGENT"] as const;

const inMessage = {
  messageId: MessageId,
  role: z.enum(roles),
  parts: Parts,
  contextId: ContextId.optional(),
  taskId: z.string().min(1).max(limits.messageIdLength).optional(),
  metadata: Metadata.optional(),
  extensions: Extensions.optional(),
  referenceTaskIds: z
    .array(z.string().min(1).max(limits.messageIdLength))
    .max(limits.referenceTasks)
    .optional(),
};
export const Message = z.object(inMessage);
export type Message = z.infer<typeof Message>;

/** What is said to whoever works on a task. Only its holder, who says and asks, is the agent in it. */
export const MessageToHolder = z.object({ ...inMessage, role: z.enum(["ROLE_USER"]) });
export type MessageToHolder = z.infer<typeof MessageToHolder>;

/** A message as it is kept with its task: who said it, when, and the seq of the event that it came with. */
export const StoredMessage = z.object({
  seq: z.number().int(),
  at: z.string(),
  by: z.string().nullable(),
  ...inMessage,
});
export type StoredMessage = z.infer<typeof StoredMessage>;

const ArtifactId = z.string().min(1).max(limits.messageIdLength);
const inArtifact = {
  name: z.string().max(limits.nameLength).optional(),
  description: z.string().max(limits.noteLength).optional(),
  parts: Parts,
  metadata: Metadata.optional(),
  extensions: Extensions.optional(),
};
/** A result that is more than one JSON value: files, and texts with names. */
export const Artifact = z.object({ artifactId: ArtifactId.optional(), ...inArtifact });
export type Artifact = z.infer<typeof Artifact>;

export const Artifacts = z.array(Artifact).max(limits.artifacts);

/** An artifact as it is kept: it has an id. */
export const StoredArtifact = z.object({ artifactId: ArtifactId, ...inArtifact });
export type StoredArtifact = z.infer<typeof StoredArtifact>;

/** The id under which A2A shows a task's result beside its artifacts. */
export const resultArtifact = "result";

/** A message of one text. */
export function textMessage(messageId: string, role: Message["role"], text: string): Message {
  return { messageId, role, parts: [{ text }] };
}

/** What a message says, as one text: of data its JSON, but a text as it is; of a file its address or its name. */
export function textOf({ parts }: Pick<Message, "parts">): string {
  return parts.map(partText).join("\n");
}

function partText({ text, url, data, filename, mediaType }: Part): string {
  if (text !== undefined) return text;
  if (data !== undefined) return typeof data === "string" ? data : JSON.stringify(data);
  return url ?? `(${filename ?? "a file"}${mediaType === undefined ? "" : `, ${mediaType}`})`;
}
