import type { Tx } from "../store.ts";

/** So many of the newest runs are looked at, and so many attempts. */
const maxRuns = 50;
const maxAttempts = 5000;

/** What a node without its children cost in the mean, by the model that was asked for; with of how many that is known. */
export async function meanCosts(
  tx: Tx,
  agent: string,
): Promise<ReadonlyMap<string | null, { usd: number; nodes: number }>> {
  const rows = await tx.all<{ model: string | null; usd: number; nodes: number }>(
    `WITH spent AS (
       SELECT task_id, run_id, sum(usd) AS usd FROM (
         SELECT task_id, run_id, usd FROM attempts
         WHERE run_id IN (SELECT id FROM runs ORDER BY ordinal DESC LIMIT ${maxRuns}) AND state = 'ended' AND usd > 0
         LIMIT ${maxAttempts}
       ) GROUP BY task_id, run_id
     )
     SELECT coalesce(tasks.model, json_extract(runs.options, '$.model')) AS model, avg(spent.usd) AS usd, count(*) AS nodes
     FROM spent JOIN tasks ON tasks.id = spent.task_id JOIN runs ON runs.id = spent.run_id
     WHERE tasks.parent_id IS NOT NULL AND tasks.state = 'completed'
       AND coalesce(tasks.agent, json_extract(runs.options, '$.agent')) = ?
     GROUP BY 1`,
    agent,
  );
  return new Map(rows.map(({ model, usd, nodes }) => [model, { usd, nodes }]));
}
