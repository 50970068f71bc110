import type { Event } from "./event.ts";
import { nameIn, shownIn } from "./model-line.ts";
import { rankOf } from "./rank.ts";
import { clientKinds, type ClientKind, type InboxReason } from "./tab.ts";
import { listed } from "./wording.ts";
import { askKind, isEngine, isRunAgent, messageKind, nodeName } from "./words.ts";

/** Whom something concerns: an agent by its name, tabs of a project, or who did something about the task earlier. */
export type Whom =
  | { agent: string }
  /** project null: of any; client null: of any kind; withOthers: also agents that are no tabs */
  | { tabs: { project: string | null; client: ClientKind | null; withOthers?: true } }
  /** who sent the task, or who asked the question about it that was answered last */
  | { earlier: "sender" | "asker" };

/** That an event concerns somebody. `line` is plain, and of a message says nothing of its text. */
export interface Concern {
  whom: Whom;
  reason: InboxReason;
  line: string;
  urgent: boolean;
}

/** Whom a task or message is for: `*` all agents of its project, `@claude` those of a kind of client, else an agent. */
export function addressee(to: string, project: string | null): Whom {
  if (to === everybody) return { tabs: { project, client: null, withOthers: true } };
  const client = kindNamed(to);
  return client === null ? { agent: to } : { tabs: { project, client } };
}

export const everybody = "*";

/** The kind of client that `@claude` means; null for what means none. */
export function kindNamed(to: string): ClientKind | null {
  return clientKinds.find((kind) => to === `@${kind}`) ?? null;
}

/** Who did what an event tells of; null where nobody is known, and of a lease, whose end nobody does. */
export function actorOf(event: Event): string | null {
  if (event.type === "task.claimed") return event.agent;
  if (["task.lapsing", "task.expired", "files.expired"].includes(event.type)) return null;
  return "by" in event.data ? (event.data.by ?? null) : null;
}

/** Whom an event concerns. Nobody for most. What an agent did itself is left out by whoever knows the names. */
export function concernsOf(event: Event): Concern[] {
  switch (event.type) {
    case "task.created":
      return event.kind === askKind ? runAsks(event) : event.data.imported ? [] : forWhom(event);
    case "task.completed":
      // born completed: nobody has held it
      return event.agent === null && event.data.imported === undefined ? forWhom(event) : [];
    case "task.ready":
      return event.run_id === null ? forWhom(event) : [];
    case "task.released":
      return freed(event, event.data.by);
    case "task.lapsing":
      return toHolder(event, event.data.by, "lease", `your lease of ${subjectIn(event)} is about to end`);
    case "task.expired":
      return [
        ...toHolder(event, event.data.by, "lease", `your lease of ${subjectIn(event)} has ended`),
        ...freed(event, event.data.by),
      ];
    case "task.cancelled":
      return toHolder(event, event.agent, "lease", `${subjectIn(event)}, which you held, was cancelled`);
    case "task.answered":
      return answered(event);
    case "task.asked":
      return [about(event, { earlier: "sender" }, "asked", `${subjectIn(event)}, which you sent, asks`)];
    case "task.told":
      return toHolder(event, event.agent ?? event.to, "message", `a message about ${subjectIn(event)}`);
    case "run.ended":
      return [toTabs(event, `run ${runOf(event)} has ended: ${event.data.state ?? "it is over"}`)];
    case "files.expired":
      return [
        ...toHolder(event, event.data.by, "lease", `your reservation of ${patternsIn(event)} has ended`),
        ...toKeptAway(event),
      ];
    case "files.released":
      return [...(event.data.by === event.agent ? [] : takenAway(event)), ...toKeptAway(event)];
    case "files.edited":
      return alsoEdited(event);
    default:
      return [];
  }
}

