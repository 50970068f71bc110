import { named, subjectIn } from "../../core/concerns.ts";
import type { Event } from "../../core/event.ts";
import type { Tx } from "../store.ts";
import { addNotice, putInInbox } from "../tables/inbox.ts";
import { findWatch, removeWatch, type WatchRow } from "../tables/watches.ts";

/** Tells who watches that an event matches; one that is for once ends with that. Null: the watch is gone. */
export async function matchWatch(tx: Tx, id: string, event: Event): Promise<string | null> {
  const watch = await findWatch(tx, id);
  if (watch === null) return null;
  if (watch.once === 1) await removeWatch(tx, id);
  const { agent } = watch;
  const line = `${whichOf(watch)} matches: ${subjectIn(event)} is ${event.ready === false ? "blocked" : event.state}`;
  const row = { agent, reason: "watch", task_id: event.task_id, line, urgent: false } as const;
  const now = Date.parse(event.at);
  // another watch of this agent has matched the same: each has a note of its own
  if (!(await putInInbox(tx, event.seq, row, now)) && watch.note !== null) await addNotice(tx, row, now);
  return agent;
}

/** A watch has come to its time: who watches is told, and waits for nothing that cannot come. */
export async function endWatch(tx: Tx, id: string, now: number): Promise<string[]> {
  const watch = await findWatch(tx, id);
  if (watch === null || watch.until_at === null || watch.until_at > now) return [];
  await removeWatch(tx, id);
  const line = `${whichOf(watch)} has ended${watch.once === 1 ? ", and nothing matched" : ""}`;
  await addNotice(tx, { agent: watch.agent, reason: "watch", task_id: null, line, urgent: false }, now);
  return [watch.agent];
}

function whichOf({ id, note }: WatchRow): string {
  return note === null ? `your watch ${id.slice(0, 8)}` : `your watch "${named(note)}"`;
}
