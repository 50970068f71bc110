import { CheckRun, type CheckReport } from "../../core/check.ts";
import { nodeBounds } from "../../core/limits.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import type { Tx } from "../store.ts";
import { appendTaskEvent } from "../tables/events.ts";
import { getRun, optionsOf } from "../tables/runs.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { time } from "../tables/time.ts";

/** The shell command that has to pass before a node's result counts; null: none. The root's is its run's, if that has one. */
export async function checkOf(tx: Tx, row: TaskRow): Promise<string | null> {
  if (row.run_id === null) return null;
  const own = nodeOptionsOf(row).check ?? null;
  return row.parent_id === null ? (optionsOf(await getRun(tx, row.run_id)).check ?? own) : own;
}

/** Whether what a node hands in now is no result but a decomposition: it has children whose results it was not given. */
export function handsOutWork({
  children,
  open_children,
  seen_children,
}: Pick<TaskRow, "children" | "open_children" | "seen_children">): boolean {
  return open_children > 0 || children > seen_children;
}

/** The check of what a node hands in now; null: it counts as it is. */
export async function checkDue(tx: Tx, row: TaskRow): Promise<string | null> {
  return handsOutWork(row) ? null : checkOf(tx, row);
}

/**
 * Keeps a run of an attempt's check, and says so. Resolves to how many results of it its checks have refused, and the
 * event's seq.
 */
export async function noteCheck(
  tx: Tx,
  row: TaskRow,
  report: CheckReport,
  now: number,
): Promise<{ refusals: number; seq: number }> {
  const run: CheckRun = { ...report, at: time(now) };
  const runs = [...(await checksOf(tx, row)), run].slice(-nodeBounds.checks);
  await tx.run(
    "UPDATE attempts SET checks = ? WHERE task_id = ? AND epoch = ?",
    JSON.stringify(runs),
    row.id,
    row.epoch,
  );
  const { command, code, verdict, output } = report;
  const seq = await appendTaskEvent(tx, row, now, {
    type: "attempt.checked",
    data: { attempt: row.epoch, command, code, verdict, output },
  });
  return { refusals: runs.filter((each) => each.verdict === "failed").length, seq };
}

/**
 * How this check went last, of what earlier attempts handed in; null where that is nothing to mend any more, or the next
 * thing that one of them handed in was a decomposition. Its agent may have been cut off before it was told.
 */
export async function refusalOf(tx: Tx, row: TaskRow, check: string): Promise<CheckRun | null> {
  const attempt = await tx.get<{ checks: string | null; said: string | null }>(
    `SELECT checks, said FROM attempts WHERE task_id = ? AND epoch < ? AND (checks IS NOT NULL OR said IS NOT NULL)
     ORDER BY epoch DESC LIMIT 1`,
    row.id,
    row.epoch,
  );
  if (attempt === null || attempt.said !== null) return null;
  const last = readChecks(attempt.checks).at(-1);
  return last?.verdict === "failed" && last.command === check ? last : null;
}

async function checksOf(tx: Tx, { id, epoch }: TaskRow): Promise<CheckRun[]> {
  const attempt = await tx.get<{ checks: string | null }>(
    "SELECT checks FROM attempts WHERE task_id = ? AND epoch = ?",
    id,
    epoch,
  );
  return readChecks(attempt?.checks ?? null);
}

/** The checks of an attempt, as its row holds them. */
export function readChecks(checks: string | null): CheckRun[] {
  return checks === null ? [] : CheckRun.array().parse(JSON.parse(checks));
}
