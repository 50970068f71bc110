import { z } from "zod";
import { limits } from "./limits.ts";
import { StoredArtifact, StoredMessage } from "./message.ts";
import { freshnesses } from "./presence.ts";
import { OpenQuestion } from "./question.ts";
import { clientKinds, tabStates, wakeWays } from "./tab.ts";
import { nodeNamePattern, nodeNumber, phases, returnTypes, states, treeStatuses } from "./words.ts";

/** Schemas of the words; their types stand beside the words. */
export const State = z.enum(states);
export const Phase = z.enum(phases);
export const TreeStatus = z.enum(treeStatuses);

export const TaskId = z.string().min(1).max(64);
export const AgentId = z.string().min(1).max(limits.agentLength);
export const Name = z.string().min(1).max(limits.nameLength);
export const Word = z.string().min(1).max(limits.wordLength);
/** Any number is taken; leaseOf says for how long the task is held then. */
export const LeaseSeconds = z.number().default(limits.leaseSeconds.default);
export const RequestId = z.string().min(1).max(limits.requestIdLength);
/** A node within its run, as people and agents write it, `#4` or `4`; whoever takes it in has its number. */
export const NodeId = z.string().regex(nodeNamePattern).describe("a node id such as 4").transform(nodeNumber);

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
  context_id: z.string().describe("What its sender calls the conversation that it belongs to").optional(),
  needs: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  returns: z.enum(returnTypes).optional(),
  reason: z.string().optional(),
  cut: z
    .record(z.string(), z.number().int())
    .describe("In short lists: the fields whose beginnings are given, as text, with their whole lengths")
    .optional(),
});
export type Task = z.infer<typeof Task>;

/** A task as tasks/get gives it: with what was said about it, oldest first, its files, and the question that it waits with. */
export const WholeTask = Task.extend({
  question: OpenQuestion.optional(),
  messages: z.array(StoredMessage).optional(),
  more_messages: z.number().int().describe("How many older messages there are").optional(),
  artifacts: z.array(StoredArtifact).optional(),
});
export type WholeTask = z.infer<typeof WholeTask>;

/**
 * An agent on the wire. The daemon says how long it has been silent, so that nobody compares last_seen with a clock
 * of their own.
 */
export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  first_seen: Timestamp,
  last_seen: Timestamp,
  current_task: z.string().nullable(),
  age_ms: z.number().int(),
  status: z.enum(freshnesses),
  project: z.string().optional(),
  /** What is in its inbox and was not read. */
  unread: z.number().int().optional(),
  // All further: of an agent that is a tab, by its bridge.
  client: z.enum(clientKinds).optional(),
  client_version: z.string().optional(),
  state: z.enum(tabStates).optional(),
  waiting_for: z.string().describe("What a waiting tab wants of its person").optional(),
  wake: z.enum(wakeWays).optional(),
  wakes_left: z.number().int().describe("How often it may still be woken in this hour").optional(),
  is_muted: z.boolean().describe("Its project's configuration says that it is not to be woken").optional(),
  is_open: z.boolean().optional(),
  folder: z.string().optional(),
});
export type Agent = z.infer<typeof Agent>;
