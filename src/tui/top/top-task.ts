import type { State } from "../../core/words.ts";

/** A task as the dashboard draws it. Text in it is as agents wrote it; the views make it safe. Times in milliseconds. */
export interface TopTask {
  id: string;
  seq: number;
  name: string;
  kind: string;
  priority: string;
  state: State;
  agent: string | null;
  createdAt: number;
  /** Its lease ended, or it was given back, and nobody has claimed it since. */
  dropped: boolean;
  /** Null for a task of the board, which is no node of a run. */
  runId: string | null;
  number: number | null;
  parent: number | null;
  /** Of a pending task that waits for its needs: their numbers, as text, as far as they are known. Null: it waits for none. */
  blockedBy: string | null;
  /** What its agent does at this moment, or what holds it up. */
  activity: string | null;
}
