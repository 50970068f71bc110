import { enginePrefix, type State } from "../../core/words.ts";
import type { Tx, Value } from "../store.ts";
import { numberOf, oneRow } from "./one-row.ts";

/** How many nodes of a run are complete, and how many were lost: failed, or cancelled without that anybody stopped them. */
export async function nodeFigures(tx: Tx, runId: string): Promise<{ done: number; lost: number }> {
  const counts = await tx.all<{ state: State; kind: string; stopped: number; n: number }>(
    `SELECT state, kind, stopped_by IS NOT NULL AS stopped, count(*) AS n FROM tasks
     WHERE run_id = ? GROUP BY state, kind, stopped_by IS NOT NULL`,
    runId,
  );
  const figures = { done: 0, lost: 0 };
  for (const { state, kind, stopped, n } of counts) {
    if (state === "completed") figures.done += n;
    else if (kind !== "ask" && (state === "failed" || (state === "cancelled" && stopped === 0)))
      figures.lost += n;
  }
  return figures;
}

/**
 * How many attempts of a run are at work; for how long at least one was, until now: pauses between them do not count, and
 * what runs side by side counts once; and whether some of the cost is an estimate.
 */
export async function workFigures(
  tx: Tx,
  runId: string,
  now: number,
): Promise<{ agents: number; worked_ms: number; estimated: boolean }> {
  const figures = await oneRow<{ agents: number; worked_ms: number; estimated: number }>(
    tx,
    `WITH spans AS (
       SELECT started_at AS began, state, estimated,
         CASE WHEN state = 'running' THEN ? ELSE coalesce(ended_at, started_at) END AS ended
       FROM attempts WHERE run_id = ? AND engine IS NOT NULL
     ), reached AS (
       SELECT *, max(ended) OVER (ORDER BY began, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
       FROM spans
     )
     SELECT
       coalesce(sum(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0) AS agents,
       coalesce(sum(CASE WHEN before IS NULL OR before <= began THEN CASE WHEN ended > began THEN ended - began ELSE 0 END
                WHEN ended > before THEN ended - before ELSE 0 END), 0) AS worked_ms,
       coalesce(max(estimated), 0) AS estimated
     FROM reached`,
    now,
    runId,
  );
  return { ...figures, estimated: figures.estimated === 1 };
}

/** How many agents engines have at work on nodes: of a project's runs and those of none, or of all. */
export function countAgentsInRuns(tx: Tx, project: string | undefined): Promise<number> {
  const where = project === undefined ? "" : "AND (project = ? OR project IS NULL)";
  const values: Value[] = project === undefined ? [] : [project];
  return numberOf(
    tx,
    `SELECT count(*) AS n FROM tasks
     WHERE state = 'claimed' AND run_id IS NOT NULL AND claimed_by LIKE '${enginePrefix}%' ${where}`,
    ...values,
  );
}
