import type { Artifact, Message, Part, StreamResponse, Task } from "@a2a-js/sdk";
import { Role, TaskState, taskStateToJSON } from "@a2a-js/sdk";

/** What a client was told, a line each, so that a test reads as the story does. Ids and times are left out. */

/** Such as `working: I read the files`, or `artifact result: "42", the last`. */
export function shown({ payload }: StreamResponse): string {
  switch (payload?.$case) {
    case "task":
      return `task ${shownTask(payload.value)}`;
    case "statusUpdate":
      return shownStatus(payload.value.status);
    case "artifactUpdate": {
      const { artifact, append, lastChunk } = payload.value;
      const marks = [...(append ? ["more"] : []), ...(lastChunk ? ["the last"] : [])];
      return [artifact === undefined ? "no artifact" : shownArtifact(artifact), ...marks].join(", ");
    }
    case "message":
      return `message: ${shownMessage(payload.value)}`;
    case undefined:
      return "nothing";
  }
}

/** Its state, and its artifacts where it has some: `completed; artifact result: "42"`. */
export function shownTask({ status, artifacts }: Task): string {
  return [shownStatus(status), ...artifacts.map(shownArtifact)].join("; ");
}

/** All messages of its history, such as `user: Review it`. */
export function shownHistory({ history }: Task): string[] {
  return history.map(
    (message) => `${message.role === Role.ROLE_USER ? "user" : "agent"}: ${shownMessage(message)}`,
  );
}

function shownStatus(status: Task["status"]): string {
  const state = taskStateToJSON(status?.state ?? TaskState.TASK_STATE_UNSPECIFIED)
    .replace("TASK_STATE_", "")
    .toLowerCase()
    .replaceAll("_", " ");
  return status?.message === undefined ? state : `${state}: ${shownMessage(status.message)}`;
}

function shownArtifact({ artifactId, parts }: Artifact): string {
  return `artifact ${artifactId}: ${parts.map(shownPart).join(" + ")}`;
}

function shownMessage({ parts }: Message): string {
  return parts
    .map((part) => (part.content?.$case === "text" ? part.content.value : shownPart(part)))
    .join(" + ");
}

/** The type of what is said by its form is left out. */
function shownPart({ content, filename, mediaType }: Part): string {
  const type = content?.$case === "text" || content?.$case === "data" ? "" : mediaType;
  return [shownContent(content), filename, type].filter((word) => word !== "").join(" ");
}

function shownContent(content: Part["content"]): string {
  switch (content?.$case) {
    case "text":
    case "data":
      return JSON.stringify(content.value);
    case "url":
      return content.value;
    case "raw":
      return `bytes ${content.value.toString()}`;
    case undefined:
      return "nothing";
  }
}
