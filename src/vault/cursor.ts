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
  const first = await markOf(source, 1);
  if (kept && kept.first !== first) {
    throw new CordError(
      "failed",
      `it shows another database. Choose another folder, or delete its ${stateFolder} folder and it is drawn anew.`,
    );
  }
  if (kept?.format === format && (await markOf(source, kept.seq)) === kept.last)
    return { seq: kept.seq, first };
  await removeLogs(folder);
  return { seq: 0, first };
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

async function markOf(source: Source, seq: number): Promise<string | null> {
  const [event] = await source.events(seq - 1, 1);
  return event?.seq === seq ? mark(event) : null;
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
