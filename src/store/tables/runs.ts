import { CordError } from "../../core/error.ts";
import { RunOptions } from "../../core/run.ts";
import type { RunLimit } from "../../core/words.ts";
import { numberOf } from "./one-row.ts";
import { joined, term, whereOf } from "../lists/conditions.ts";
import { appendRunEvent } from "./events.ts";
import type { Tx, Value } from "../store.ts";

export interface RunRow {
  id: string;
  goal: string;
  project: string | null;
  cwd: string | null;
  options: string;
  root_id: string;
  nodes: number;
  spent_usd: number;
  /** the part of it that syntheses have spent */
  synthesis_usd: number;
  /** input and output of all attempts */
  spent_tokens: number;
  /** the part of it that syntheses have spent */
  synthesis_tokens: number;
  /** whose allowance its agents use, as its engine names it */
  account: string | null;
  /** why it is parked, and until when, as JSON; see core/account.ts */
  parked: string | null;
  limit_hit: RunLimit | null;
  /** runs are listed by it: the wall clock may be set back */
  ordinal: number;
  created_at: number;
  ended_at: number | null;
}

export async function insertRun(
  tx: Tx,
  run: Pick<RunRow, "id" | "goal" | "project" | "cwd" | "root_id"> & { options: RunOptions },
  now: number,
): Promise<void> {
  await tx.run(
    `INSERT INTO runs (id, goal, project, cwd, options, root_id, nodes, created_at, ordinal)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, (SELECT coalesce(max(ordinal), 0) + 1 FROM runs))`,
    run.id,
    run.goal,
    run.project,
    run.cwd,
    JSON.stringify(run.options),
    run.root_id,
    now,
  );
  await appendRunEvent(tx, run, now, { type: "run.created", data: {} });
}

export function findRun(tx: Tx, id: string): Promise<RunRow | null> {
  return tx.get<RunRow>("SELECT * FROM runs WHERE id = ?", id);
}

/** The run with this id or unique prefix. Throws `not_found`, or `conflict` for a prefix of several. */
export async function getRun(tx: Tx, id: string): Promise<RunRow> {
  const exact = await findRun(tx, id);
  if (exact) return exact;
  const prefix = id.toLowerCase();
  const rows =
    id.length < 4
      ? []
      : await tx.all<RunRow>("SELECT * FROM runs WHERE id >= ? AND id < ? LIMIT 6", prefix, `${prefix}g`);
  if (rows.length > 1) {
    throw new CordError(
      "conflict",
      `${id} fits more than one run: ${rows.map((row) => row.id).join(", ")}. Give more of the id.`,
    );
  }
  const [only] = rows;
  if (!only) throw new CordError("not_found", `There is no run ${id}. "cord runs" lists them.`);
  return only;
}

/**
 * The newest run. Where a project is given it is one of that, and only if it has none the newest of those that belong to no
 * project. Throws `not_found` if there is none.
 */
export async function latestRun(tx: Tx, project: string | undefined): Promise<RunRow> {
  const own = await tx.get<RunRow>(
    "SELECT * FROM runs WHERE project = ? ORDER BY ordinal DESC LIMIT 1",
    project ?? null,
  );
  const [row] = own ? [own] : await listRuns(tx, project, 1);
  if (!row) throw new CordError("not_found", 'There is no run here yet. Start one with "cord run".');
  return row;
}

/** open: those that are not over. endedBefore: those that were over by then. */
interface Which {
  open?: boolean;
  endedBefore?: number | null;
}

/** Runs of a project, and those of none; of all where none is given. The newest first. */
export function listRuns(
  tx: Tx,
  project: string | undefined,
  limit: number,
  { open = false, endedBefore = null }: Which = {},
): Promise<RunRow[]> {
  const some = [
    ...(project === undefined ? [] : [term("(project = ? OR project IS NULL)", project)]),
    ...(open ? [term("ended_at IS NULL")] : []),
    ...(endedBefore === null ? [] : [term("ended_at < ?", endedBefore)]),
  ];
  const where = joined(some);
  return tx.all<RunRow>(
    `SELECT * FROM runs ${whereOf(where)} ORDER BY ordinal DESC LIMIT ?`,
    ...where.values,
    limit,
  );
}

/**
 * The open runs of a project, newest first; if it has none, those that belong to no project. All open runs if no
 * project is given.
 */
export async function openRunsOf(tx: Tx, project: string | undefined): Promise<RunRow[]> {
  const open = await listRuns(tx, project, maxOpen, { open: true });
  const own = open.filter((run) => run.project === project);
  return own.length === 0 ? open : own;
}

const maxOpen = 100;

/** The number of the run's next node. */
export function takeNumber(tx: Tx, runId: string): Promise<number> {
  return numberOf(tx, "UPDATE runs SET nodes = nodes + 1 WHERE id = ? RETURNING nodes AS n", runId);
}

/** Written once: the first limit that cut the run short. */
export async function noteLimit(tx: Tx, runId: string, limit: RunLimit): Promise<void> {
  await tx.run("UPDATE runs SET limit_hit = coalesce(limit_hit, ?) WHERE id = ?", limit, runId);
}

/** The next engine has the run's time anew. */
export async function forgetTimeLimit(tx: Tx, runId: string): Promise<void> {
  await tx.run("UPDATE runs SET limit_hit = NULL WHERE id = ? AND limit_hit = 'time'", runId);
}

export async function setOptions(tx: Tx, runId: string, options: RunOptions): Promise<void> {
  await tx.run("UPDATE runs SET options = ? WHERE id = ?", JSON.stringify(options), runId);
}

/** Its project has moved: it is listed there from now on, and its agents work there. */
export async function moveRun(
  tx: Tx,
  runId: string,
  { cwd, project }: Pick<RunRow, "project"> & { cwd: string },
): Promise<void> {
  await tx.run("UPDATE runs SET cwd = ?, project = ? WHERE id = ?", cwd, project, runId);
}

export function optionsOf(run: Pick<RunRow, "options">): RunOptions {
  return RunOptions.parse(JSON.parse(run.options));
}

/** Which of these are runs, whether each is over, and whether an engine works on it. */
export function whetherOver(
  tx: Tx,
  ids: readonly string[],
): Promise<(Pick<RunRow, "id" | "ended_at"> & { present: 0 | 1 })[]> {
  return tx.all(
    `SELECT id, ended_at, EXISTS (SELECT 1 FROM engines WHERE engines.run_id = runs.id) AS present
     FROM runs WHERE id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
}

export async function countOpenRuns(tx: Tx, project: string | undefined): Promise<number> {
  const where = project === undefined ? "" : "AND (project = ? OR project IS NULL)";
  const values: Value[] = project === undefined ? [] : [project];
  return numberOf(tx, `SELECT count(*) AS n FROM runs WHERE ended_at IS NULL ${where}`, ...values);
}
