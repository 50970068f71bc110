/** The words that two programs compare, without the library that checks them: the start of every command reads this. */

/** Where a task stands. The lifecycle table says how it moves; the last three are final. */
export const states = [
  "pending",
  "claimed",
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
] as const;
export type State = (typeof states)[number];

export const finalStates: readonly State[] = ["completed", "failed", "cancelled"];

/** Kinds that are publications, not work: born completed. */
export const announcementKinds: readonly string[] = ["ack", "knowledge", "decision"];

/** In which states a task has landed that is waited for: publications are born completed, work is there to be claimed. */
export function defaultStates(kinds: readonly string[] | undefined): State[] {
  const published = (kinds ?? []).filter((kind) => announcementKinds.includes(kind)).length;
  if (published === 0) return ["pending"];
  return published === kinds?.length ? ["completed"] : ["pending", "completed"];
}

/** The kind of a node that is a question to a person or to its parent. The engine never launches one. */
export const askKind = "ask";
export const nodeKind = "task";
/** What one agent says to another, or to many: a task that is in their inboxes. */
export const messageKind = "message";

/** What a node may be asked to return. */
export const returnTypes = ["text", "boolean", "list", "structured", "file", "approval"] as const;

/** A node's two phases: it works and may create children, and once they have ended it synthesises. */
export const phases = ["work", "synthesis"] as const;
export type Phase = (typeof phases)[number];

/** What a node is in its tree: the root, a part of the work, or a question. */
export const nodeTypes = ["GOAL", "TASK", "ASK"] as const;
export type NodeType = (typeof nodeTypes)[number];

/** How a node's children run: side by side as far as their needs allow, or one after the other. */
export const nodeShapes = ["parallel", "serial"] as const;
/** When a node's children have done their part: all of them, or the first that completes. */
export const nodeResolutions = ["all", "any"] as const;

/** Who may answer a node's question. */
export const askTargets = ["human", "parent"] as const;
export type AskTarget = (typeof askTargets)[number];

/** How the name of an engine begins, by which it holds nodes. */
export const enginePrefix = "engine:";

export function isEngine(name: string): boolean {
  return name.startsWith(enginePrefix);
}

/** Actors that are not agents: a person, a tab without a name, cord itself, and a question's own default answer. */
const actors = ["human", "tab", "cord", "default"] as const;
export type Actor = (typeof actors)[number];

/** Whether who did something is an agent. A node, `#4`, is none: it acts for its run. */
export function isAgent(by: string): boolean {
  return !actors.some((one) => one === by) && !(by.startsWith("#") && nodeNamePattern.test(by));
}

/** Whether messages to it are read: an agent's are, and those to the person. */
export function isReader(by: string): boolean {
  return isAgent(by) || by === person;
}

const person: Actor = "human";

/** An attempt goes on or has ended; late: it only left a result that was refused. */
export const attemptStates = ["running", "ended", "late"] as const;
export type AttemptState = (typeof attemptStates)[number];

/** How an attempt ended, as its engine judged it; lost: the engine is gone and nobody did. */
export const attemptExits = [
  "done",
  "interrupted",
  "handIn",
  "failed",
  "silent",
  "halted",
  "outside",
  /** the account's allowance was used up, or the API too busy: it is gone on with later */
  "limited",
  /** its check could not be run, so that nobody knows whether its result is good */
  "unchecked",
  "lost",
] as const;
export type AttemptExit = (typeof attemptExits)[number];

/** The limit that a run has hit when its total budget is used up. */
export const totalBudget = "total budget";
/** The same of its tokens. */
export const totalTokens = "total tokens";
/** What may cut a run short: what all its agents may spend, or one, or the time that it may take. */
export const runLimits = [totalBudget, totalTokens, "budget", "time"] as const;
export type RunLimit = (typeof runLimits)[number];
/** What limits the whole run: nothing new is begun, and its result is made of what there is. */
export const endsWork: ReadonlySet<RunLimit> = new Set<RunLimit>([totalBudget, totalTokens, "time"]);

/** Whether an account may use more in a window: yes, not much more, no. The words of the API. */
export const windowStatuses = ["allowed", "allowed_warning", "rejected"] as const;
export type WindowStatus = (typeof windowStatuses)[number];

/** What becomes of a run whose account's allowance is used up. */
export const limitPolicies = ["wait", "stop"] as const;
export type LimitPolicy = (typeof limitPolicies)[number];

/** Which decompositions a person approves before they are worked on: the root's, or all. */
export const planScopes = ["root", "all"] as const;
export type PlanScope = (typeof planScopes)[number];

/** Where a run stands, in a word for people. */
export const runStandings = [
  "running",
  /** for a person, who has been asked something */
  "waiting",
  /** open, and no engine works on it */
  "interrupted",
  /** somebody has paused its root, and so all of it */
  "paused",
  /** its engine waits for something outside */
  "parked",
  /** for a person, who has to approve how it was decomposed */
  "proposed",
  "complete",
  /** complete, but nodes were lost */
  "partial",
  /** stopped by a budget or limit */
  "limited",
  "failed",
  "cancelled",
] as const;
export type RunStanding = (typeof runStandings)[number];

/** The tree's words for the states, as its users know them. */
const treeStatusOf = {
  pending: "pending",
  claimed: "active",
  waiting: "waiting",
  paused: "paused",
  completed: "complete",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<State, string>;
export const treeStatuses = Object.values(treeStatusOf);
export type TreeStatus = (typeof treeStatusOf)[State];

/** How a state is written in the tree's views and tools. */
export function treeStatus(state: State): TreeStatus {
  return treeStatusOf[state];
}

export const finalStatuses: readonly TreeStatus[] = finalStates.map(treeStatus);

/** How a task or a node ends without a result, in the words of the board and of the tree. */
export type Lost = "failed" | "cancelled";

/** Whether a task or a node ended without a result. */
export function isLost<T extends State | TreeStatus>(status: T): status is T & Lost {
  return status === "failed" || status === "cancelled";
}

/** What became of a task, in a sentence about it: `failed`, `was cancelled`. */
export function becameOf(state: State): string {
  return state === "failed" ? state : `was ${state}`;
}

/** `#4` for 4. */
export function nodeName(number: number): string {
  return `#${number}`;
}

/** Whether it is a name that cord gives an agent of a run, as `#4 of run 019aa4f1`. */
export function isRunAgent(agent: string): boolean {
  return /^#\d+ of run [\w-]+$/.test(agent);
}

/** `#2, #3` for 2 and 3. */
export function nodeNames(numbers: readonly number[]): string {
  return numbers.map(nodeName).join(", ");
}

/** How people, agents and programs write the number of a node within its run: `#4` or `4`. */
export const nodeNamePattern = /^#?\d{1,9}$/;

/** 4 for `#4` or `4`. What people and agents write is held against nodeNamePattern first. */
export function nodeNumber(name: string): number {
  return Number(name.replace(/^#/, ""));
}
