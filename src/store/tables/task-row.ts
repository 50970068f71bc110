import type { ReturnType } from "../../core/result.ts";
import type { Phase, State } from "../../core/words.ts";
import { empty, word } from "./columns.ts";

/** What whoever adds a task says of it: the values here stand for their types. */
const said = {
  id: "",
  name: "",
  kind: "",
  priority: "",
  state: word<State>("pending"),
};

/** Where it stands: its number in its project or its run, and of a node its place in the run's tree. It stays there. */
const placed = {
  run_id: empty<string>(),
  number: 0,
  parent_id: empty<string>(),
  path: empty<string>(),
};

/** What a task has at first, unless it is said too. */
const first = {
  project: empty<string>(),
  recipient: empty<string>(),
  claimed_by: empty<string>(),
  claimed_at: empty<number>(),
  lease_until: empty<number>(),
  lease_due: empty<number>(),
  lease_ms: empty<number>(),
  epoch: 0,
  payload: empty<string>(),
  result: empty<string>(),
  reason: empty<string>(),
  needs: empty<string>(),
  unmet: 0,
  phase: empty<Phase>(),
  round: 0,
  children: 0,
  open_children: 0,
  seen_children: 0,
  failures: 0,
  prompt: empty<string>(),
  returns: empty<ReturnType>(),
  schema: empty<string>(),
  model: empty<string>(),
  agent: empty<string>(),
  question: empty<string>(),
  answer_by: empty<number>(),
  answer_ms: empty<number>(),
  /** of a cancelled one: who stopped it, or what it hung on; null if cord cancelled it, since it could not come about */
  stopped_by: empty<string>(),
  /** of one that cord cancelled: the id of the task that it hung on */
  cancelled_for: empty<string>(),
};

/** When it was written: by the clock, unless another board did it. */
const stamped = {
  created_at: 0,
  updated_at: 0,
};

/** What follows from the other columns: tables/tasks.ts keeps it. */
const derived = {
  /** of the newest event about it */
  seq: 0,
  /** see core/standing.ts */
  standing: 0,
  /** who had it when it ended: an index has it, which no claim is to change */
  ended_by: empty<string>(),
  /** the name as it is searched in */
  folded: "",
};

/** All columns of a task but its key, which the database gives: a column that is added here is one of the row, of what is inserted and of what may change. */
export const taskColumns = { ...said, ...placed, ...first, ...stamped, ...derived };

/**
 * A task as it lies in its table. JSON as text, times in milliseconds: `_at` and `_until` by the wall clock, stored to be shown;
 * `lease_due` and `answer_by` by the daemon's monotonic clock, which alone decides, with their lengths beside them.
 */
export interface TaskRow extends TaskColumns {
  ordinal: number;
}

type TaskColumns = typeof taskColumns;

/** What a new task must have, and what it may. */
export type NewTask = typeof said &
  Partial<typeof placed & Omit<typeof first, "needs"> & typeof stamped> & { needs?: string[] };

/** What may be set of a task that is there. */
export type TaskChanges = Partial<Omit<typeof said, "id"> & Omit<typeof first, "phase"> & { phase: Phase }>;
