import { isBesideTasks, type Event } from "../core/event.ts";
import { activitiesOf, activityLine, agentHeader, lastActivity } from "./agent-log.ts";
import type { Folder } from "./folder.ts";
import { headOf } from "./markdown.ts";
import { agentNoteName } from "./names.ts";
import type { NotePaths } from "./note-paths.ts";
import { runNote } from "./run-note.ts";
import type { Birth, RunRecord, Source, TaskRecord } from "./source.ts";
import { referencesOf, taskNote } from "./task-note.ts";

/** What a projection needs, and where it reports a note that it may not write. */
export interface Drawing {
  folder: Folder;
  notes: NotePaths;
  source: Source;
  complain(sentence: string): void;
}

/** Few, since a result can be a megabyte, and a read keeps the store from its commits. */
const readAtOnce = 50;
const writtenAtOnce = 16;
const tailBytes = 65_536;

/**
 * Updates the notes that a batch of events touches. Doing it twice changes nothing: a note is drawn from the
 * database, and a log knows by the seqs in it what it has. After a crash in between, the next try completes it.
 */
export async function project(drawing: Drawing, events: readonly Event[]): Promise<void> {
  const taskIds = idsIn(events, (event) => (touchesTask(event) ? event.task_id : null));
  await namePaths(
    drawing,
    idsIn(events, (event) => event.task_id),
  );
  for (let from = 0; from < taskIds.length; from += readAtOnce) {
    const records = await drawing.source.tasks(taskIds.slice(from, from + readAtOnce));
    await atOnce(records, (record) => writeTask(drawing, record));
  }
  const upTo = events.at(-1)?.seq ?? 0;
  for (const id of idsIn(events, (event) => event.run_id)) {
    const run = await drawing.source.run(id);
    if (run) await writeRun(drawing, run, upTo);
  }
  await atOnce([...logsOf(drawing, events)], ([agent, lines]) => writeLog(drawing, agent, lines));
}

function idsIn(events: readonly Event[], idOf: (event: Event) => string | null): string[] {
  return [...new Set(events.map(idOf).filter((id) => id !== null))];
}

/** An attempt shows in its run's note only; what leaves a task as it was, in logs only. */
function touchesTask(event: Event): boolean {
  return event.type.startsWith("task.") && !isBesideTasks(event);
}

/** In the order of their ids' first events, before any of them is written: so each gets the same name again. */
async function namePaths({ notes, source }: Drawing, ids: readonly string[]): Promise<void> {
  const births = await source.births(ids.filter((id) => notes.known(id) === undefined));
  for (const birth of births.toSorted((a, b) => a.seq - b.seq)) await notes.pathFor("tasks", birth);
}

async function writeTask({ folder, notes, source, complain }: Drawing, record: TaskRecord): Promise<void> {
  const { task } = record;
  const path = notes.known(task.id);
  if (path === undefined)
    return complain(`there is no free name for the note of task ${task.id}; it is left out.`);
  const references = referencesOf(task).map(({ id }) => id);
  const referred =
    references.length === 0 ? new Map<string, Birth>() : await source.referred(task.id, references);
  const paths = new Map<string, string>();
  for (const [reference, birth] of referred) {
    const referredPath = await notes.pathFor("tasks", birth);
    if (referredPath !== null) paths.set(reference, referredPath);
  }
  const text = taskNote(record, (reference) => paths.get(reference) ?? null, agentPath);
  await writeNote({ folder, complain }, path, task.id, text);
  if (task.kind === "decision")
    await writeNote({ folder, complain }, path.replace("tasks/", "decisions/"), task.id, text);
}

/** A node that began after the batch is left to a later one, so that names are given in the order of the beginnings. */
async function writeRun(
  { folder, notes, source, complain }: Drawing,
  run: RunRecord,
  upTo: number,
): Promise<void> {
  const path = await notes.pathFor("runs", { id: run.id, at: run.created, name: run.goal });
  if (path === null) return complain(`there is no free name for the note of run ${run.id}; it is left out.`);
  const strangers = run.nodes.map(({ id }) => id).filter((id) => notes.known(id) === undefined);
  const births = strangers.length === 0 ? [] : await source.births(strangers);
  for (const birth of births.toSorted((a, b) => a.seq - b.seq))
    if (birth.seq <= upTo) await notes.pathFor("tasks", birth);
  const nodes = run.nodes.filter(({ id }) => notes.known(id) !== undefined);
  const text = runNote({ ...run, nodes }, (id) => notes.known(id) ?? null);
  await writeNote({ folder, complain }, path, run.id, text);
}

async function writeNote(
  { folder, complain }: Pick<Drawing, "folder" | "complain">,
  path: string,
  id: string,
  text: string,
): Promise<void> {
  if ((await folder.inspect(`${path}.md`, headOf(id))) === "foreign")
    return complain(`${path}.md is not cord's; it is left as it is.`);
  await folder.write(`${path}.md`, text);
}

interface Line {
  seq: number;
  text: string;
}

/** One line an event at most: by its seq a log knows whether it holds it. */
function logsOf({ notes }: Drawing, events: readonly Event[]): Map<string, Line[]> {
  const logs = new Map<string, Line[]>();
  for (const event of events) {
    const path = event.task_id === null ? null : (notes.known(event.task_id) ?? null);
    for (const activity of activitiesOf(event)) {
      const lines = logs.get(activity.agent) ?? [];
      if (lines.at(-1)?.seq === event.seq) continue;
      lines.push({ seq: event.seq, text: activityLine(event, activity, path) });
      logs.set(activity.agent, lines);
    }
  }
  return logs;
}

/** Goes on behind the last whole line: a crash can have cut one, or have come between the log and the cursor. */
async function writeLog({ folder, complain }: Drawing, agent: string, lines: readonly Line[]): Promise<void> {
  const path = `${agentPath(agent)}.md`;
  const header = agentHeader(agent);
  const found = await folder.inspect(path, header);
  if (found === "foreign") return complain(`${path} is not cord's; it is left as it is.`);
  if (found === "free") return folder.write(path, header + textOf(lines));
  const tail = await folder.tail(path, tailBytes);
  const last = tail && lastActivity(tail.text);
  const end = last ? tail.from + last.end : Buffer.byteLength(header);
  const news = lines.filter(({ seq }) => last === null || seq > last.seq);
  if (news.length > 0) await folder.writeFrom(path, end, textOf(news));
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join("");
}

function agentPath(agent: string): string {
  return `agents/${agentNoteName(agent)}`;
}

/** Ends only when no work is under way, so that a next try meets none of it. Throws the first failure. */
async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  const workers = Array.from({ length: Math.min(writtenAtOnce, items.length) }, worker);
  for (const ended of await Promise.allSettled(workers)) if (ended.status === "rejected") throw ended.reason;
}
