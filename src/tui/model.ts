/**
 * What the run view draws: plain data, made by the engine's side from the daemon's events. Text in it is as
 * the agents wrote it; the views make it safe. Times are milliseconds since the epoch.
 */

/** The tree's words for a task's state: claimed reads active, completed reads complete. */
export type NodeStatus = "pending" | "active" | "waiting" | "paused" | "complete" | "failed" | "cancelled";

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
  startedAt: number | null;
  endedAt: number | null;
  usd: number;
  /** What its agent does at this moment: "Bash: python score.py". */
  activity: string | null;
  /** What holds it up: "rate limited, retry 2 of 10 in 8s". Shown in place of the activity. */
  notice: string | null;
  /** The first 200 characters or so. */
  result: string | null;
  /** Why it failed or was cancelled. */
  reason: string | null;
  question?: Question;
}

export interface RunView {
  id: string;
  goal: string;
  now: number;
  startedAt: number;
  usd: number;
  totalBudget: number | null;
  /** How many agents are running at this moment. */
  agents: number;
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
