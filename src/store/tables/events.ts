import {
  type AgentHappening,
  dataWithFacts,
  factsIn,
  Happening,
  type Event,
  type NodeFacts,
  type RunHappening,
  type TaskHappening,
} from "../../core/event.ts";
import type { Filter } from "../../core/filter.ts";
import { isProposed } from "../../core/proposal.ts";
import type { State } from "../../core/words.ts";
import { parseJson } from "../../core/json.ts";
import { eventConditions, joined, term, whereOf } from "../lists/conditions.ts";
import { isNode } from "./node-row.ts";
import type { TaskRow } from "./task-row.ts";
import type { Tx } from "../store.ts";
import { time } from "./time.ts";

/** An event as it lies in its table; data is JSON, with the node's facts in it. */
interface EventRow {
  seq: number;
  at: number;
  type: string;
  project: string | null;
  task_id: string | null;
  run_id: string | null;
  number: number | null;
  name: string | null;
  kind: string | null;
  priority: string | null;
  state: State | null;
  recipient: string | null;
  agent: string | null;
  data: string;
}

/** Writes an event about a task as it stands after the change, and returns its seq. */
export function appendTaskEvent(
  tx: Tx,
  row: TaskRow,
  now: number,
  happening: TaskHappening,
): Promise<number> {
  return append(tx, now, {
    seq: 0,
    at: time(now),
    project: row.project,
    task_id: row.id,
    run_id: row.run_id,
    number: row.number,
    name: row.name,
    kind: row.kind,
    priority: row.priority,
    state: row.state,
    ready: row.state === "pending" ? row.unmet === 0 && !isProposed(row) : null,
    to: row.recipient,
    agent: row.claimed_by,
    node: factsOf(row),
    ...happening,
  });
}

function factsOf(row: TaskRow): NodeFacts | null {
  if (!isNode(row)) return null;
  const { run_id, number, path, epoch, phase } = row;
  return { run_id, number, path, epoch, phase };
}

/** Writes an event about a run, and returns its seq. */
export function appendRunEvent(
  tx: Tx,
  run: { id: string; project: string | null; goal: string },
  now: number,
  happening: RunHappening,
): Promise<number> {
  const about = { project: run.project, run_id: run.id, name: run.goal };
  return append(tx, now, { seq: 0, at: time(now), ...ofNoTask, ...about, ...happening });
}

/** Writes an event about an agent, under the name that it has or that what it did has, and returns its seq. Left out, it was seen for the first time or by another name. */
export function appendAgentEvent(
  tx: Tx,
  agent: { id: string; name: string; project: string | null },
  now: number,
  happening: AgentHappening = { type: "agent.seen", data: {} },
): Promise<number> {
  const about = { project: agent.project, agent: agent.id, name: agent.name };
  return append(tx, now, { seq: 0, at: time(now), ...ofNoTask, ...about, ...happening });
}

/** What an event says that is about no task. */
export const ofNoTask = {
  task_id: null,
  run_id: null,
  number: null,
  kind: null,
  priority: null,
  state: null,
  ready: null,
  to: null,
  agent: null,
  node: null,
} as const;

