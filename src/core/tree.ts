import { CordError } from "./error.ts";
import { nodeName, type AskTarget } from "./words.ts";

/** Who asks. A human holds the daemon's token, a tab is an MCP session, a node has a token of its own. */
export type Caller =
  | { kind: "human" }
  | { kind: "tab"; agent: string | null }
  | { kind: "node"; runId: string; taskId: string; number: number; path: string; epoch: number };

/** How a caller is written in events. */
export function nameOf(caller: Caller): string {
  if (caller.kind === "node") return nodeName(caller.number);
  return (caller.kind === "tab" ? caller.agent : null) ?? caller.kind;
}

/** What may be done to a node of a run. */
export type NodeAct =
  | "read"
  | "create"
  | "complete"
  | "ask"
  | "stop"
  | "pause"
  | "resume"
  | "modify"
  | "answer"
  | "tell"
  | "retry"
  | "engine";

/** The part of a node that authority depends on. path is `1.4.9`: the numbers from the root to the node. */
export interface Place {
  runId: string;
  number: number;
  path: string;
  /** of an ask: who may answer it */
  target?: AskTarget | null;
}

/** Limits of a run. */
export interface Limits {
  maxDepth: number;
  maxNodes: number;
  maxRounds: number;
}

/** A synthesis may create children again; this many times at most. */
export const maxRounds = 5;

export function childPath(parent: string | null, number: number): string {
  return parent === null ? String(number) : `${parent}.${number}`;
}

export function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(`${ancestor}.`);
}

/** The root is 1 deep. */
export function depthOf(path: string): number {
  return path.split(".").length;
}

/** The numbers of a node's ancestors, the root first, itself last. */
export function chainOf(path: string): number[] {
  return path.split(".").map(Number);
}

/**
 * Whether a caller may do this to that node. The only place that decides.
 * Throws `not_allowed` with a hint at what the caller can do instead.
 */
export function authorize(caller: Caller, act: NodeAct, node: Place): void {
  if (caller.kind === "human") return;
  if (caller.kind === "tab") {
    if (tabActs.has(act)) return;
    throw new CordError(
      "not_allowed",
      `A tab may read a run, but not ${act} its nodes. Use the cord command instead.`,
    );
  }
  if (node.runId !== caller.runId) {
    throw new CordError(
      "not_allowed",
      "That task is not in your run. You can only see and touch your own run.",
    );
  }
  if (!nodeActs[act](caller.path, node)) throw refusal(caller.number, act, node);
}

const tabActs: ReadonlySet<NodeAct> = new Set(["read"]);

const nodeActs: Record<NodeAct, (own: string, node: Place) => boolean> = {
  read: () => true,
  create: (own, node) => node.path === own,
  complete: (own, node) => node.path === own,
  ask: (own, node) => node.path === own,
  stop: below,
  pause: below,
  resume: below,
  modify: below,
  answer: (own, node) => node.target === "parent" && isGrandchildOf(own, node),
  tell: () => false,
  retry: () => false,
  engine: () => false,
};

function below(own: string, node: Place): boolean {
  return isBelow(node.path, own);
}

/** An ask stands under the node that asked; its parent target is that node's parent. */
function isGrandchildOf(own: string, node: Place): boolean {
  return below(own, node) && depthOf(node.path) === depthOf(own) + 2;
}

function refusal(own: number, act: NodeAct, node: Place): CordError {
  const name = `Node ${nodeName(node.number)}`;
  if (act === "answer") {
    return new CordError(
      "not_allowed",
      `${name} is not a question to you. Only asks that your children put to their parent are yours to answer.`,
    );
  }
  if (node.number === own) {
    return new CordError(
      "not_allowed",
      `${name} is you, and you cannot ${act} yourself. Call complete() when you are done, or ask() if you are stuck.`,
    );
  }
  return new CordError(
    "not_allowed",
    `${name} is not in your subtree. You can only ${act} nodes below ${nodeName(own)}; use ask() with target "parent" or "human" to have it done.`,
  );
}
