import { CordError } from "../../core/error.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { chainOf } from "../../core/tree.ts";
import { becameOf, finalStates, isLost, nodeName } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import type { NodeRow } from "../tables/node-row.ts";
import { getNode } from "../tables/nodes.ts";

/**
 * The nodes that a new child of a parent is to need. Throws `not_found`, and `conflict` for those whose results it cannot come
 * to have.
 */
export async function resolveNeeds(
  tx: Tx,
  runId: string,
  parent: NodeRow,
  numbers: readonly number[],
): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  const ancestors = chainOf(parent.path);
  for (const number of new Set(numbers)) {
    const row = await getNode(tx, runId, number);
    const name = nodeName(number);
    if (ancestors.includes(number)) {
      throw new CordError(
        "conflict",
        `${name} is an ancestor: it waits for its children, so none of them can need it. Put what it knows into the prompt.`,
      );
    }
    if (isLost(row.state)) {
      throw new CordError(
        "conflict",
        `${name} ${becameOf(row.state)} and will never have a result. Leave it out of needs, or create a replacement first.`,
      );
    }
    rows.push(row);
  }
  if (rows.length > 0) {
    await refuseDeadlock(tx, rows, parent);
    await refuseRacers(tx, rows, parent);
  }
  return rows;
}

/**
 * A node waits for its needs and its children. A need that waits, over any path, for an ancestor of the new node
 * would be a deadlock.
 */
async function refuseDeadlock(tx: Tx, needs: readonly NodeRow[], parent: NodeRow): Promise<void> {
  const stuck = await tx.get<{ number: number }>(
    `WITH RECURSIVE waits (id) AS (
       SELECT value FROM json_each(?)
       UNION
       SELECT tasks.id FROM waits JOIN tasks ON tasks.parent_id = waits.id
       WHERE tasks.state NOT IN ('completed', 'failed', 'cancelled')
       UNION
       SELECT tasks.id FROM waits JOIN needs ON needs.task_id = waits.id JOIN tasks ON tasks.id = needs.need_id
       WHERE tasks.state NOT IN ('completed', 'failed', 'cancelled')
     )
     SELECT tasks.number AS number FROM waits JOIN tasks ON tasks.id = waits.id
     WHERE tasks.run_id = ? AND tasks.number IN (SELECT value FROM json_each(?)) LIMIT 1`,
    JSON.stringify(needs.filter((need) => !finalStates.includes(need.state)).map((need) => need.id)),
    parent.run_id,
    JSON.stringify(chainOf(parent.path)),
  );
  if (stuck) {
    throw new CordError(
      "conflict",
      `These needs would wait for each other for ever: one of them waits for ${nodeName(stuck.number)}, which waits for you. Leave it out.`,
    );
  }
}

/** What another of its siblings may make needless would leave who needs it with nothing. Their parent always has a result, or none. */
async function refuseRacers(tx: Tx, needs: readonly NodeRow[], parent: NodeRow): Promise<void> {
  const own = chainOf(parent.path);
  for (const need of needs.filter(({ state }) => state !== "completed")) {
    for (const above of chainOf(need.path).slice(0, -1)) {
      if (own.includes(above)) continue;
      const race = await getNode(tx, parent.run_id, above);
      if (nodeOptionsOf(race).resolve !== "any") continue;
      const [name, other] = [nodeName(need.number), nodeName(above)];
      throw new CordError(
        "conflict",
        `${name} is stopped if another child of ${other} completes first. Need ${other} instead: it has the result of the first.`,
      );
    }
  }
}

/** What a child of a serial node comes after: the one before it, unless that will have no result. */
export async function siblingBefore(tx: Tx, parent: NodeRow): Promise<number[]> {
  if (nodeOptionsOf(parent).type !== "serial") return [];
  const [before] = await tx.all<{ number: number }>(
    `SELECT number FROM tasks WHERE parent_id = ? AND kind <> 'ask' AND state NOT IN ('failed', 'cancelled') AND proposed >= 0
     ORDER BY number DESC LIMIT 1`,
    parent.id,
  );
  return before === undefined ? [] : [before.number];
}
