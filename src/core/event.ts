import { z } from "zod";
import { isJsonObject, parseJson } from "./json.ts";
import { Question } from "./question.ts";
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
const head = {
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
};

function event<Type extends string, Data extends z.ZodRawShape>(type: Type, data: Data) {
  return z.object({ ...head, type: z.literal(type), data: z.object(data) });
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
/** the board it comes from */
const imported = maybe(z.literal("coord"));
/** the attempt's epoch, which may be an earlier one than its node's; and what it has spent */
const spent = { attempt: count, usd: z.number().catch(0), estimated: z.boolean().catch(false) };

/**
 * One thing that happened, numbered by seq, written in the same transaction as the change. This is the table of all that can happen:
 * the name's first half is what it happened to, and data holds what is particular to the type.
 */
export const Event = z.discriminatedUnion("type", [
  event("task.created", { by: byIfAny, parent: numberIfAny, needs, question: maybe(Question), imported }),
  event("task.claimed", {}),
  event("task.released", { by, reason }),
  event("task.expired", { by }),
  event("task.waiting", { by: byIfAny, unfenced, reason }),
  event("task.ready", { by: byIfAny, unfenced, reason }),
  event("task.paused", { by, held: textOrNull }),
  event("task.resumed", { by }),
  event("task.modified", { by }),
  event("task.retried", { by }),
  event("task.completed", { by, unfenced, reason, result, needs, imported }),
  event("task.failed", { by, unfenced, reason: text }),
  event("task.cancelled", { by, reason: text }),
  event("task.refused", { by, late: z.literal(true).catch(true) }),
  event("task.handed_in", { by }),
  event("task.told", { by, text }),
  event("attempt.started", { agent: text, tries: count }),
  event("attempt.progress", { ...spent, activity: textOrNull, notice: textOrNull }),
  event("attempt.ended", { ...spent, reason: textOrNull }),
  event("agent.seen", {}),
  event("run.created", {}),
  event("run.ended", { state: State.nullable().catch(null) }),
  event("run.reopened", {}),
]);
export type Event = z.infer<typeof Event>;
export type EventType = Event["type"];

/** What an event of a type says beside what every event says. */
export type DataOf<Type extends EventType> = Extract<Event, { type: Type }>["data"];

/** What happened: a type with its data. */
export type Happening<Type extends EventType = EventType> = {
  [Each in Type]: { type: Each; data: DataOf<Each> };
}[Type];

/** What happens to a task, or to an attempt at it. */
export type TaskHappening = Happening<Extract<EventType, `${"task" | "attempt"}.${string}`>>;
export type RunHappening = Happening<Extract<EventType, `run.${string}`>>;

/** An event as it goes over the wire. Its node's facts stand in its data too: programs of versions before 0.2 look for them there. */
export function eventText(event: Event): string {
  return JSON.stringify({ ...event, data: dataWithFacts(event) });
}

/** An event as it came over the wire; null for one that this program does not know, or that is none. Throws nothing. */
export function readEvent(text: string): Event | null {
  try {
    return eventIn(parseJson(text));
  } catch {
    return null;
  }
}

/** The event that a value is; null if it is none that this program knows. One that has its node's facts in its data is read as one that has them apart. */
export function eventIn(value: unknown): Event | null {
  if (!isJsonObject(value)) return null;
  return Event.safeParse("node" in value ? value : { ...value, ...slippedFacts(value) }).data ?? null;
}

/** The facts that versions before 0.2 slipped into data. */
function slippedFacts(value: Record<string, unknown>): object {
  const data = isJsonObject(value["data"]) ? value["data"] : {};
  const ready = value["state"] === "pending" ? !("unmet" in data) : null;
  const node = { ...data, run_id: value["run_id"], number: value["number"] };
  return { ready, node: "path" in data ? node : null };
}

/** An event's data with its node's facts, and whether its task is blocked, slipped into it: so it lies in its row too. */
export function dataWithFacts({ node, ready, data }: Pick<Event, "node" | "ready" | "data">): object {
  if (node === null && ready !== false) return data;
  const facts = node === null ? {} : { path: node.path, epoch: node.epoch, phase: node.phase };
  return { ...data, ...facts, ...(ready === false ? { unmet: 1 } : {}) };
}
