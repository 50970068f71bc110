import type { Phase, State } from "../../core/words.ts";

/**
 * A task as it lies in its table. JSON as text, times in milliseconds: `_at` and `_until` by the wall clock, stored to be shown;
 * `lease_due` and `answer_by` by the daemon's monotonic clock, which alone decides, with their lengths beside them.
 */
export interface TaskRow {
  ordinal: number;
  id: string;
  seq: number;
  name: string;
  kind: string;
  priority: string;
  state: State;
  project: string | null;
  recipient: string | null;
  claimed_by: string | null;
  claimed_at: number | null;
  lease_until: number | null;
  lease_due: number | null;
  lease_ms: number | null;
  epoch: number;
  payload: string | null;
  result: string | null;
  reason: string | null;
  needs: string | null;
  unmet: number;
  created_at: number;
  updated_at: number;
  run_id: string | null;
  number: number | null;
  parent_id: string | null;
  path: string | null;
  phase: Phase | null;
  round: number;
  children: number;
  open_children: number;
  seen_children: number;
  failures: number;
  prompt: string | null;
  returns: string | null;
  schema: string | null;
  model: string | null;
  agent: string | null;
  question: string | null;
  answer_by: number | null;
  answer_ms: number | null;
  /** see core/standing.ts */
  standing: number;
  /** who had it when it ended: an index has it, which no claim is to change */
  ended_by: string | null;
  /** of a cancelled one: who stopped it, or what it hung on; null if cord cancelled it, since it could not come about */
  stopped_by: string | null;
  /** of one that cord cancelled: the id of the task that it hung on */
  cancelled_for: string | null;
  /** the name as it is searched in */
  folded: string;
}
