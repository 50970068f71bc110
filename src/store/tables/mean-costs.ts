import { modelFor } from "../../core/run-models.ts";
import type { Tx } from "../store.ts";
import { optionsOf, type RunRow } from "./runs.ts";

/** So many of the newest runs are looked at, and so many attempts. */
const maxRuns = 50;
const maxAttempts = 5000;

interface MeanCost {
  usd: number;
  /** of how many nodes that is known */
  nodes: number;
}

/** What a node cost in the mean, without what was created below it, by the model that was asked for. The root is none of them. */
export async function meanCosts(tx: Tx, agent: string): Promise<ReadonlyMap<string | null, MeanCost>> {
  const runs = await tx.all<RunRow>(`SELECT * FROM runs ORDER BY ordinal DESC LIMIT ${maxRuns}`);
  const options = new Map(runs.map((run) => [run.id, optionsOf(run)]));
  const spent = await tx.all<{
    run_id: string;
    path: string;
    model: string | null;
    agent: string | null;
    usd: number;
  }>(
    `WITH spent AS (
       SELECT task_id, sum(usd) AS usd FROM (
         SELECT task_id, usd FROM attempts
         WHERE run_id IN (SELECT value FROM json_each(?)) AND state = 'ended' AND usd > 0 LIMIT ${maxAttempts}
       ) GROUP BY task_id
     )
     SELECT tasks.run_id, tasks.path, tasks.model, tasks.agent, spent.usd
     FROM spent JOIN tasks ON tasks.id = spent.task_id
     WHERE tasks.parent_id IS NOT NULL AND tasks.state = 'completed'`,
    JSON.stringify(runs.map(({ id }) => id)),
  );
  const sums = new Map<string | null, MeanCost>();
  for (const row of spent) {
    const ran = options.get(row.run_id);
    if (ran === undefined || (row.agent ?? ran.agent) !== agent) continue;
    const model = row.model ?? modelFor(ran, { isRoot: false, path: row.path, phase: "work" });
    const { usd, nodes } = sums.get(model) ?? { usd: 0, nodes: 0 };
    sums.set(model, { usd: usd + row.usd, nodes: nodes + 1 });
  }
  return new Map([...sums].map(([model, { usd, nodes }]) => [model, { usd: usd / nodes, nodes }]));
}
