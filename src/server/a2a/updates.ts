import type { Artifact as A2aArtifact, Message as A2aMessage, StreamResponse } from "@a2a-js/sdk";
import type { Event, EventType } from "../../core/event.ts";
import { textMessage } from "../../core/message.ts";
import type { WholeTask } from "../../core/task.ts";
import { finalStates } from "../../core/words.ts";
import { wholeTask } from "../../operations/tasks/read.ts";
import { getTask } from "../../store/tables/ids.ts";
import { messageAt } from "../../store/tables/messages.ts";
import type { Store, Tx } from "../../store/store.ts";
import { boardExtension } from "./extension.ts";
import { artifactsOf, holderOf, isAsking, placeOf, questionMessage, stateOf, type Place } from "./mapping.ts";
import { allModes, inModes, toMessage, type Modes } from "./parts.ts";

/** What an event of a task is to an A2A client. */
export interface Update {
  seq: number;
  responses: readonly StreamResponse[];
  /** how the task stands then: it has ended, or it waits for its client */
  stands: Standing;
}

export type Standing = "ended" | "asking" | "open";

/**
 * The update of an event, made from what is stored: the same for every stream of the task, and for whoever comes later. A
 * thousand streams share one look.
 */
export function updateOf(store: Store, event: Event): Promise<Update> {
  const known = updatesOf(store);
  const found = known.get(event.seq);
  if (found) return found;
  const update = store.read((tx) => updateIn(tx, event));
  known.set(event.seq, update);
  // what failed is read again: a delivery's next try may come before any other event
  update.catch(() => known.delete(event.seq));
  const [oldest] = known.keys();
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
  return update;
}

/** One may hold artifacts of a megabyte. */
const maxKnown = 16;
const updates = new WeakMap<Store, Map<number, Promise<Update>>>();

function updatesOf(store: Store): Map<number, Promise<Update>> {
  const found = updates.get(store) ?? new Map<number, Promise<Update>>();
  updates.set(store, found);
  return found;
}

/** The same in the forms that a client takes. */
export function updateInModes({ responses, ...update }: Update, modes: Modes): Update {
  if (modes.text && modes.json) return { responses, ...update };
  return { ...update, responses: responses.map((response) => responseInModes(response, modes)) };
}

function responseInModes(response: StreamResponse, modes: Modes): StreamResponse {
  const { payload } = response;
  if (payload?.$case !== "artifactUpdate" || payload.value.artifact === undefined) return response;
  const artifact = { ...payload.value.artifact, parts: inModes(payload.value.artifact.parts, modes) };
  return { payload: { $case: "artifactUpdate", value: { ...payload.value, artifact } } };
}

export function standingOf(task: Parameters<typeof isAsking>[0]): Standing {
  if (finalStates.includes(task.state)) return "ended";
  return isAsking(task) ? "asking" : "open";
}

/** Events that leave a task as it stood, to a client. */
const silent: ReadonlySet<EventType> = new Set<EventType>([
  "task.told",
  "task.refused",
  "task.handed_in",
  "task.lapsing",
  "task.delivered",
  "task.read",
  "task.acked",
  "attempt.started",
  "attempt.progress",
  "attempt.ended",
]);

async function updateIn(tx: Tx, event: Event): Promise<Update> {
  const { seq, task_id: id, state, kind, run_id } = event;
  if (id === null || state === null) return { seq, responses: [], stands: "open" };
  const standing = { state, kind, run_id };
  const stands = standingOf(standing);
  if (silent.has(event.type)) return { seq, responses: [], stands };
  const isCompletion = event.type === "task.completed";
  const task = await wholeTask(tx, await getTask(tx, id), 0);
  const place = placeOf(task);
  const message = await messageOf(tx, event, task, place);
  const status = { state: stateOf(standing), message, timestamp: event.at };
  const artifacts = isCompletion ? artifactsOf(task, allModes) : [];
  const metadata = { [boardExtension]: { state, ...holderAt(event, task) } };
  const changed: StreamResponse = {
    payload: { $case: "statusUpdate", value: { ...place, status, metadata } },
  };
  return { seq, responses: [...artifacts.flatMap((one) => chunksOf(one, place)), changed], stands };
}

/** When its lease ends is known while it is held as it was then. */
function holderAt({ agent, seq }: Event, task: WholeTask): Record<string, unknown> {
  return holderOf(task.seq === seq ? task : { claimed_by: agent });
}

/** An event a part; clients show an artifact as unfinished until its last. */
function chunksOf(artifact: A2aArtifact, place: Place): StreamResponse[] {
  const last = artifact.parts.length - 1;
  return artifact.parts.map((part, index) => ({
    payload: {
      $case: "artifactUpdate",
      value: {
        ...place,
        artifact: { ...artifact, parts: [part] },
        append: index > 0,
        lastChunk: index === last,
        metadata: undefined,
      },
    },
  }));
}

/** What is said with an event. */
async function messageOf(
  tx: Tx,
  event: Event,
  task: WholeTask,
  place: Place,
): Promise<A2aMessage | undefined> {
  const { seq } = event;
  const say = (text: string) => toMessage(textMessage(`${task.id}:${seq}`, "ROLE_AGENT", text), place);
  switch (event.type) {
    case "task.said": {
      const said = await messageAt(tx, task.id, seq);
      return said ? toMessage(said, place) : say(event.data.text);
    }
    case "task.asked": {
      const asked = await messageAt(tx, task.id, seq);
      const options = task.seq === seq ? (task.question?.options ?? []) : [];
      return questionMessage({ question: event.data.question, options }, asked ?? undefined, place);
    }
    case "task.created":
      return event.data.question && questionMessage(event.data.question, undefined, place);
    case "task.failed":
    case "task.cancelled":
      return say(event.data.reason);
    default:
      return task.seq === seq && task.question ? questionMessage(task.question, undefined, place) : undefined;
  }
}
