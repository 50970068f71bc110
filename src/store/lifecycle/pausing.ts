import { depthOf } from "../../core/tree.ts";
import { targets } from "../../core/lifecycle.ts";
import { askKind } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, type NodeRow } from "../tables/node-row.ts";
import { openBelow } from "../tables/nodes.ts";
import { announcePlan } from "../tables/proposals.ts";
import { moveTask } from "../tables/tasks.ts";
import { goOn, settleHandedIn, unheld, wakeIfAsked } from "./settle.ts";

/** The node that was named, and how many below it were moved with it. */
interface Steered {
  row: NodeRow;
  below: number;
}

/**
 * Stops a node and all that is open below it without ending them. Of a claimed one the agent is stopped by whoever runs
 * it. Questions below stay open, so that they can be answered meanwhile. Throws `conflict` where there is nothing to
 * pause.
 */
export async function pauseTree(tx: Tx, found: NodeRow, by: string, now: number): Promise<Steered> {
  const open = (await openBelow(tx, found)).filter(({ kind }) => kind !== askKind);
  let below = 0;
  // the deepest first: what one of them has handed in may complete it, and so move its parent
  for (const { id } of open.toSorted((one, other) => depthOf(other.path) - depthOf(one.path))) {
    const row = await settled(tx, id, now);
    if (targets(row.state, "pause") === undefined) continue;
    await pauseOne(tx, row, by, now);
    below += 1;
  }
  const row = await settled(tx, found.id, now);
  const isPausedAlready = row.state === "paused" && below > 0;
  return { row: isPausedAlready ? row : await pauseOne(tx, row, by, now), below };
}

function pauseOne(tx: Tx, row: NodeRow, by: string, now: number): Promise<NodeRow> {
  return moveTask(tx, row, "pause", now, unheld, { by, held: row.claimed_by });
}

/** As it is now, with what it has handed in. */
async function settled(tx: Tx, id: string, now: number): Promise<NodeRow> {
  const row = asNode(await getTask(tx, id));
  return (await settleHandedIn(tx, row, now)) ?? row;
}

/** Lets a node go on, and all that is paused below it. Throws `conflict` where nothing is paused. */
export async function resumeTree(tx: Tx, found: NodeRow, by: string, now: number): Promise<Steered> {
  const paused = (await openBelow(tx, found)).filter(({ state }) => state === "paused");
  for (const { id } of paused) {
    // read again: the resumption of one before it may have ended it
    const row = asNode(await getTask(tx, id));
    if (row.state === "paused") await resumeOne(tx, row, by, now);
  }
  const row = asNode(await getTask(tx, found.id));
  const isRunning = found.state !== "paused" && paused.length > 0;
  return { row: isRunning ? row : await resumeOne(tx, row, by, now), below: paused.length };
}

async function resumeOne(tx: Tx, row: NodeRow, by: string, now: number): Promise<NodeRow> {
  const phase = row.children > 0 ? { phase: "synthesis" as const } : {};
  const resumed = await moveTask(tx, row, "resume", now, phase, { by });
  const gone = await goOn(tx, resumed, now);
  await announcePlan(tx, gone, by, now);
  return wakeIfAsked(tx, gone, 0, now);
}
