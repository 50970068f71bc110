import type { Tx } from "../store.ts";
import { oneRow } from "./one-row.ts";

/**
 * How many attempts of a run are at work; for how long at least one has been, where pauses do not count and parallel
 * work counts once; and whether some of the cost is an estimate.
 */
export async function workFigures(
  tx: Tx,
  runId: string,
  now: number,
): Promise<{ agents: number; worked_ms: number; estimated: boolean; uncounted: number }> {
  const figures = await oneRow<{ agents: number; worked_ms: number; estimated: number; uncounted: number }>(
    tx,
    `WITH spans AS (
       SELECT started_at AS began, state, estimated, counted,
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
       coalesce(max(estimated), 0) AS estimated,
       coalesce(sum(CASE WHEN state <> 'running' AND counted = 0 THEN 1 ELSE 0 END), 0) AS uncounted
     FROM reached`,
    now,
    runId,
  );
  return { ...figures, estimated: figures.estimated === 1 };
}
