import { CordError } from "../../core/error.ts";
import { boardNumber, isWholeId, shortId, shortLength } from "../../core/short-id.ts";
import { allStandings } from "../../core/standing.ts";
import type { Need } from "../../core/task.ts";
import type { Tx } from "../store.ts";
import {
  archivedById,
  archivedByNumber,
  archivedByPrefix,
  wasArchived,
  type ArchivedTask,
} from "./archives.ts";
import { oneRow } from "./one-row.ts";
import { selectTasks, type TaskRow } from "./task-row.ts";

/** As many matches of an ambiguous id as its refusal names. */
const maxNamed = 6;

/**
 * Finds the task that a person or program means: by its id in any case, with or without hyphens; by its number on the
 * project's board (`12` or `#12`); or by a unique beginning of the id, of four characters or more. What could be a
 * number counts as a beginning only if it is as long as those shown in lists, so that the number of no task never
 * finds another's id. Without a project a number must be unique across all. Null if there is none; `conflict` lists
 * the matches of an ambiguous name.
 */
export async function findTask(tx: Tx, named: string, project?: string | null): Promise<TaskRow | null> {
  const id = named.trim();
  const exact = await tx.get<TaskRow>(byIdSql, id);
  if (exact) return exact;
  const number = boardNumber(id);
  if (number !== null) {
    const numbered = await withNumber(tx, number, project ?? undefined);
    if (numbered.length > 0) return only(id, numbered, "Give its id, or call from its project.");
    if (id.length < shortLength) return null;
  }
  const canonical = canonicalId(id);
  if (canonical === null) return null;
  return only(id, await withPrefix(tx, canonical), "Give more of the id.");
}

const byIdSql = `${selectTasks} WHERE id = ?`;

/** The task at an ordinal that a list has found. */
export function taskAt(tx: Tx, ordinal: number): Promise<TaskRow> {
  return oneRow<TaskRow>(tx, `${selectTasks} WHERE ordinal = ?`, ordinal);
}

/** As findTask; throws `not_found` if there is none, and says of one that was archived where it is. */
export async function getTask(tx: Tx, id: string, project?: string | null): Promise<TaskRow> {
  const row = await findTask(tx, id, project);
  if (!row) throw await missingTask(tx, id, project);
  return row;
}

/** The refusal of a name that is no task's here: it may be one's that was archived. */
export async function missingTask(tx: Tx, id: string, project?: string | null): Promise<CordError> {
  const archived = await findArchived(tx, id, project);
  return archived === null ? noTask(id) : wasArchived(archived);
}

/** The archived task that a name means, by the rules of findTask. Ask for it where no task here has the name. */
export async function findArchived(
  tx: Tx,
  named: string,
  project?: string | null,
): Promise<ArchivedTask | null> {
  const id = named.trim();
  const exact = await archivedById(tx, id);
  if (exact) return exact;
  const number = boardNumber(id);
  if (number !== null) {
    const numbered = await archivedByNumber(tx, number, project ?? undefined, maxNamed);
    if (numbered.length > 0) return onlyArchived(id, numbered, "Give its id, or call from its project.");
    if (id.length < shortLength) return null;
  }
  const canonical = canonicalId(id);
  if (canonical === null) return null;
  return onlyArchived(id, await archivedByPrefix(tx, canonical, maxNamed), "Give more of the id.");
}

function onlyArchived(id: string, matches: readonly ArchivedTask[], fix: string): ArchivedTask | null {
  if (matches.length <= 1) return matches[0] ?? null;
  const list = matches.map((match) => match.id).join(", ");
  throw new CordError("conflict", `${id} fits more than one archived task: ${list}. ${fix}`);
}

/** The refusal of an id that is no task's. */
export function noTask(id: string): CordError {
  const none = `There is no task ${id}.`;
  return new CordError("not_found", `${none} ${tasksThereAre.message}`, {
    toAgents: `${none} ${tasksThereAre.toAgents}`,
  });
}

/** How to see the tasks there are: by a command, and by a tool. */
export const tasksThereAre = {
  message: `See "cord tasks --all" for those there are.`,
  toAgents: "tasks_list shows those there are.",
} as const;

/** The ids of what may be ids, numbers and prefixes; one that is no task's stays as it is. */
export async function wholeIds(tx: Tx, ids: readonly string[], project?: string): Promise<string[]> {
  const whole: string[] = [];
  for (const id of ids) whole.push(isWholeId(id) ? id : ((await findTask(tx, id, project))?.id ?? id));
  return whole;
}

