import { textOf } from "../../core/message.ts";
import { isJsonObject, parseJson } from "../../core/json.ts";
import type { InboxReason } from "../../core/tab.ts";
import { beginningOf } from "../../core/text.ts";
import { messageKind } from "../../core/words.ts";
import { findTask } from "../../store/tables/ids.ts";
import type { InboxRow } from "../../store/tables/inbox.ts";
import { messageAt } from "../../store/tables/messages.ts";
import { senderOf } from "../../store/tables/recipients.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import type { Tx } from "../../store/store.ts";
import { time } from "../../store/tables/time.ts";

/** A message, as its reader gets it. */
export interface Item {
  id: string;
  number?: number;
  from: string | null;
  to?: string;
  about?: string;
  text: string;
  cut?: number;
  at: string;
  priority: string;
  is_new: boolean;
  acked?: true;
  reply_to?: string;
}

/** What else concerns an agent, in cord's words. */
export interface Notice {
  reason: InboxReason;
  line: string;
  task_id?: string;
  at: string;
}

/** How a row is given. A text that is too long for the room of a whole answer is cut. */
interface Showing {
  isNew: boolean;
  /** in bytes */
  room: number;
  isFirst: boolean;
}

/** Neither, of a message whose task is gone. */
export async function shownAs(
  tx: Tx,
  row: InboxRow,
  showing: Showing,
): Promise<{ item?: Item; notice?: Notice }> {
  const { reason, line, task_id, created_at } = row;
  if (reason !== "message" || task_id === null)
    return { notice: { reason, line, ...(task_id === null ? {} : { task_id }), at: time(created_at) } };
  const task = await findTask(tx, task_id);
  return task === null ? {} : { item: await itemOf(tx, row, task, showing) };
}

/** What an item is beside its text, in bytes, is less than this. */
const besideText = 2000;

async function itemOf(
  tx: Tx,
  { seq, created_at, acked_at }: InboxRow,
  task: TaskRow,
  { isNew, room, isFirst }: Showing,
): Promise<Item> {
  const message = await messageAt(tx, task.id, seq);
  const text = message === null ? textIn(task) : textOf(message);
  // a character is at most six bytes of JSON, as an escape
  const isCut = isFirst && Buffer.byteLength(JSON.stringify(text)) > room - besideText;
  const replyTo = replyIn(task);
  return {
    id: task.id,
    number: task.number,
    from: message?.by ?? (await senderOf(tx, task.id)),
    ...(task.recipient === null ? {} : { to: task.recipient }),
    ...(task.kind === messageKind ? {} : { about: task.name }),
    text: isCut ? fitting(text, room - besideText) : text,
    ...(isCut ? { cut: text.length } : {}),
    at: time(created_at),
    priority: task.priority,
    is_new: isNew,
    ...(acked_at === null ? {} : { acked: true }),
    ...(replyTo === null ? {} : { reply_to: replyTo }),
  };
}

/** The longest beginning of a text that has so many bytes as JSON, or nearly so. */
function fitting(text: string, bytes: number): string {
  let beginning = text;
  for (;;) {
    const size = Buffer.byteLength(JSON.stringify(beginning));
    if (size <= bytes) return `${beginning}…`;
    beginning = beginningOf(beginning, Math.floor((beginning.length * bytes) / size) - 1);
  }
}

/** The text of a message that came as a task only: as of programs that know no messages. */
function textIn({ name, payload }: TaskRow): string {
  const said: unknown = payload === null ? null : parseJson(payload);
  if (said === null) return name;
  if (isJsonObject(said) && typeof said["text"] === "string") return said["text"];
  return `${name}\n${typeof said === "string" ? said : JSON.stringify(said)}`;
}

function replyIn({ kind, payload }: TaskRow): string | null {
  const said: unknown = kind === messageKind && payload !== null ? parseJson(payload) : null;
  const id = isJsonObject(said) ? said["reply_to"] : null;
  return typeof id === "string" ? id : null;
}