/** Gives an event its place in the log, and tells of it. */
async function append(tx: Tx, now: number, event: Event): Promise<number> {
  event.seq = await tx.insert(
    `INSERT INTO events (at, type, project, task_id, run_id, number, name, kind, priority, state, recipient, agent, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    now,
    event.type,
    event.project,
    event.task_id,
    event.run_id,
    event.number,
    event.name,
    event.kind,
    event.priority,
    event.state,
    event.to,
    event.agent,
    JSON.stringify(dataWithFacts(event)),
  );
  tx.announce(event);
  return event.seq;
}

/** Of the event that is never removed: a vault knows by it whose it is. */
export const firstSeq = 1;

/** The seq of the newest event; 0 when there is none. */
export async function lastSeq(tx: Tx): Promise<number> {
  const row = await tx.get<{ seq: number | null }>("SELECT max(seq) AS seq FROM events");
  return row?.seq ?? 0;
}

/**
 * The seq of the last event up to a time, by the wall clock; 0 when all came after it. The log is as good as sorted by time:
 * it is halved until it is found.
 */
export async function seqAt(tx: Tx, at: number): Promise<number> {
  let [before, after] = [0, (await lastSeq(tx)) + 1];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const row = await tx.get<{ seq: number; at: number }>(
      "SELECT seq, at FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
      middle,
    );
    if (row !== null && row.at > at) after = row.seq;
    else before = middle;
  }
  return before;
}

/** The seq of the newest claim of a task; 0 when there was none. */
export async function seqOfClaim(tx: Tx, taskId: string): Promise<number> {
  const row = await tx.get<{ seq: number }>(
    "SELECT seq FROM events WHERE task_id = ? AND type = 'task.claimed' ORDER BY seq DESC LIMIT 1",
    taskId,
  );
  return row?.seq ?? 0;
}

/** Whether the goal or the prompt of a node was changed since an attempt at it began, after which so many others did. */
export async function modifiedSinceAttempt(tx: Tx, taskId: string, later: number): Promise<boolean> {
  const row = await tx.get<{ seq: number }>(
    `SELECT seq FROM events WHERE task_id = ? AND type = 'task.modified' AND seq > coalesce((
       SELECT seq FROM events WHERE task_id = ? AND type = 'attempt.started' ORDER BY seq DESC LIMIT 1 OFFSET ?
     ), 0) LIMIT 1`,
    taskId,
    taskId,
    later,
  );
  return row !== null;
}

/** A part of the log: the events that were asked for, and up to where it was looked through. */
interface Stretch {
  events: Event[];
  until: number;
  /** the log ends there */
  isLast: boolean;
}

/**
 * How many events one read looks at: a filter that matches nothing holds the store for a millisecond, not for the
 * whole log.
 */
const maxLookedAt = 5000;

/** Events after a seq, oldest first, that a filter lets through by what SQL can tell. */
export async function eventsSince(tx: Tx, since: number, filter: Filter, limit: number): Promise<Stretch> {
  const last = await lastSeq(tx);
  const until = Math.min(last, (await beforeNext(tx, since, last)) + maxLookedAt);
  const all = joined([
    term("events.seq > ?", since),
    term("events.seq <= ?", until),
    eventConditions(filter),
    typeof filter.run_id === "string" ? term("events.run_id = ?", filter.run_id) : null,
  ]);
  const rows = await tx.all<EventRow>(
    `SELECT * FROM events ${whereOf(all)} ORDER BY seq LIMIT ?`,
    ...all.values,
    limit,
  );
  const isCut = rows.length === limit;
  return {
    events: rows.flatMap(toEvent),
    until: isCut ? (rows.at(-1)?.seq ?? until) : until,
    isLast: !isCut && until === last,
  };
}

/** Where the events after a seq begin: what was archived leaves gaps, of which nobody reads an end by looking. */
async function beforeNext(tx: Tx, since: number, last: number): Promise<number> {
  if (last - since <= maxLookedAt) return since;
  const next = await tx.get<{ seq: number }>(
    "SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT 1",
    since,
  );
  return (next?.seq ?? since + 1) - 1;
}

/** The next events of a task after a seq, oldest first, and where the next part begins. */
export function eventsOfTask(tx: Tx, taskId: string, since: number, limit: number): Promise<Stretch> {
  return eventsOf(tx, "task_id", taskId, since, limit);
}

/** The same of a run. */
export function eventsOfRun(tx: Tx, runId: string, since: number, limit: number): Promise<Stretch> {
  return eventsOf(tx, "run_id", runId, since, limit);
}

async function eventsOf(
  tx: Tx,
  column: "task_id" | "run_id",
  id: string,
  since: number,
  limit: number,
): Promise<Stretch> {
  const rows = await tx.all<EventRow>(
    `SELECT * FROM events WHERE ${column} = ? AND seq > ? ORDER BY seq LIMIT ?`,
    id,
    since,
    limit,
  );
  const until = rows.at(-1)?.seq ?? since;
  return { events: rows.flatMap(toEvent), until, isLast: rows.length < limit };
}

/** The newest events of a task, oldest first; what an attempt did meanwhile is left out. */
export async function historyOf(tx: Tx, taskId: string, limit: number): Promise<Event[]> {
  const rows = await tx.all<EventRow>(
    "SELECT * FROM events WHERE task_id = ? AND type <> 'attempt.progress' ORDER BY seq DESC LIMIT ?",
    taskId,
    limit,
  );
  return rows.toReversed().flatMap(toEvent);
}

/** None for a row that a newer program wrote, of a type that this one does not know. */
function toEvent(row: EventRow): Event[] {
  const { seq, at, project, task_id, run_id, number, name, kind, priority, state, recipient, agent } = row;
  const data = parseJson(row.data);
  const happening = Happening.safeParse({ type: row.type, data }).data;
  if (happening === undefined) return [];
  const { ready, node } = factsIn({ state, run_id, number, data });
  return [
    {
      seq,
      at: time(at),
      project,
      task_id,
      run_id,
      number,
      name,
      kind,
      priority,
      state,
      ready,
      to: recipient,
      agent,
      node,
      ...happening,
    },
  ];
}
