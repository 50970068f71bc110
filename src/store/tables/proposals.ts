import { proposal } from "../../core/proposal.ts";
import type { Tx } from "../store.ts";
import { appendRunEvent } from "./events.ts";
import { asNode, type NodeRow } from "./node-row.ts";
import { readyNodes } from "./nodes.ts";
import { openAsks } from "./questions.ts";
import { getRun } from "./runs.ts";
import { nodeFigures } from "./task-counts.ts";
import type { TaskRow } from "./task-row.ts";

/** The nodes of a node's plan that wait for a person, with theirs, in the order of their numbers. */
export async function proposedBelow(tx: Tx, { id }: Pick<NodeRow, "id">): Promise<NodeRow[]> {
  const rows = await tx.all<TaskRow>(
    `WITH RECURSIVE plan (id) AS (
       SELECT id FROM tasks WHERE parent_id = ? AND proposed > 0
       UNION
       SELECT tasks.id FROM plan JOIN tasks ON tasks.parent_id = plan.id WHERE tasks.proposed > 0
     )
     SELECT tasks.* FROM plan JOIN tasks ON tasks.id = plan.id ORDER BY tasks.number`,
    id,
  );
  return rows.map(asNode);
}

/** The nodes of a run that have handed in a plan which waits for a person, in the order of their numbers. */
export async function planners(tx: Tx, runId: string): Promise<NodeRow[]> {
  if ((await nodeFigures(tx, runId)).proposed === 0) return [];
  const rows = await tx.all<TaskRow>(
    `SELECT * FROM tasks WHERE state IN ('waiting', 'paused') AND proposed = 0 AND id IN (
       SELECT parent_id FROM tasks WHERE run_id = ? AND proposed > 0 AND state IN ('pending', 'paused', 'waiting')
     ) ORDER BY number`,
    runId,
  );
  return rows.map(asNode);
}

/** Whether nothing of a run goes on until a person has approved a plan, as far as the database tells. */
export async function isHeldUp(tx: Tx, runId: string): Promise<boolean> {
  if ((await planners(tx, runId)).length === 0) return false;
  const working = await tx.get("SELECT 1 FROM tasks WHERE run_id = ? AND state = 'claimed' LIMIT 1", runId);
  if (working !== null || (await readyNodes(tx, runId, 1)).length > 0) return false;
  return (await openAsks(tx, runId, 1)).length === 0;
}

/** Says that a node has handed in a plan which a person has to approve, if it has. */
export async function announcePlan(tx: Tx, row: TaskRow, by: string | null, now: number): Promise<void> {
  if (row.run_id === null || row.state !== "waiting" || row.proposed !== proposal.none) return;
  if ((await nodeFigures(tx, row.run_id)).proposed === 0) return;
  const { length: children } = await proposedBelow(tx, asNode(row));
  if (children === 0) return;
  const data = { by, parent: row.number, children };
  await appendRunEvent(tx, await getRun(tx, row.run_id), now, { type: "run.proposed", data });
}
