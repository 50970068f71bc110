import { CordError } from "../../core/error.ts";
import { historyBounds } from "../../core/limits.ts";
import type { Tx } from "../store.ts";

/** A part of an archive file: lines that are compressed by themselves, so that one is read without the others. */
export interface ArchivePart {
  file: string;
  /** in bytes, within the file */
  start: number;
  bytes: number;
}

/** A task that is in the archive and no longer in the database. */
export interface ArchivedTask extends ArchivePart {
  id: string;
  project: string | null;
  number: number;
  /** when it was moved there, by the wall clock */
  at: number;
}

/** The names of the cursors: up to where the log was rolled up, and the newest event that was removed. */
export const rolledCursor = "history.rolled";
export const removedCursor = "history.removed";

const dayMs = 86_400_000;

/**
 * Notes that the daemon is there today. A clock that was set back shows that the days after today never were, and those that
 * are needed no more are forgotten. Writes only on a new day.
 */
export async function noteDay(tx: Tx, now: number): Promise<void> {
  const today = Math.floor(now / dayMs);
  const newest = await tx.get<{ day: number }>("SELECT max(day) AS day FROM seen_days");
  if (newest?.day === today) return;
  await tx.run("DELETE FROM seen_days WHERE day > ?", today);
  await tx.run("INSERT INTO seen_days (day) VALUES (?) ON CONFLICT (day) DO NOTHING", today);
  await tx.run(
    "DELETE FROM seen_days WHERE day NOT IN (SELECT day FROM seen_days ORDER BY day DESC LIMIT ?)",
    historyBounds.seenDays,
  );
}

/**
 * The time by which the history is old, in milliseconds: the beginning of the seventh last day on which a daemon was there; null:
 * there were not so many yet. A clock that is set ahead moves it only by being ahead on a week of days, one that is set right again
 * not at all.
 */
export async function settledTime(tx: Tx): Promise<number | null> {
  const days = await tx.all<{ day: number }>("SELECT day FROM seen_days ORDER BY day");
  const [seventh] = days;
  return days.length < historyBounds.seenDays || seventh === undefined ? null : seventh.day * dayMs;
}

/** The id of a part of an archive file, which is added where it is not known yet. */
export async function partId(tx: Tx, { file, start, bytes }: ArchivePart, now: number): Promise<number> {
  const known = await tx.get<{ id: number }>(
    "SELECT id FROM archive_parts WHERE file = ? AND start = ?",
    file,
    start,
  );
  if (known !== null) return known.id;
  return tx.insert(
    "INSERT INTO archive_parts (file, start, bytes, at) VALUES (?, ?, ?, ?)",
    file,
    start,
    bytes,
    now,
  );
}

/** Remembers where a task is that is removed: nothing else says that its id and its number are taken. */
export async function rememberArchived(
  tx: Tx,
  { id, project, number }: Pick<ArchivedTask, "id" | "project" | "number">,
  part: number,
): Promise<void> {
  await tx.run(
    "INSERT INTO archived_tasks (id, project, number, part) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    id,
    project,
    number,
    part,
  );
}

const archivedSql = `SELECT archived_tasks.id AS id, project, number, file, start, bytes, at
  FROM archived_tasks JOIN archive_parts ON archive_parts.id = archived_tasks.part`;

export function archivedById(tx: Tx, id: string): Promise<ArchivedTask | null> {
  return tx.get<ArchivedTask>(`${archivedSql} WHERE archived_tasks.id = ?`, id);
}

/** Those whose ids begin so. */
export function archivedByPrefix(tx: Tx, prefix: string, limit: number): Promise<ArchivedTask[]> {
  return tx.all<ArchivedTask>(
    `${archivedSql} WHERE archived_tasks.id >= ? AND archived_tasks.id < ? LIMIT ?`,
    prefix,
    `${prefix}g`,
    limit,
  );
}

/** Those of a number that a project sees; of all, without one. */
export function archivedByNumber(
  tx: Tx,
  number: number,
  project: string | undefined,
  limit: number,
): Promise<ArchivedTask[]> {
  const sql = `${archivedSql} WHERE number = ?`;
  if (project === undefined) return tx.all<ArchivedTask>(`${sql} LIMIT ?`, number, limit);
  return tx.all<ArchivedTask>(`${sql} AND (project = ? OR project IS NULL) LIMIT ?`, number, project, limit);
}

/** The refusal of a task that was archived. */
export function wasArchived({ id, number, file, at }: ArchivedTask): CordError {
  const day = new Date(at).toISOString().slice(0, 10);
  const what = `Task ${number} (${id}) ended long ago, and was moved into the archive on ${day}`;
  return new CordError("not_found", `${what}: "cord show ${id}" reads it there, in ${file}.`, {
    toAgents: `${what}.`,
    data: { archived: { id, number, file, at: new Date(at).toISOString() } },
  });
}
