import { authorize, rootPosition, type Act, type Caller, type NodePosition } from "../core/tree.ts";
import { isNode, questionOf, type NodeRow } from "../store/tables/node-row.ts";
import type { RunRow } from "../store/tables/runs.ts";
import type { TaskRow } from "../store/tables/task-row.ts";
import type { Tx } from "../store/store.ts";

/**
 * What a call is about: a task, or else a run. A null row is a task that does not exist: nobody's authority is asked.
 */
export interface Subject {
  row?: TaskRow | null;
  run?: RunRow;
}

/** Who asks, for what, and when by the clock that never steps. */
export interface Asking {
  caller: Caller;
  act: Act;
  monotonic: number;
}

/** What an operation does, and how that is found which it does it to: in the transaction in which it is done. */
export type Authority<Input, Found extends Subject | undefined> =
  | { act: Act; find(tx: Tx, asking: Asking, input: Input): Promise<Found> }
  | { act: null; find(): Promise<Found> };

/** It is about no task that is there already: whoever may call may do it. */
export const anyCaller: Authority<unknown, undefined> = { act: null, find: () => Promise.resolve(undefined) };

/** The subject of a call, after its caller's authority was checked. Nothing else checks it. */
export async function subjectOf<Input, Found extends Subject | undefined>(
  authority: Authority<Input, Found>,
  tx: Tx,
  { caller, monotonic }: Omit<Asking, "act">,
  input: Input,
): Promise<Found> {
  const { act } = authority;
  if (act === null) return authority.find();
  const found = await authority.find(tx, { caller, act, monotonic }, input);
  if (found?.row) authorize(caller, act, isNode(found.row) ? positionOf(found.row) : null);
  else if (found?.run) authorize(caller, act, rootPosition(found.run.id));
  return found;
}

function positionOf(row: NodeRow): NodePosition {
  const target = questionOf(row)?.target ?? null;
  return { runId: row.run_id, number: row.number, path: row.path, target };
}
