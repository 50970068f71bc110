import type { WorkEnded } from "../../core/run-limits.ts";
import { askKind, finalStates, type RunLimit } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, isNode, type NodeRow } from "../tables/node-row.ts";
import { nodesOf } from "../tables/nodes.ts";
import { noteLimit, type RunRow } from "../tables/runs.ts";
import { hasHandedIn } from "./hand-in.ts";
import { cancelTask, cord, handOver } from "./settle.ts";

/**
 * Ends all work of a run at a limit, so that a synthesis of what there is can follow: what works on its own, and what
 * has not begun, is cancelled; a node that has handed out work hands over to its synthesis. What has handed in its
 * result keeps it. Does nothing where no node below the root is complete: there is nothing to make a result of. A
 * crash changes nothing: it is one transaction.
 */
export async function endWork(
  tx: Tx,
  run: RunRow,
  { limit, reason }: { limit: RunLimit; reason: string },
  now: number,
): Promise<WorkEnded> {
  const rows = await nodesOf(tx, run.id);
  const isDone = (row: NodeRow) =>
    row.kind !== askKind && row.id !== run.root_id && row.state === "completed";
  if (!rows.some(isDone)) return "nothing";
  const handedOut = new Set(
    rows.flatMap(({ kind, parent_id }) => (kind === askKind ? [] : (parent_id ?? []))),
  );
  let isCut = false;
  for (const { id } of rows) {
    // an earlier step may have moved it
    const found = await getTask(tx, id);
    if (!isNode(found)) continue;
    const row = asNode(found);
    if (!isWork(row) || (await hasHandedIn(tx, row))) continue;
    isCut = true;
    if (row.state === "claimed" && handedOut.has(id))
      await handOver(tx, row, `Its work was ended: ${reason}.`, { by: row.claimed_by }, now);
    else await cancelTask(tx, row, reason, cord, now);
  }
  if (isCut) await noteLimit(tx, run.id, limit);
  return "synthesis";
}

function isWork({ state, phase, kind }: NodeRow): boolean {
  return !finalStates.includes(state) && state !== "waiting" && (phase === "work" || kind === askKind);
}
