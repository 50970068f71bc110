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

/** What may be done to a task, and in its run. */
export type Act =
  | "read"
  | "create"
  | "complete"
  | "ask"
  | "say"
  | "stop"
  | "pause"
  | "resume"
  | "modify"
  /** a plan, or reject it */
  | "approve"
  | "answer"
  | "tell"
  | "retry"
  | "claim"
  | "extend"
  | "release"
  | "fail"
  /** a run that is over, with all that is kept of it */
  | "remove"
  /** all that an engine does to the nodes it works on */
  | "run";

/** The part of a node that authority depends on. path is `1.4.9`: the numbers from the root to the node. */
export interface NodePosition {
  runId: string;
  number: number;
  path: string;
  /** of an ask: who may answer it */
  target?: AskTarget | null;
}

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

/** The root of a run, which stands for all of it. */
export function rootPosition(runId: string): NodePosition {
  return { runId, number: 1, path: childPath(null, 1) };
}

/** The number of a node's parent; null for the root. */
export function parentOf(path: string): number | null {
  return chainOf(path).at(-2) ?? null;
}

/**
 * Whether a caller may do this to that task; null is one of the board. The only place that decides.
 * Throws `not_allowed` with a hint at what the caller can do instead.
 */
export function authorize(caller: Caller, act: Act, node: NodePosition | null): void {
  if (caller.kind === "human") return;
  if (caller.kind === "tab") {
    if (node === null || tabActs.has(act)) return;
    throw new CordError(
      "not_allowed",
      `A tab may read a run, but not ${act} its nodes. Use the cord command instead.`,
    );
  }
  if (node?.runId !== caller.runId) {
    throw new CordError(
      "not_allowed",
      "That task is not in your run. You can only see and touch your own run.",
    );
  }
  if (!nodeActs[act](caller.path, node)) throw refusal(caller.number, act, node);
}

/** A tab may take over a node by hand; what it may do as its holder is for the lease to say. */
const tabActs: ReadonlySet<Act> = new Set(["read", "claim", "extend", "release", "complete", "fail", "say"]);

const nodeActs: Record<Act, (own: string, node: NodePosition) => boolean> = {
  read: () => true,
  create: isSame,
  complete: isSame,
  ask: isSame,
  say: nobody,
  stop: below,
  pause: below,
  resume: below,
  modify: below,
  approve: nobody,
  answer: (own, node) => node.target === "parent" && isGrandchildOf(own, node),
  tell: nobody,
  retry: nobody,
  claim: nobody,
  extend: nobody,
  release: nobody,
  fail: nobody,
  remove: nobody,
  run: nobody,
};

function isSame(own: string, node: NodePosition): boolean {
  return node.path === own;
}

function nobody(): boolean {
  return false;
}

function below(own: string, node: NodePosition): boolean {
  return isBelow(node.path, own);
}

/** An ask stands under the node that asked; its parent target is that node's parent. */
function isGrandchildOf(own: string, node: NodePosition): boolean {
  return below(own, node) && depthOf(node.path) === depthOf(own) + 2;
}

function refusal(own: number, act: Act, node: NodePosition): CordError {
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
