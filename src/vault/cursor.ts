import { z } from "zod";
import type { Event } from "../core/event.ts";
import { CordError } from "../core/error.ts";
import { agentNote } from "./agent-log.ts";
import type { Folder } from "./folder.ts";
import type { Source } from "./source.ts";

/** Where the vault keeps what is its own: the cursor, and files that are being written. */
export const stateFolder = ".cord";
const cursorFile = `${stateFolder}/cursor.json`;

/** How notes are drawn. A vault of another format is drawn anew. */
const format = 1;

/**
 * How far the vault has got, stored beside the notes: a deleted vault is drawn anew, and a moved one continues. The
 * marks of the events show when the database is another one or an older copy.
 */
const Cursor = z.object({
  format: z.number(),
  seq: z.number().int().positive(),
  first: z.string(),
  last: z.string(),
});

export interface Position {
  seq: number;
  /** the mark of the first event there ever was; null before there is one */
  first: string | null;
}

/**
 * Where to continue. Throws `failed` for the vault of another database. A vault that is drawn anew first loses its
 * agents' logs, because logs are only appended to; all other notes are overwritten.
 */
export async function readPosition(folder: Folder, source: Source): Promise<Position> {
  const kept = parsed(await folder.read(cursorFile));
  const first = await eventAt(source, 1);
  if (kept && isEvent(first) && mark(first) !== kept.first) throw foreignVault();
  if (kept && first === "none") throw foreignVault();
  if (kept?.format === format && (await isDrawnTo(source, kept))) return { seq: kept.seq, first: kept.first };
  await removeLogs(folder);
  return { seq: 0, first: isEvent(first) ? mark(first) : null };
}

function foreignVault(): CordError {
  return new CordError(
    "failed",
    `it shows another database. Choose another folder, or delete its ${stateFolder} folder and it is drawn anew.`,
  );
}

/**
 * Whether the log holds the event that was drawn last, or held it. What was archived, or removed with its run, keeps its notes: a
 * vault that was not drawn for long goes on with what is there.
 */
async function isDrawnTo(source: Source, { seq, last }: z.infer<typeof Cursor>): Promise<boolean> {
  const drawn = await eventAt(source, seq);
  return isEvent(drawn) ? mark(drawn) === last : drawn === "removed";
}

/** Written after the notes: a crash between draws some of them again, and that changes nothing. */
export async function keepPosition(
  folder: Folder,
  position: Position,
  drawn: readonly [Event, ...Event[]],
): Promise<Position> {
  const last = drawn.at(-1) ?? drawn[0];
  const first = position.first ?? mark(drawn[0]);
  const cursor: z.infer<typeof Cursor> = { format, seq: last.seq, first, last: mark(last) };
  await folder.write(cursorFile, `${JSON.stringify(cursor)}\n`);
  return { seq: last.seq, first };
}

function parsed(text: string | null): z.infer<typeof Cursor> | null {
  try {
    return Cursor.parse(JSON.parse(text ?? ""));
  } catch {
    return null;
  }
}

/** The event of a seq; `none` where the log ends before it. */
async function eventAt(source: Source, seq: number): Promise<Event | "removed" | "none"> {
  const [event] = await source.events(seq - 1, 1);
  if (event === undefined) return "none";
  return event.seq === seq ? event : "removed";
}

function isEvent(found: Event | "removed" | "none"): found is Event {
  return typeof found === "object";
}

function mark(event: Event): string {
  return [event.at, event.type, event.task_id ?? event.run_id ?? event.agent ?? ""].join(" ");
}

async function removeLogs(folder: Folder): Promise<void> {
  for (const name of await folder.list("agents")) {
    const path = `agents/${name}`;
    if (agentNote.test((await folder.read(path)) ?? "")) await folder.remove(path);
  }
}
