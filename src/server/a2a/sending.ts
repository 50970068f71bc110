import type { Message as A2aMessage, SendMessageRequest } from "@a2a-js/sdk";
import { isJsonObject } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import type { Message, Part } from "../../core/message.ts";
import type { Task } from "../../core/task.ts";
import { plain, plainJson, shortened } from "../../core/text.ts";
import { finalStates } from "../../core/words.ts";
import { cancelledByClient, type Board } from "./board.ts";
import { invalidFields } from "./errors.ts";
import { boardExtension } from "./extension.ts";
import { placeOf } from "./mapping.ts";
import { fromMessage } from "./parts.ts";

/**
 * Does what a message asks for: it becomes a task, or is said to whoever works on the task that it names. The same message
 * twice does it once. The task is as it was right then.
 */
export async function sendTo(board: Board, { message, metadata }: SendMessageRequest): Promise<Task> {
  if (message === undefined) throw invalidFields([{ field: "message", description: "is required" }]);
  if (message.taskId !== "") return followUp(board, message);
  const kept = fromMessage(message);
  const asked = { ...wishesIn("metadata", metadata), ...wishesIn("message.metadata", message.metadata) };
  const task = {
    ...textsOf(kept),
    ...payloadOf(kept),
    ...asked,
    message: kept,
    ...(message.contextId === "" ? {} : { context_id: message.contextId }),
  };
  for (let used = 0; ; used += 1) {
    const sent = await board.send({ ...task, request_id: requestOf(kept, used) });
    if (used === maxUsed || !(await isSpent(board, sent.id))) return sent;
  }
}

/**
 * Whether a message that comes again is meant as another one: its task has ended, and its client knew of that task, for it had
 * followed it up or cancelled it. Who sends a message again because no answer came does not know the task's id.
 */
async function isSpent(board: Board, id: string): Promise<boolean> {
  const { state, reason } = await board.get(id, 0);
  if (!finalStates.includes(state)) return false;
  if (state === "cancelled" && reason === cancelledByClient) return true;
  const { messages = [] } = await board.get(id);
  return messages.some(({ role, taskId }) => role === "ROLE_USER" && taskId !== undefined);
}

/** A message that has been used so often, and comes again, is the same as the last. */
const maxUsed = 200;

/** Under which id a message is done once. Another text under the same messageId is another message. */
function requestOf({ messageId, contextId, taskId, parts }: Message, used: number): string {
  const same = JSON.stringify([messageId, contextId, taskId, parts, used]);
  return new Bun.CryptoHasher("sha256").update(same).digest("hex");
}

/** Throws TaskNotFoundError, `invalid` for a context that is not the task's, and `conflict` for a task that has ended. */
async function followUp(board: Board, message: A2aMessage): Promise<Task> {
  const task = await board.get(message.taskId, 0);
  const { contextId } = placeOf(task);
  if (message.contextId !== "" && message.contextId !== contextId)
    throw invalidFields([
      { field: "message.contextId", description: `is not that of the task, which is ${contextId}` },
    ]);
  const kept = fromMessage(message);
  return board.tell({ id: task.id, message: kept, request_id: requestOf(kept, 0) });
}

/** The first line is the name, and all of it the prompt, if that says more. */
function textsOf({ parts }: Message): { name: string; prompt?: string } {
  const text = parts.flatMap((part) => part.text ?? []).join("\n");
  const line = text
    .split("\n")
    .map(nameIn)
    .find((one) => one !== "");
  const name = line ?? nameIn(parts.map(contentOf).join(", "));
  const prompt = text.trim() === name || text.trim() === "" ? {} : { prompt: text };
  return { name: name === "" ? "A message without a word" : name, ...prompt };
}

function nameIn(line: string): string {
  return shortened(plain(line).trim(), limits.nameLength);
}

function contentOf({ filename, url, data }: Part): string {
  return filename ?? url ?? (data === undefined ? "" : plainJson(data));
}

/** The data of a message is the payload: of several parts of it a list. */
function payloadOf({ parts }: Message): { payload?: unknown } {
  const all = parts.flatMap((part) => (part.data === undefined ? [] : [part.data]));
  return all.length === 0 ? {} : { payload: all.length === 1 ? all[0] : all };
}

/** What a client may say of a task of the board beside its message. */
const wishes = ["kind", "priority", "to"] as const;

function wishesIn(
  place: string,
  metadata: Readonly<Record<string, unknown>> | undefined,
): Partial<Record<(typeof wishes)[number], string>> {
  const said = metadata?.[boardExtension];
  const wished: Partial<Record<(typeof wishes)[number], string>> = {};
  if (!isJsonObject(said)) return wished;
  for (const wish of wishes) {
    const word = said[wish];
    if (word === undefined || word === null || word === "") continue;
    const field = `${place}["${boardExtension}"].${wish}`;
    if (typeof word !== "string") throw invalidFields([{ field, description: "must be a text" }]);
    const max = wish === "to" ? limits.agentLength : limits.wordLength;
    if (word.length > max) throw invalidFields([{ field, description: `may have ${max} characters` }]);
    wished[wish] = word;
  }
  return wished;
}
