import type { ReturnType } from "../../core/result.ts";
import type { Phase, State } from "../../core/words.ts";
import { empty, namesOf, word } from "./columns.ts";

/** What whoever adds a task says of it: the values here stand for their types. */
const said = {
  id: "",
  name: "",
  kind: "",
  priority: "",
  state: word<State>("pending"),
};

/** Where it stands: its number in its project or its run. It stays there. */
const placed = { number: 0 };

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
  prompt: empty<string>(),
  returns: empty<ReturnType>(),
  /**
   * of a cancelled task: who stopped it, or what it depended on; null if cord cancelled it because it could not run
   */
  stopped_by: empty<string>(),
  /** of one that cord cancelled: the id of the task that it hung on */
  cancelled_for: empty<string>(),
};

/** Where a node stands in its run's tree. It stays there. */
const placedOfNode = {
  run_id: empty<string>(),
  parent_id: empty<string>(),
  path: empty<string>(),
};

/** What only a node has at first, unless given. A task of the board keeps the schema's default, which is the same. */
const firstOfNode = {
  phase: empty<Phase>(),
  round: 0,
  children: 0,
  open_children: 0,
  seen_children: 0,
  failures: 0,
  schema: empty<string>(),
  model: empty<string>(),
  agent: empty<string>(),
  question: empty<string>(),
  answer_by: empty<number>(),
  answer_ms: empty<number>(),
  /** see core/node-options.ts, as JSON */
  options: empty<string>(),
  /** see core/proposal.ts */
  proposed: 0,
};

/** What few tasks have: it is set of a task that is there already, so that no other pays for it. */
const ofFew = {
  context_id: empty<string>(),
  /** of a node whose plan was rejected: how often, and what was said of it, as JSON */
  replan: empty<string>(),
};

/** When it was written, by the clock, unless another board did it; and the seq of the newest event about it. */
const stamped = {
  seq: 0,
  created_at: 0,
  updated_at: 0,
};

/** Follows from the other columns. Lists search by it; tables/tasks.ts writes it and never reads it. */
const derived = {
  /** see core/standing.ts */
  standing: 0,
  /** who had it when it ended: an index has it, which no claim is to change */
  ended_by: empty<string>(),
  /** the name as it is searched in */
  folded: "",
};

const ofAll = { ...said, ...placed, ...first, ...stamped };
const ofNode = { ...placedOfNode, ...firstOfNode };

/** A new task. The rest of this file follows from it: a column added here is read, inserted and may be changed. */
export const newTask = { ...ofAll, ...ofNode, ...ofFew };

/** What is inserted of a task of the board, and of a node. */
export const boardColumns = namesOf({ ...ofAll, ...derived });
export const nodeColumns = namesOf({ ...ofAll, ...ofNode, ...derived });

/**
 * A task as stored. JSON is text, times are milliseconds. `_at` and `_until` are by the wall clock, stored to be
 * shown. `lease_due` and `answer_by` are by the daemon's monotonic clock, which alone decides; their lengths stand
 * beside them.
 */
export interface TaskRow extends TaskColumns {
  /** the key, which the database gives */
  ordinal: number;
}

type TaskColumns = typeof newTask;
export type Derived = typeof derived;

/** A row with all that lies in the table. */
export type StoredTask = TaskRow & Derived;

/** The beginning of a text that reads rows. */
export const selectTasks = `SELECT ${["ordinal", ...namesOf(newTask)].join(", ")} FROM tasks`;

/** What a new task must have, and what it may. */
export type NewTask = typeof said &
  Partial<typeof placed & Omit<typeof first, "needs"> & Omit<typeof stamped, "seq">> & { needs?: string[] };

/** What a new node must have, and what it may. */
export type NewNodeTask = NewTask & { run_id: string; number: number; path: string; phase: Phase } & Partial<
    Pick<typeof placedOfNode, "parent_id"> & Omit<typeof firstOfNode, "phase">
  >;

type First = typeof first & typeof firstOfNode & typeof ofFew;

/** What may be set of a task that is there. */
export type TaskChanges = Partial<Omit<typeof said, "id"> & Omit<First, "phase"> & { phase: Phase }>;
