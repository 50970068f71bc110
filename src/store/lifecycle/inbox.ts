import type { Event } from "../../core/event.ts";
import { actorOf, concernsOf, type Concern } from "../../core/concerns.ts";
import type { DeliveryWay } from "../../core/tab.ts";
import type { Moment } from "../../core/moment.ts";
import { finalStates, isEngine, isReader, messageKind } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { cursorNamed, moveCursor } from "../tables/cursors.ts";
import { appendTaskEvent, eventsOfTask, lastSeq } from "../tables/events.ts";
import { findTask } from "../tables/ids.ts";
import {
  dropUnread,
  ofTask,
  putInInbox,
  renameInbox,
  stamp,
  unreadTasks,
  untoldAgents,
  type InboxRow,
} from "../tables/inbox.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { askerOf, pendingAddressed, recipientsOf, senderOf } from "../tables/recipients.ts";
import { allWatches, renameWatches, type WatchRow } from "../tables/watches.ts";
import { claimTask, completeTask } from "./transitions.ts";

/**
 * Writes into the inboxes what an event says to anybody, and gives the agents that have something new. A repeat adds nothing.
 * isUnread: whether somebody may have something unread of a task.
 */
export async function deliverEvent(
  tx: Tx,
  event: Event,
  isUnread: (taskId: string) => boolean,
): Promise<string[]> {
  if (event.type === "agent.renamed")
    return event.agent === null ? [] : renamed(tx, event.data.from, event.agent);
  if (event.task_id !== null && isUnread(event.task_id)) await goneOn(tx, event, event.task_id);
  const told: string[] = [];
  for (const concern of concernsOf(event)) {
    const { reason, line, urgent } = concern;
    for (const agent of await agentsOf(tx, event, concern)) {
      const row = { agent, reason, line, urgent, task_id: event.task_id };
      if (await putInInbox(tx, event.seq, row, Date.parse(event.at))) told.push(agent);
    }
  }
  return told;
}

/** What a daemon knows of the inboxes when it begins. */
export interface Begun {
  untold: string[];
  unreadTasks: string[];
  watches: WatchRow[];
}

/** Before anything else. Of a database that had no inboxes, what is pending and names somebody is put into theirs. */
export async function beginInboxes(tx: Tx, maxTasks: number): Promise<Begun> {
  if ((await cursorNamed(tx, inboxCursor)) === null) {
    for (const id of await pendingAddressed(tx, maxTaken)) {
      const [created] = (await eventsOfTask(tx, id, 0, 1)).events;
      if (created) await deliverEvent(tx, created, () => false);
    }
    await moveCursor(tx, inboxCursor, await lastSeq(tx));
  }
  return {
    untold: await untoldAgents(tx),
    unreadTasks: await unreadTasks(tx, maxTasks),
    watches: await allWatches(tx),
  };
}

export const inboxCursor = "inbox";
const maxTaken = 10_000;

/** Who followed the inbox of the old name finds it under the new one. */
async function renamed(tx: Tx, from: string, to: string): Promise<string[]> {
  await renameInbox(tx, from, to);
  await renameWatches(tx, from, to);
  return [to];
}

/** Who works on a task has read what it has of it, and nobody need hear of what is over. */
async function goneOn(tx: Tx, event: Event, taskId: string): Promise<void> {
  const now = Date.parse(event.at);
  if (event.type === "task.claimed") {
    if (event.agent !== null) await noteRead(tx, await ofTask(tx, taskId, event.agent), now);
    await dropUnread(tx, taskId, ["task"], now);
  }
  if (event.type === "task.answered") await dropUnread(tx, taskId, ["asked"], now);
  if (event.state !== null && finalStates.includes(event.state))
    await dropUnread(tx, taskId, ["task", "asked"], now);
}

/** The agents that a concern means. Nobody is told of what they did themselves. */
async function agentsOf(tx: Tx, event: Event, { whom }: Concern): Promise<string[]> {
  const actor = actorOf(event);
  return (await meant(tx, event, whom)).filter((agent) => agent !== actor && !isEngine(agent));
}

