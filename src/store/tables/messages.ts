import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import { limits } from "../../core/limits.ts";
import { StoredArtifact, StoredMessage, type Message } from "../../core/message.ts";
import type { Tx } from "../store.ts";
import { numberOf } from "./one-row.ts";
import { time } from "./time.ts";

interface MessageRow {
  seq: number;
  at: number;
  by: string | null;
  message: string;
}

/** Keeps a message with its task, under the seq of the event that it came with. */
export async function addMessage(
  tx: Tx,
  { id, seq }: { id: string; seq: number },
  { by, message }: { by: string | null; message: Message },
  now: number,
): Promise<void> {
  await tx.run(
    "INSERT INTO messages (task_id, seq, at, by, message) VALUES (?, ?, ?, ?, ?)",
    id,
    seq,
    now,
    by,
    JSON.stringify(message),
  );
}

/** Throws `limit` when a task has no room for another message: agents decide how many there are. */
export async function requireRoom(tx: Tx, taskId: string, message: Message): Promise<void> {
  const said = await tx.get<{ n: number; bytes: number | null }>(
    "SELECT count(*) AS n, sum(octet_length(message)) AS bytes FROM messages WHERE task_id = ?",
    taskId,
  );
  const bytes = (said?.bytes ?? 0) + Buffer.byteLength(JSON.stringify(message));
  if ((said?.n ?? 0) >= limits.messages)
    throw new CordError(
      "limit",
      `This task has its ${limits.messages} messages, and takes no more. Put what is new into its result.`,
    );
  if (bytes > limits.messageBytes)
    throw new CordError(
      "limit",
      `The messages of this task would be over ${limits.messageBytes / 1_048_576} MiB. Put what is large into a file, and say its path.`,
    );
}

/** As much as one read gives of a task's messages, in bytes; it gives one at least. */
const readBytes = 1_048_576;

/** Which of a task's messages are read: those after a seq, and before one. */
interface Range {
  since?: number;
  before?: number | undefined;
}

/**
 * The newest messages of a task, the oldest of them first: so many at most, and no more than a read gives. What cannot be read is
 * left out.
 */
export async function messagesOf(
  tx: Tx,
  taskId: string,
  limit: number,
  { since = 0, before = Number.MAX_SAFE_INTEGER }: Range = {},
): Promise<StoredMessage[]> {
  if (limit === 0) return [];
  const sizes = await tx.all<{ seq: number; bytes: number }>(
    "SELECT seq, octet_length(message) AS bytes FROM messages WHERE task_id = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?",
    taskId,
    since,
    before,
    limit,
  );
  let room = readBytes;
  const fitting = sizes.filter(({ bytes }, index) => (room -= bytes) >= 0 || index === 0);
  const rows = await tx.all<MessageRow>(
    "SELECT seq, at, by, message FROM messages WHERE task_id = ? AND seq >= ? AND seq < ? ORDER BY seq",
    taskId,
    fitting.at(-1)?.seq ?? before,
    before,
  );
  return rows.flatMap((row) => storedMessage(row) ?? []);
}

/** The message that came with an event of a task; null if none did. */
export async function messageAt(tx: Tx, taskId: string, seq: number): Promise<StoredMessage | null> {
  const row = await tx.get<MessageRow>(
    "SELECT seq, at, by, message FROM messages WHERE task_id = ? AND seq = ?",
    taskId,
    seq,
  );
  return row && storedMessage(row);
}

function storedMessage({ seq, at, by, message }: MessageRow): StoredMessage | null {
  const said = { seq, at: time(at), by, ...parseJson<object>(message) };
  return StoredMessage.safeParse(said).data ?? null;
}

/** As messagesOf, of those only that are no longer than so many bytes. */
export async function shortMessagesOf(
  tx: Tx,
  taskId: string,
  limit: number,
  maxBytes: number,
): Promise<StoredMessage[]> {
  const rows = await tx.all<MessageRow>(
    "SELECT seq, at, by, message FROM messages WHERE task_id = ? AND octet_length(message) <= ? ORDER BY seq DESC LIMIT ?",
    taskId,
    maxBytes,
    limit,
  );
  return rows.toReversed().flatMap((row) => storedMessage(row) ?? []);
}

/** How many messages a task has; of those before a seq. */
export function countMessages(tx: Tx, taskId: string, before = Number.MAX_SAFE_INTEGER): Promise<number> {
  const sql = "SELECT count(*) AS n FROM messages WHERE task_id = ? AND seq < ?";
  return numberOf(tx, sql, taskId, before);
}

/** Keeps the artifacts of a task that is completed with them. */
export async function keepArtifacts(
  tx: Tx,
  taskId: string,
  artifacts: readonly StoredArtifact[],
): Promise<void> {
  await tx.run(
    "INSERT INTO artifacts (task_id, artifacts) VALUES (?, ?) ON CONFLICT (task_id) DO UPDATE SET artifacts = excluded.artifacts",
    taskId,
    JSON.stringify(artifacts),
  );
}

export async function artifactsOf(tx: Tx, taskId: string): Promise<StoredArtifact[]> {
  const row = await tx.get<{ artifacts: string }>(
    "SELECT artifacts FROM artifacts WHERE task_id = ?",
    taskId,
  );
  return row === null ? [] : z.array(StoredArtifact).parse(parseJson(row.artifacts));
}
