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

/** The kind of a node that is a question to a person or to its parent. The engine never launches one. */
export const askKind = "ask";
export const nodeKind = "task";

/** A node's two phases: it works and may create children, and once they have ended it synthesises. */
export const phases = ["work", "synthesis"] as const;
export type Phase = (typeof phases)[number];

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

/** Whether a task or a node ended without a result, in the words of the board or of the tree. */
export function isLost<T extends State | TreeStatus>(status: T): status is T & ("failed" | "cancelled") {
  return status === "failed" || status === "cancelled";
}

/** `#4` for 4. */
export function nodeName(number: number): string {
  return `#${number}`;
}

/** 4 for `#4` or `4`. */
export function nodeNumber(id: string): number {
  return Number(id.replace(/^#/, ""));
}