async function meant(tx: Tx, { task_id, seq, at }: Event, whom: Concern["whom"]): Promise<string[]> {
  if ("agent" in whom) return [whom.agent];
  if ("tabs" in whom) return recipientsOf(tx, { ...whom.tabs, at: Date.parse(at) });
  if (task_id === null) return [];
  const agent = whom.earlier === "sender" ? await senderOf(tx, task_id) : await askerOf(tx, task_id, seq);
  // nobody reads what is for a node, or for a tab that did not say who it is
  return agent !== null && isReader(agent) ? [agent] : [];
}

/** An agent is told that these are there. The first time is an event. */
export async function noteTold(
  tx: Tx,
  rows: readonly InboxRow[],
  by: DeliveryWay,
  now: number,
): Promise<void> {
  const untold = rows.filter((row) => row.told_at === null);
  if (untold.length === 0) return;
  await stamp(tx, idsOf(untold), "told_at", now);
  for (const { agent, task_id } of onePerTask(untold)) {
    const task = await findTask(tx, task_id);
    if (task) await appendTaskEvent(tx, task, now, { type: "task.delivered", data: { to: agent, by } });
  }
}

/** An agent has read these. */
export async function noteRead(tx: Tx, rows: readonly InboxRow[], now: number): Promise<void> {
  const unread = rows.filter((row) => row.read_at === null);
  if (unread.length === 0) return;
  await noteTold(tx, unread, "list", now);
  await stamp(tx, idsOf(unread), "read_at", now);
  for (const { agent, task_id } of onePerTask(unread)) {
    const task = await findTask(tx, task_id);
    if (task) await appendTaskEvent(tx, task, now, { type: "task.read", data: { by: agent } });
  }
}

/**
 * An agent takes note of what it has read of a task, with a word or without; where it has read nothing of it, of all that it has there.
 * What came after that stays unread. Of a message to it alone the task is completed by that. False: its inbox has nothing of this task.
 */
export async function ackOf(
  tx: Tx,
  task: TaskRow,
  { agent, text }: { agent: string; text?: string | undefined },
  when: Moment,
): Promise<boolean> {
  const all = await ofTask(tx, task.id, agent);
  if (all.length === 0) return false;
  const read = all.filter((row) => row.read_at !== null);
  const rows = read.length > 0 ? read : all;
  await noteRead(tx, rows, when.now);
  if (rows.every((row) => row.acked_at !== null)) return true;
  await stamp(tx, idsOf(rows), "acked_at", when.now);
  const done = await completedBy(tx, task, agent, when);
  const data = { by: agent, ...(text === undefined ? {} : { text }) };
  await appendTaskEvent(tx, done, when.now, { type: "task.acked", data });
  return true;
}

/** A message that only one agent was sent, completed by it if it still can be. */
async function completedBy(tx: Tx, task: TaskRow, agent: string, when: Moment): Promise<TaskRow> {
  if (task.kind !== messageKind || task.recipient !== agent || task.unmet > 0) return task;
  const isPending = task.state === "pending";
  if (!isPending && !(task.state === "claimed" && task.claimed_by === agent)) return task;
  const held = isPending ? await claimTask(tx, task, agent, ackLeaseMs, when) : task;
  const completion = await completeTask(tx, held, null, { agentId: agent, epoch: held.epoch }, when);
  return "row" in completion ? completion.row : held;
}

/** It is completed in the same transaction. */
const ackLeaseMs = 1000;

function idsOf(rows: readonly InboxRow[]): number[] {
  return rows.map(({ id }) => id);
}

/** Several things may be unread of one task. */
function onePerTask(rows: readonly InboxRow[]): { agent: string; task_id: string }[] {
  const tasks = new Map<string, { agent: string; task_id: string }>();
  for (const { agent, task_id } of rows) if (task_id !== null) tasks.set(task_id, { agent, task_id });
  return [...tasks.values()];
}
