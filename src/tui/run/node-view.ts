/**
 * What the run view draws: plain data, made by the engine's side from the daemon's events. Text in it is as
 * the agents wrote it; the views make it safe. Times are milliseconds since the epoch.
 */

import type { RunStanding } from "../../core/run.ts";
import type { TreeStatus } from "../../core/words.ts";

export type NodeStatus = TreeStatus;

export interface Question {
  text: string;
  options: string[];
  default: string | null;
}

export interface NodeView {
  number: number;
  parent: number | null;
  type: "GOAL" | "TASK" | "ASK";
  goal: string;
  status: NodeStatus;
  phase: "work" | "synthesis";
  /** The numbers of the nodes whose results it needs. */
  needs: number[];
  /** How long its attempts that are over have run. */
  workedMs: number;
  /** When the attempt that runs was started. */
  runningSince: number | null;
  /** How many attempts at its present phase there have been. */
  tries: number;
  usd: number;
  /** Whether some of the cost was counted by cord, from tokens and a price list. */
  estimated: boolean;
  /** Whether the agent that runs has said anything: until then it is starting. */
  isUp: boolean;
  /** When the agent that runs was last heard of. */
  heardAt: number | null;
  /** What its agent does at this moment: "Bash: python score.py". Null: nothing that is known, so it thinks. */
  activity: string | null;
  /** What holds it up: "rate limited, retry 2 of 10 in 8s". Shown in place of the activity. */
  notice: string | null;
  /** The first 200 characters or so. */
  result: string | null;
  /** Why it failed or was cancelled; of one that is open, why its last try came to nothing. */
  reason: string | null;
  question?: Question;
}

export interface RunView {
  id: string;
  goal: string;
  now: number;
  standing: RunStanding;
  /** How many nodes were lost, of a run that is over. */
  lost: number;
  limitHit: string | null;
  /** What its engine says holds it up. */
  trouble: string | null;
  /** How long at least one agent has been at work. */
  workedMs: number;
  usd: number;
  estimated: boolean;
  totalBudget: number | null;
  /** How many agents are running at this moment. */
  agents: number;
  /** How many nodes are complete. */
  done: number;
  /** In the order of their numbers. */
  nodes: NodeView[];
  /** What the person should know about the run itself, the newest last. */
  notices: string[];
}

/** Whether this is a question that nobody has answered yet. */
export function isOpenAsk(node: NodeView): boolean {
  return (
    node.type === "ASK" &&
    node.status !== "complete" &&
    node.status !== "failed" &&
    node.status !== "cancelled"
  );
}
