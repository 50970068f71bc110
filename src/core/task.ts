import { z } from "zod";
import { freshnesses } from "./presence.ts";
import { nestingLimit } from "./nesting.ts";

/** Where a task stands. The lifecycle table says how it moves; completed, failed and cancelled are final. */
export const State = z.enum(["pending", "claimed", "waiting", "paused", "completed", "failed", "cancelled"]);
export type State = z.infer<typeof State>;

export const finalStates: readonly State[] = ["completed", "failed", "cancelled"];

/** Kinds that are publications, not work: born completed. */
export const announcementKinds: readonly string[] = ["ack", "knowledge", "decision"];

/** The kind of a node that is a question to a person or to its parent. The engine never launches one. */
export const askKind = "ask";
export const nodeKind = "task";

/** A node's two phases: it works and may create children, and once they have ended it synthesises. */
export const Phase = z.enum(["work", "synthesis"]);
export type Phase = z.infer<typeof Phase>;

export const limits = {
  nameLength: 256,
  wordLength: 64,
  agentLength: 128,
  promptLength: 1_000_000,
  bodyBytes: 1_048_576,
  nesting: nestingLimit,
  needs: 64,
  leaseSeconds: { least: 1, most: 3600, usual: 300 },
  /** why an attempt or a task failed */
  reasonLength: 10_000,
  /** why a node was stopped or given back */
  noteLength: 2000,
  /** what an agent does, or what holds it or its engine up */
  noticeLength: 500,
  waitMs: 60_000,
  listed: 1000,
} as const;

export const TaskId = z.string().min(1).max(64).describe("Task id, its number, or a unique prefix of the id");
export const AgentId = z.string().min(1).max(limits.agentLength);
export const Name = z.string().min(1).max(limits.nameLength);
export const Word = z.string().min(1).max(limits.wordLength);
/** Any number is taken; leaseOf says for how long the task is held then. */
export const LeaseSeconds = z.number().default(limits.leaseSeconds.usual);
export const RequestId = z.string().min(1).max(128);
/** The number of a node within its run, as people and agents write it: `#4`, or 4. */
export const NodeId = z
  .string()
  .regex(/^#?\d{1,9}$/)
  .describe("a node id such as 4");

/** RFC 3339, UTC. */
const Timestamp = z.string();

/** A task that another one waits for. */
export const Need = z.object({
  id: z.string(),
  name: z.string(),
  state: State,
  number: z.number().int().optional(),
});
export type Need = z.infer<typeof Need>;

/** A task on the wire. A task of a run is a node: it has run_id and number. */
export const Task = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  priority: z.string(),
  state: State,
  ready: z.boolean().describe("Of a pending task: whether all that it needs is completed").optional(),
  blocked_by: z.array(Need).describe("The first of what it waits for").optional(),
  claimed_by: z.string().nullable(),
  payload: z.unknown(),
  result: z.unknown(),
  created_at: Timestamp,
  updated_at: Timestamp,
  claimed_at: Timestamp.optional(),
  lease_until: Timestamp.optional(),
  seq: z.number().int(),
  epoch: z.number().int(),
  project: z.string().optional(),
  to: z.string().optional(),
  run_id: z.string().optional(),
  number: z.number().int().optional(),
  parent_id: z.string().optional(),
  needs: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  returns: z.string().optional(),
  reason: z.string().optional(),
  cut: z
    .record(z.string(), z.number().int())
    .describe("In short lists: the fields whose beginnings are given, as text, with their whole lengths")
    .optional(),
});
export type Task = z.infer<typeof Task>;

/** An agent on the wire. How long it has been silent is the daemon's to say: nobody holds last_seen against a clock of their own. */
export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  first_seen: Timestamp,
  last_seen: Timestamp,
  current_task: z.string().nullable(),
  age_ms: z.number().int(),
  status: z.enum(freshnesses),
});
export type Agent = z.infer<typeof Agent>;

/** `#4` for 4. */
export function nodeName(number: number): string {
  return `#${number}`;
}

/** 4 for `#4` or `4`. */
export function nodeNumber(id: string): number {
  return Number(id.replace(/^#/, ""));
}

/** The tree's words for the states, as its users know them. */
export const TreeStatus = z.enum([
  "pending",
  "active",
  "waiting",
  "paused",
  "complete",
  "failed",
  "cancelled",
]);
export type TreeStatus = z.infer<typeof TreeStatus>;

/** Whether a task or a node ended without a result, in the words of the board or of the tree. */
export function isLost<T extends State | TreeStatus>(status: T): status is T & ("failed" | "cancelled") {
  return status === "failed" || status === "cancelled";
}

/** How a state is written in the tree's views and tools. */
export function treeStatus(state: State): TreeStatus {
  return treeStatuses[state];
}

const treeStatuses = {
  pending: "pending",
  claimed: "active",
  waiting: "waiting",
  paused: "paused",
  completed: "complete",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<State, TreeStatus>;
