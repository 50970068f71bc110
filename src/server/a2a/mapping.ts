import { TaskState } from "@a2a-js/sdk";
import type { Artifact as A2aArtifact, Message as A2aMessage, Task as A2aTask } from "@a2a-js/sdk";
import {
  resultArtifact,
  textMessage,
  textOf,
  type Message,
  type Part,
  type StoredArtifact,
  type StoredMessage,
} from "../../core/message.ts";
import type { OpenQuestion } from "../../core/question.ts";
import type { Task, WholeTask } from "../../core/task.ts";
import { askKind, finalStates, states as boardStates, type State } from "../../core/words.ts";
import { boardExtension } from "./extension.ts";
import { inModes, toArtifact, toMessage, type Modes } from "./parts.ts";

/** What decides a task's state in A2A, beside that on the board. */
interface Stateful {
  state: State;
  kind: string | null;
  run_id?: string | null | undefined;
}

/** How a task stands in A2A: the state, for which another state of the board may be said. */
const states = {
  pending: TaskState.TASK_STATE_SUBMITTED,
  paused: TaskState.TASK_STATE_SUBMITTED,
  claimed: TaskState.TASK_STATE_WORKING,
  waiting: TaskState.TASK_STATE_WORKING,
  completed: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  cancelled: TaskState.TASK_STATE_CANCELED,
} as const satisfies Readonly<Record<State, TaskState>>;

export function stateOf(task: Stateful): TaskState {
  return isAsking(task) ? TaskState.TASK_STATE_INPUT_REQUIRED : states[task.state];
}

/** A task of the board waits for nothing but an answer; a node's question is a node of its own. */
export function isAsking({ state, kind, run_id }: Stateful): boolean {
  return (run_id ?? null) === null ? state === "waiting" : state === "pending" && kind === askKind;
}

/** Which tasks stand so in A2A, as tasks/latest is asked for them; null: none ever does. */
export function tasksStanding(state: TaskState): { states?: State[]; asking?: boolean } | null {
  if (state === TaskState.TASK_STATE_UNSPECIFIED) return {};
  if (state === TaskState.TASK_STATE_INPUT_REQUIRED) return { states: ["waiting", "pending"], asking: true };
  const all = boardStates.filter((one) => states[one] === state);
  if (all.length === 0) return null;
  return { states: all, ...(all.some((one) => finalStates.includes(one)) ? {} : { asking: false }) };
}

/** Where a task belongs in A2A. */
export interface Place {
  taskId: string;
  contextId: string;
}

/** Its run, else what its sender said, else it stands alone. */
export function placeOf({ id, run_id, context_id }: Pick<Task, "id" | "run_id" | "context_id">): Place {
  return { taskId: id, contextId: run_id ?? context_id ?? id };
}

/** What of a task is given. */
export interface Wanted {
  /** how many of its newest messages; undefined: all that are kept */
  historyLength?: number | undefined;
  modes: Modes;
}

/** A task as A2A has it. */
export function toA2aTask(task: WholeTask, { historyLength, modes }: Wanted): A2aTask {
  const place = placeOf(task);
  const history = historyOf(task).map((message) => toMessage(message, place));
  return {
    id: place.taskId,
    contextId: place.contextId,
    status: { state: stateOf(task), message: statusMessage(task, place), timestamp: task.updated_at },
    artifacts: artifactsOf(task, modes),
    history:
      historyLength === undefined
        ? history
        : history.slice(history.length - Math.min(history.length, historyLength)),
    metadata: { [boardExtension]: factsOf(task) },
  };
}

/** What A2A has no field for. */
function factsOf(task: WholeTask): Record<string, unknown> {
  const { name, kind, priority, state, number, parent_id, needs, to } = task;
  return { name, kind, priority, state, number, parentId: parent_id, needs, to, ...holderOf(task) };
}

/** Who has a task, and until when. */
export function holderOf({
  claimed_by,
  lease_until,
}: Pick<Task, "claimed_by" | "lease_until">): Record<string, unknown> {
  if (claimed_by === null) return {};
  return { agentId: claimed_by, ...(lease_until === undefined ? {} : { leaseUntil: lease_until }) };
}

/** The messages of a task. One that did not come as a message begins with what it would have come as. */
function historyOf(task: WholeTask): Message[] {
  const { messages = [] } = task;
  return messages.some((message) => isFirst(message, task)) ? messages : [sentAs(task), ...messages];
}

function isFirst({ role, at }: StoredMessage, { created_at }: Task): boolean {
  return role === "ROLE_USER" && at === created_at;
}

function sentAs({ id, name, prompt, payload }: Task): Message {
  const data: Part[] = payload === null || payload === undefined ? [] : [{ data: payload, mediaType: json }];
  return { messageId: `${id}:sent`, role: "ROLE_USER", parts: [{ text: prompt ?? name }, ...data] };
}

/** The open question, why a task ended without a result, or what its holder has just said. */
function statusMessage(task: WholeTask, place: Place): A2aMessage | undefined {
  const { id, seq, question, reason, state, messages = [] } = task;
  if (question !== undefined) {
    const asked = messages.findLast(
      (message) => message.role === "ROLE_AGENT" && textOf(message) === question.question,
    );
    return questionMessage(question, asked, place);
  }
  if (reason !== undefined && (state === "failed" || state === "cancelled"))
    return toMessage(textMessage(`${id}:${seq}`, "ROLE_AGENT", reason), place);
  const said = messages.at(-1);
  return said?.seq === seq && said.role === "ROLE_AGENT" ? toMessage(said, place) : undefined;
}

/** A question with the answers that it offers, which a client's model reads like the rest. */
export function questionMessage(
  { question, options }: OpenQuestion,
  asked: Message | undefined,
  place: Place,
): A2aMessage {
  const message = asked ?? textMessage(`${place.taskId}:asked`, "ROLE_AGENT", question);
  if (options.length === 0) return toMessage(message, place);
  const parts = [...message.parts, { text: `One of: ${options.join(", ")}` }];
  const metadata = { ...message.metadata, [boardExtension]: { options } };
  return toMessage({ ...message, parts, metadata }, place);
}

/** The result as an artifact, and those that its holder gave. */
export function artifactsOf({ state, result, artifacts = [] }: WholeTask, modes: Modes): A2aArtifact[] {
  if (state !== "completed") return [];
  const all = result === null || result === undefined ? artifacts : [resultArtifactOf(result), ...artifacts];
  return all.map(toArtifact).map((artifact) => ({ ...artifact, parts: inModes(artifact.parts, modes) }));
}

function resultArtifactOf(result: unknown): StoredArtifact {
  const part: Part =
    typeof result === "string" ? { text: result, mediaType: text } : { data: result, mediaType: json };
  return { artifactId: resultArtifact, name: resultArtifact, parts: [part] };
}

const [text, json] = ["text/plain", "application/json"] as const;
