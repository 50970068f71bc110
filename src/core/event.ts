import { z } from "zod";
import { isJsonObject, parseJson } from "./json.ts";
import { NodeShape } from "./node-options.ts";
import { Question } from "./question.ts";
import { deliveryWays } from "./tab.ts";
import { Phase, State } from "./task.ts";

/*
 * Events are read leniently: of one that a newer program wrote, or a first one, what is missing or of another kind is as if nobody had
 * said it. Writing takes the types alone, and checks nothing.
 */
const textOrNull = z.string().nullable().catch(null);
const numberOrNull = z.number().int().nullable().catch(null);
const text = z.string().catch("");
const count = z.number().int().catch(0);

/** What an event may lack. */
function maybe<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

/** The facts of the node that an event is about, as they are right after it. */
export const NodeFacts = z.object({
  run_id: z.string(),
  number: z.number().int(),
  path: z.string(),
  epoch: z.number().int(),
  phase: Phase.catch("work"),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** What every event says. The task's fields are those right after it; null where it is about no task. */
const Head = z.object({
  seq: z.number().int(),
  at: z.string(),
  project: textOrNull,
  task_id: textOrNull,
  run_id: textOrNull,
  number: numberOrNull,
  name: textOrNull,
  kind: textOrNull,
  priority: textOrNull,
  state: State.nullable().catch(null),
  /** of a pending task: whether all that it needs is completed */
  ready: z.boolean().nullable().catch(null),
  to: textOrNull,
  /** who holds the task */
  agent: textOrNull,
  node: NodeFacts.nullable().catch(null),
});

function happening<Type extends string, Data extends z.ZodRawShape>(type: Type, data: Data) {
  return z.object({ type: z.literal(type), data: z.object(data) });
}

/** who did it */
const by = textOrNull;
const byIfAny = maybe(z.string().nullable());
const numberIfAny = maybe(z.number().int().nullable());
const reason = maybe(z.string());
/** the caller sent no identity */
const unfenced = maybe(z.literal(true));
/** the beginning of a node's result */
const result = maybe(z.string());
/** the numbers of what it needs */
const needs = maybe(z.array(z.number().int()));
/** it waits for a person to approve the plan that it is part of */
const proposed = maybe(z.literal(true));
/** it was taken out of a plan that waited for a person */
const removed = maybe(z.literal(true));
/** the board it comes from */
const imported = maybe(z.literal("coord"));
/** what a reservation covers */
const reserved = { by, patterns: z.array(z.string()).catch([]), shared: z.boolean().catch(false) };
/** whom the reservation has kept from these files: they hear that it is over */
const waiting = maybe(z.array(z.string()));
/** the attempt's epoch, which may be an earlier one than its node's; and what it has spent, as far as that is known */
const spent = {
  attempt: count,
  usd: z.number().catch(0),
  estimated: z.boolean().catch(false),
  /** nothing is known of it */
  counted: maybe(z.literal(false)),
  /** what all of the run's attempts have come to, where this one has used some */
  run_tokens: maybe(count),
};

/**
 * All events: the first half of a type is what it happens to, and data holds what is particular to the type. Results
 * are stored with the task.
 */
export const Happening = z.discriminatedUnion("type", [
  happening("task.created", {
    shape: maybe(NodeShape),
    by: byIfAny,
    parent: numberIfAny,
    needs,
    question: maybe(Question),
    imported,
    proposed,
  }),
  happening("task.claimed", {}),
  happening("task.released", { by, reason }),
  happening("task.expired", { by }),
  happening("task.waiting", { by: byIfAny, unfenced, reason }),
  happening("task.ready", { by: byIfAny, unfenced, reason }),
  happening("task.paused", { by, held: textOrNull }),
  happening("task.resumed", { by }),
  happening("task.modified", { by, needs }),
  happening("task.retried", { by }),
  happening("task.completed", { by, unfenced, reason, result, needs, imported }),
  happening("task.failed", { by, unfenced, reason: text }),
  happening("task.cancelled", { by, reason: text, removed }),
  happening("task.refused", { by, late: z.literal(true).catch(true) }),
  happening("task.handed_in", { by }),
  happening("task.told", { by, text }),
  happening("task.said", { by, text }),
  happening("task.asked", { by, question: text }),
  happening("task.answered", { by, answer: text }),
  happening("task.lapsing", { by }),
  happening("task.delivered", { to: text, by: z.enum(deliveryWays).catch("list") }),
  happening("task.read", { by }),
  happening("task.acked", { by, text: maybe(z.string()) }),
  happening("attempt.started", { agent: text, tries: count }),
  happening("attempt.progress", { ...spent, activity: textOrNull, notice: textOrNull }),
  happening("attempt.ended", { ...spent, reason: textOrNull }),
  happening("attempt.checked", {
    attempt: count,
    command: text,
    code: numberOrNull,
    verdict: text,
    output: text,
  }),
  happening("agent.seen", {}),
  happening("agent.renamed", { from: text }),
  happening("files.reserved", reserved),
  happening("files.released", { ...reserved, waiting }),
  happening("files.expired", { ...reserved, waiting }),
  happening("files.edited", { by, path: text, with: text, reserved: maybe(z.literal(true)) }),
  happening("run.created", {}),
  happening("run.ended", { state: State.nullable().catch(null) }),
  happening("run.reopened", {}),
  happening("run.removed", { by }),
  happening("run.parked", { by, from: text, reason: text, until: textOrNull }),
  happening("run.unparked", { by, from: maybe(z.string()) }),
  happening("run.proposed", { by, parent: count, children: count }),
  happening("run.approved", { by, parent: count }),
  happening("run.rejected", { by, parent: count, text }),
  /**
   * never stored: told first to who follows from before `up_to`, under the seq they named. Of the events up to there, those of tasks
   * that ended long ago lie in the archive, and the others follow
   */
  happening("history.archived", { up_to: count }),
]);
export type EventType = z.infer<typeof Happening>["type"];

/** What an event of a type says beside what every event says. */
export type DataOf<Type extends EventType> = Extract<z.infer<typeof Happening>, { type: Type }>["data"];

export type Happening<Type extends EventType = EventType> = {
  [Each in Type]: { type: Each; data: DataOf<Each> };
}[Type];

/** One thing that happened, numbered by seq, written in the same transaction as the change. */
export const Event = z.intersection(Head, Happening);
export type Event = z.infer<typeof Event>;

/** What happens to a task, or to an attempt at it. */
export type TaskHappening = Happening<Extract<EventType, `${"task" | "attempt"}.${string}`>>;
export type RunHappening = Happening<Extract<EventType, `run.${string}`>>;
/** What an agent does that is about no task. */
export type AgentHappening = Happening<Extract<EventType, `${"agent" | "files"}.${string}`>>;

const besideTasks = [
  "history.archived",
  "task.lapsing",
  "task.delivered",
  "task.read",
  "task.acked",
  "agent.seen",
  "agent.renamed",
  "files.reserved",
  "files.released",
  "files.expired",
  "files.edited",
] as const satisfies EventType[];

/** Whether an event leaves every task as it was: who waits for tasks of a state waits for none of these. */
export function isBesideTasks(event: Event): event is Extract<Event, { type: (typeof besideTasks)[number] }> {
  return besideTasks.some((type) => type === event.type);
}

/** An event as it goes over the wire. Its node's facts stand in its data too: programs of versions before 0.2 look for them there. */
export function eventText(event: Event): string {
  return JSON.stringify({ ...event, data: dataWithFacts(event) });
}

/** Parses an event from the wire; null for an unknown type, or for anything else. Never throws. */
export function readEvent(text: string): Event | null {
  try {
    return eventIn(parseJson(text));
  } catch {
    return null;
  }
}

/**
 * Parses an event. Null if this program does not know its type. Node facts inside `data`, as they were stored before,
 * are read as the event's own field.
 */
export function eventIn(value: unknown): Event | null {
  const happening = Happening.safeParse(value).data;
  if (happening === undefined || !isJsonObject(value)) return null;
  const { state, run_id, number, data } = value;
  const facts = "node" in value ? {} : factsIn({ state, run_id, number, data });
  const head = Head.safeParse({ ...value, ...facts }).data;
  return head === undefined ? null : { ...head, ...happening };
}

/** The facts that stand in an event's data, as versions before 0.2 have them on the wire too, and every row has them. */
export function factsIn(
  event: Record<"state" | "run_id" | "number" | "data", unknown>,
): Pick<Event, "node" | "ready"> {
  const { state, run_id, number, data } = event;
  const facts = isJsonObject(data) ? data : {};
  return {
    ready: state === "pending" ? !("unmet" in facts) : null,
    node: "path" in facts ? (NodeFacts.safeParse({ ...facts, run_id, number }).data ?? null) : null,
  };
}

/** An event's data with its node's facts, and whether its task is blocked, in it: as it lies in its row. */
export function dataWithFacts({ node, ready, data }: Pick<Event, "node" | "ready" | "data">): object {
  if (node === null && ready !== false) return data;
  const facts = node === null ? {} : { path: node.path, epoch: node.epoch, phase: node.phase };
  return { ...data, ...facts, ...(ready === false ? { unmet: 1 } : {}) };
}
