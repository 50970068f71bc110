/**
 * What the run view draws: the daemon's own facts, kept up to date by events. Text in it is as the agents wrote it; the views
 * make it safe.
 */

import type { DrawnNode } from "../../core/node.ts";
import type { Run } from "../../core/run.ts";
import { finalStatuses } from "../../core/words.ts";

/** A node, and what only those know of it who follow its events. Times in milliseconds since the epoch. */
export interface NodeView extends DrawnNode {
  /** Whether the agent that runs has said anything: until then it is starting. */
  isUp: boolean;
  /** When the agent that runs was last heard of. */
  heardAt: number | null;
}

/** A run at a moment. */
export interface RunView extends Pick<
  Run,
  | "id"
  | "goal"
  | "standing"
  | "lost"
  | "limit_hit"
  | "trouble"
  | "parked"
  | "windows"
  | "usd"
  | "estimated"
  | "uncounted"
  | "done"
  | "worked_ms"
  | "agents"
> {
  now: number;
  totalBudget: number | null;
  /** What all its agents have used; a subscriber pays with these. */
  tokens: number;
  totalTokens: number | null;
  /** In the order of their numbers. */
  nodes: NodeView[];
  /** What the person should know about the run itself, the newest last. */
  notices: string[];
}

/** Whether this is a question that nobody has answered yet. */
export function isOpenAsk({ type, status }: Pick<DrawnNode, "type" | "status">): boolean {
  return type === "ASK" && !finalStatuses.includes(status);
}

/** Whether a plan waits for a person, and nothing that no agent works on now could be worked on before. */
export function isHeldUp(nodes: readonly DrawnNode[]): boolean {
  const isComplete = (number: number) => nodes[number - 1]?.status === "complete";
  const couldStart = ({ status, proposal, type, needs }: DrawnNode) =>
    status === "pending" && proposal === null && (type === "ASK" || needs.every(isComplete));
  return nodes.some(isProposed) && !nodes.some(couldStart);
}

/** Whether it waits for a person to approve the plan that it is part of. */
export function isProposed({ proposal, status }: Pick<DrawnNode, "proposal" | "status">): boolean {
  return proposal === "open" && !finalStatuses.includes(status);
}
