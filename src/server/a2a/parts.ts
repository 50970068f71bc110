import { Role } from "@a2a-js/sdk";
import type { Artifact as A2aArtifact, Message as A2aMessage, Part as A2aPart } from "@a2a-js/sdk";
import type { Message, MessageToHolder, Part, StoredArtifact } from "../../core/message.ts";
import { bareType } from "./media-types.ts";

/** A part as the SDK has it. */
function toPart({ text, raw, url, data, filename, mediaType, metadata }: Part): A2aPart {
  return {
    content: contentOf({ text, raw, url, data }),
    filename: filename ?? "",
    mediaType: mediaType ?? "",
    metadata,
  };
}

function contentOf({
  text,
  raw,
  url,
  data,
}: Pick<Part, "text" | "raw" | "url" | "data">): A2aPart["content"] {
  if (text !== undefined) return { $case: "text", value: text };
  if (raw !== undefined) return { $case: "raw", value: Buffer.from(raw, "base64") };
  if (url !== undefined) return { $case: "url", value: url };
  return { $case: "data", value: data };
}

/** A part as it is kept: nothing of what the client sent is left out. */
function fromPart({ content, filename, mediaType, metadata }: A2aPart): Part {
  return {
    ...keptContent(content),
    ...(filename === "" ? {} : { filename }),
    ...(mediaType === "" ? {} : { mediaType }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** What has no content, as the SDK reads data that is null, is data that is null. */
function keptContent(content: A2aPart["content"]): Part {
  switch (content?.$case) {
    case "text":
      return { text: content.value };
    case "raw":
      return { raw: content.value.toString("base64") };
    case "url":
      return { url: content.value };
    default:
      return { data: content?.value ?? null };
  }
}

/** A message as the SDK has it, of a task. */
export function toMessage(
  message: Message,
  { taskId, contextId }: { taskId: string; contextId: string },
): A2aMessage {
  const { messageId, role, parts, metadata, extensions = [], referenceTaskIds = [] } = message;
  return {
    messageId,
    role: role === "ROLE_USER" ? Role.ROLE_USER : Role.ROLE_AGENT,
    parts: parts.map(toPart),
    metadata,
    extensions,
    referenceTaskIds,
    taskId,
    contextId,
  };
}

/** A client's message as it is kept. */
export function fromMessage({
  messageId,
  parts,
  metadata,
  extensions,
  referenceTaskIds,
  contextId,
  taskId,
}: A2aMessage): MessageToHolder {
  return {
    messageId,
    role: "ROLE_USER",
    parts: parts.map(fromPart),
    ...(metadata === undefined ? {} : { metadata }),
    ...(extensions.length === 0 ? {} : { extensions }),
    ...(referenceTaskIds.length === 0 ? {} : { referenceTaskIds }),
    ...(contextId === "" ? {} : { contextId }),
    ...(taskId === "" ? {} : { taskId }),
  };
}

export function toArtifact({
  artifactId,
  name,
  description,
  parts,
  metadata,
  extensions,
}: StoredArtifact): A2aArtifact {
  return {
    artifactId,
    name: name ?? "",
    description: description ?? "",
    parts: parts.map(toPart),
    metadata,
    extensions: extensions ?? [],
  };
}

/** Which forms of a result a client takes. */
export interface Modes {
  text: boolean;
  json: boolean;
}

export const allModes: Modes = { text: true, json: true };

/** What a client says that it accepts; one that says nothing accepts everything. */
export function modesIn(accepted: readonly string[] | undefined): Modes {
  if (accepted === undefined || accepted.length === 0) return allModes;
  const types = accepted.map(bareType);
  const takes = (...some: string[]) =>
    types.some((type) => type === "*/*" || type === "*" || some.includes(type));
  return { text: takes("text/plain", "text/*", "text"), json: takes("application/json", "application/*") };
}

/** The parts in the form that a client takes, where they have two: JSON may be text, and a text may be JSON. Files stay as they are. */
export function inModes(parts: readonly A2aPart[], { text, json }: Modes): A2aPart[] {
  return parts.map((part) => {
    const { content } = part;
    if (content?.$case === "data" && !json && text)
      return {
        ...part,
        mediaType: "text/plain",
        content: { $case: "text", value: JSON.stringify(content.value) },
      };
    if (content?.$case === "text" && part.filename === "" && !text && json)
      return { ...part, mediaType: "application/json", content: { $case: "data", value: content.value } };
    return part;
  });
}
