import type { Event } from "../core/event.ts";
import type { NodeShape } from "../core/node-options.ts";
import type { WholeTask } from "../core/task.ts";
import type { State } from "../core/words.ts";

/** A task as it began. Its note is named after this, so that a later change of its name moves no note. */
export interface Birth {
  id: string;
  /** of the event it began with */
  seq: number;
  at: string;
  name: string;
}

/** A task as it stands now. */
export interface TaskRecord {
  /** with the newest of its messages */
  task: WholeTask;
  /** how many of its messages are not among those, since they are older, or long */
  unshown: number;
  /** results that came after the lease and were refused */
  late: readonly { agent: string | null; result: unknown }[];
}

export interface NodeRecord {
  id: string;
  number: number;
  parentId: string | null;
  state: State;
  needs: readonly string[];
  shape: NodeShape | null;
}

export interface RunRecord {
  id: string;
  goal: string;
  project: string | null;
  usd: number;
  created: string;
  ended: string | null;
  /** by number, the root first */
  nodes: readonly NodeRecord[];
}

/** What the vault is drawn from. The order of the events is that of their seq, which begins at 1. */
export interface Source {
  /** Events after a seq, oldest first. */
  events(since: number, limit: number): Promise<Event[]>;
  /** Those of the ids that are tasks, in the order asked for. */
  tasks(ids: readonly string[]): Promise<TaskRecord[]>;
  births(ids: readonly string[]): Promise<Birth[]>;
  /** For each id, or beginning of one, the task it names among those that are older than the task given. */
  referred(by: string, ids: readonly string[]): Promise<Map<string, Birth>>;
  run(id: string): Promise<RunRecord | null>;
}