/** Whether this is a short name of a task, its number or the beginning of its id, which only somebody who saw the task has. */
export function isShortName(id: string): boolean {
  if (/^#?\d+$/.test(id.trim())) return true;
  const canonical = canonicalId(id.trim());
  return canonical !== null && !isWholeId(canonical);
}

/** An id, or the beginning of one, as ids are written: lower case and with hyphens. Null for what cannot be one. */
function canonicalId(id: string): string | null {
  const digits = /^(?:urn:uuid:)?\{?([0-9a-f-]{4,36})\}?$/i.exec(id)?.[1]?.replaceAll("-", "").toLowerCase();
  if (digits === undefined || digits.length < 4 || digits.length > 32) return null;
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ];
  return groups.filter((group) => group !== "").join("-");
}

function only(id: string, matches: readonly TaskRow[], fix: string): TaskRow | null {
  if (matches.length <= 1) return matches[0] ?? null;
  const list = matches.map((match) => `${match.id} ${match.name}`).join(", ");
  throw new CordError("conflict", `${id} fits more than one task: ${list}. ${fix}`);
}

function withPrefix(tx: Tx, prefix: string): Promise<TaskRow[]> {
  return tx.all<TaskRow>(
    "SELECT * FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
    prefix,
    `${prefix}g`,
    maxNamed,
  );
}

async function withNumber(tx: Tx, number: number, project: string | undefined): Promise<TaskRow[]> {
  const sql = "SELECT * FROM tasks WHERE run_id IS NULL AND number = ?";
  if (project === undefined) return tx.all<TaskRow>(`${sql} LIMIT ?`, number, maxNamed);
  return [
    ...(await tx.all<TaskRow>(`${sql} AND project = ? LIMIT ?`, number, project, maxNamed)),
    ...(await tx.all<TaskRow>(`${sql} AND project IS NULL LIMIT ?`, number, maxNamed)),
  ];
}

/**
 * The next number of the board's tasks: one that no task has which a project sees that sees the new one. What has no
 * project is seen by all, so its number is new in all of them.
 */
export async function takeBoardNumber(tx: Tx, project: string | null): Promise<number> {
  if (tx.counters.size > maxCounters) tx.counters.clear();
  const highest = await counted(tx, "number", () =>
    tx.get("SELECT number FROM tasks WHERE run_id IS NULL ORDER BY number DESC LIMIT 1"),
  );
  const latest =
    project === null ? highest : Math.max(await latestNumber(tx, null), await latestNumber(tx, project));
  const number = latest + 1;
  tx.counters.set("number", Math.max(highest, number));
  tx.counters.set(numberOf(project), number);
  return number;
}

const maxCounters = 1000;

function numberOf(project: string | null): string {
  return project === null ? "number of everybody" : `number in ${project}`;
}

/** Whether the next number of its project follows from this task's. */
export async function isNewestOfProject(
  tx: Tx,
  { number, project }: Pick<TaskRow, "number" | "project">,
): Promise<boolean> {
  return number >= (await latestNumber(tx, project));
}

/** The newest task of a project has its highest number. */
function latestNumber(tx: Tx, project: string | null): Promise<number> {
  return counted(tx, numberOf(project), () =>
    tx.get(
      `SELECT number FROM tasks WHERE ordinal = (
         SELECT max((SELECT max(ordinal) FROM tasks WHERE run_id IS NULL AND project IS ? AND standing = value))
         FROM json_each(?))`,
      project,
      JSON.stringify(allStandings),
    ),
  );
}

async function counted(
  { counters }: Tx,
  name: string,
  look: () => Promise<{ number: number } | null>,
): Promise<number> {
  const number = counters.get(name) ?? (await look())?.number ?? 0;
  counters.set(name, number);
  return number;
}

/** Each id as short as a person may type it, in the same order. */
export async function shortIdsOf(tx: Tx, ids: readonly string[], now: number): Promise<string[]> {
  const short: string[] = [];
  for (const id of ids) {
    const row = await tx.get<{ before: string | null; after: string | null }>(
      "SELECT (SELECT max(id) FROM tasks WHERE id < ?) AS before, (SELECT min(id) FROM tasks WHERE id > ?) AS after",
      id,
      id,
    );
    const neighbours = { before: row?.before ?? undefined, after: row?.after ?? undefined };
    short.push(shortId(id, neighbours, now));
  }
  return short;
}

/** As many of its needs as a blocked task names. */
const maxBlockers = 5;

/** What a blocked task still waits for. */
export function blockersOf(tx: Tx, id: string): Promise<Blocker[]> {
  return tx.all<Blocker>(
    `SELECT tasks.id, tasks.name, tasks.state, tasks.number FROM needs JOIN tasks ON tasks.id = needs.need_id
     WHERE needs.task_id = ? AND tasks.state <> 'completed' ORDER BY tasks.ordinal LIMIT ?`,
    id,
    maxBlockers,
  );
}

type Blocker = Pick<TaskRow, keyof Need>;
