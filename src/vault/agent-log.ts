import type { DataOf, Event, EventType } from "../core/event.ts";
import { isAgent } from "../core/words.ts";
import { frontmatter, link, quoted, title } from "./markdown.ts";

/** An agent and what it did or met in one event. */
interface Activity {
  agent: string;
  did: string;
  /** with the task of the event */
  linked: boolean;
  detail: string | null;
}

/** How an agent's note begins; its activity is appended, a line an event. */
export function agentHeader(id: string): string {
  return [frontmatter({ id, kind: "agent" }), title(id), "## Activity\n\n"].join("\n");
}

/** Any agent's note begins so. */
export const agentNote = /^---\nid: ".*"\nkind: "agent"\n---\n/;

/** A line of the log. It ends in an Obsidian block id that holds the seq: by it a line is never written twice. */
export function activityLine(event: Event, { did, linked, detail }: Activity, path: string | null): string {
  const when = event.at.slice(0, 19).replace("T", " ");
  const what = linked && path !== null ? `${did} ${link(path)}` : did;
  return `- ${when} ${what}${detail === null ? "" : `: ${detail}`} ^e${event.seq}\n`;
}

/** The seq of the last whole line in the end of a log, and where that line ends. Null if there is none. */
export function lastActivity(tail: string): { seq: number; end: number } | null {
  const match = [...tail.matchAll(/ \^e(\d+)\n/g)].at(-1);
  return match ? { seq: Number(match[1]), end: match.index + match[0].length } : null;
}

/** What an event puts into agents' logs. */
export function activitiesOf(event: Event): Activity[] {
  if (isOfNobody(event)) return [];
  const by = byOf(event);
  const holder = event.agent;
  switch (event.type) {
    case "agent.seen":
      return holder === null ? [] : [activity(holder, "is here", { linked: false, detail: event.name })];
    case "task.claimed":
      return holder === null ? [] : [activity(holder, "claimed")];
    case "task.expired":
      return by === null ? [] : [{ ...activity(by, "abandoned"), detail: "its lease ended" }];
    case "task.refused":
      return by === null ? [] : [{ ...activity(by, "was refused a late result of"), detail: null }];
    case "task.paused":
      return [...held(event.data.held, "was stopped at"), ...acted(by, "paused")];
    case "task.cancelled":
      return [
        ...(holder === by ? [] : held(holder, "lost", event.data.reason)),
        ...acted(by, "cancelled", event.data.reason),
      ];
    case "task.completed":
      return acted(by, completion(event), null);
    case "task.waiting":
    case "task.released":
    case "task.failed":
      return acted(by, verbs[event.type], event.data.reason);
    case "task.said":
      return acted(by, "said of", event.data.text);
    case "task.asked":
      return acted(by, "asked about", event.data.question);
    case "task.answered":
      return acted(by, "answered a question about", event.data.answer);
    case "task.created":
    case "task.resumed":
    case "task.modified":
    case "task.told":
    case "task.retried":
      return acted(by, verbs[event.type]);
    case "task.read":
      return acted(by, "read");
    case "task.acked":
      return acted(by, "took note of", event.data.text);
    case "task.delivered":
      return [activity(event.data.to, `was told ${deliveries[event.data.by]} of`)];
    case "agent.renamed":
      return renamed(event.data.from, holder);
    case "files.reserved":
    case "files.released":
    case "files.expired":
      return holder === null ? [] : [reservation(holder, event.type, event.data)];
    case "files.edited":
      return edited(event.data);
  }
}

/** What no agent has done to a task or to files. */
const ofNobody = [
  "task.lapsing",
  "task.handed_in",
  "task.ready",
  "attempt.started",
  "attempt.progress",
  "attempt.ended",
  "attempt.checked",
  "run.created",
  "run.ended",
  "run.reopened",
  "run.removed",
  "run.parked",
  "run.unparked",
  "run.proposed",
  "run.approved",
  "run.rejected",
  "history.archived",
] as const satisfies EventType[];

function isOfNobody(event: Event): event is Extract<Event, { type: (typeof ofNobody)[number] }> {
  return ofNobody.some((type) => type === event.type);
}

const verbs = {
  "task.waiting": "handed to its children",
  "task.created": "sent",
  "task.released": "released",
  "task.failed": "failed",
  "task.resumed": "resumed",
  "task.modified": "modified",
  "task.told": "told",
  "task.retried": "had tried again",
} as const;

const deliveries = {
  wake: "by a wake",
  hook: "by a hook",
  note: "beside a result",
  list: "as it looked",
} as const;

/** Its log goes on under its new name, and the old one says where. */
function renamed(from: string, to: string | null): Activity[] {
  if (to === null || from === "") return [];
  return [
    activity(from, "goes on as", { linked: false, detail: to }),
    activity(to, "went before as", { linked: false, detail: from }),
  ];
}

const reservations = {
  "files.reserved": "reserved",
  "files.released": "released the reservation of",
  "files.expired": "let the reservation end of",
} as const;

function reservation(
  holder: string,
  type: keyof typeof reservations,
  { patterns, shared }: { patterns: readonly string[]; shared: boolean },
): Activity {
  const detail = `${patterns.join(", ")}${shared ? " (shared)" : ""}`;
  return activity(holder, reservations[type], { linked: false, detail });
}

/** Of an edit it is said that somebody else was at the same file, to both. */
function edited({ by, with: other, path }: DataOf<"files.edited">): Activity[] {
  if (!by || other === "") return [];
  return [
    activity(by, "edited what another was editing", { linked: false, detail: `${path}, ${other}` }),
    activity(other, "edited what another was editing", { linked: false, detail: `${path}, ${by}` }),
  ];
}

function completion({ kind, agent }: Event): string {
  if (kind === "ask") return "answered";
  return agent === null ? "posted" : "completed";
}

/** Nodes of a run have notes of their own. */
function acted(by: string | null, did: string, detail?: string | null): Activity[] {
  return by === null || !isAgent(by) ? [] : [activity(by, did, { detail })];
}

function held(by: string | null, did: string, detail?: string): Activity[] {
  return by === null || by === "" ? [] : [activity(by, did, { detail })];
}

function activity(
  agent: string,
  did: string,
  { linked = true, detail }: { linked?: boolean; detail?: string | null | undefined } = {},
): Activity {
  return { agent, did, linked, detail: detail ? quoted(detail.slice(0, 200)) : null };
}

function byOf({ data }: Event): string | null {
  return ("by" in data && data.by) || null;
}