/** A task or a message that names somebody; a blocked one concerns nobody before it is ready. */
function forWhom(event: Event, isHow = "is for you"): Concern[] {
  if (event.to === null || event.ready === false) return [];
  const whom = addressee(event.to, event.project);
  if (event.kind !== messageKind) return [about(event, whom, "task", `${subjectIn(event)} ${isHow}`)];
  if (event.type === "task.released" || event.type === "task.expired") return [];
  const from = actorOf(event);
  const sender = from === null ? "" : ` from ${nameIn(from, shownName)}`;
  return [about(event, whom, "message", `message ${event.number ?? ""}${sender}`)];
}

/** A person's answer is wanted in a run: its project's tabs can tell theirs. */
function runAsks(event: Extract<Event, { type: "task.created" }>): Concern[] {
  if (event.data.question?.target !== "human") return [];
  return [toTabs(event, `run ${runOf(event)} asks its person, as ${subjectIn(event)}`)];
}

function answered(event: Event): Concern[] {
  const line = `your question about ${subjectIn(event)} was answered`;
  return event.state === "claimed"
    ? toHolder(event, event.agent, "answer", line)
    : [about(event, { earlier: "asker" }, "answer", `${line}, and it is free to be claimed`)];
}

/** A task that is for another than who held it. */
function freed(event: Event, holder: string | null): Concern[] {
  return event.to === holder ? [] : forWhom(event, "is free again");
}

function toHolder(event: Event, agent: string | null, reason: InboxReason, line: string): Concern[] {
  return agent === null || isEngine(agent) ? [] : [about(event, { agent }, reason, line)];
}

function toTabs(event: Event, line: string): Concern {
  return about(event, { tabs: { project: event.project, client: null } }, "run", line);
}

/** A person has ended what an agent had reserved. */
function takenAway(event: Extract<Event, { type: "files.released" }>): Concern[] {
  const by = nameIn(event.data.by ?? "", shownName);
  return toHolder(
    event,
    event.agent,
    "lease",
    `your reservation of ${patternsIn(event)} was released by ${by}`,
  );
}

/** Whom a reservation has kept from its files. */
function toKeptAway(event: Extract<Event, { type: "files.released" | "files.expired" }>): Concern[] {
  const line = `${patternsIn(event)}, which ${nameIn(event.agent ?? "", shownName)} had reserved, may be edited again`;
  return (event.data.waiting ?? []).map((agent) => about(event, { agent }, "files", line));
}

/** The agents of runs have no inbox. */
function alsoEdited(event: Extract<Event, { type: "files.edited" }>): Concern[] {
  const { by, path, with: other, reserved } = event.data;
  if (isRunAgent(other)) return [];
  const why = reserved ? "which you have reserved" : "as you did just now";
  const file = named(path.split(/[/\\]/).slice(-shownNames).join("/"));
  return [about(event, { agent: other }, "files", `${nameIn(by ?? "", shownName)} edits ${file}, ${why}`)];
}

const shownNames = 3;

function patternsIn({ data }: Extract<Event, { type: "files.released" | "files.expired" }>): string {
  return listed(data.patterns.map(named), 2);
}

function about(event: Event, whom: Whom, reason: InboxReason, line: string): Concern {
  return { whom, reason, line, urgent: rankOf(event.priority ?? "") === 0 };
}

const shownName = 80;

/** Text of others within a line. */
export function named(text: string): string {
  return shownIn(text, shownName);
}

/** A task, as a line names it: `bug 12 "Login fails"`, or `#4 "…"` of a run. */
export function subjectIn({ kind, number, run_id, name }: Event): string {
  const what =
    run_id === null ? `${nameIn(kind ?? "task", shownName)} ${number ?? ""}` : nodeName(number ?? 0);
  return `${what} "${named(name ?? "")}"`;
}

function runOf({ run_id, name, task_id }: Event): string {
  const id = (run_id ?? "").slice(0, 8);
  return task_id === null ? `${id} "${named(name ?? "")}"` : id;
}
