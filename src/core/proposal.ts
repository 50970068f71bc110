import type { PlanScope } from "./words.ts";

/** Where a node stands with the person who approves plans, as its row's `proposed` has it. */
export const proposal = {
  /** nothing of it is to be approved, or it is approved */
  none: 0,
  /** it waits for a person: nobody can claim it */
  open: 1,
  /** the same, and the person was shown it */
  shown: 2,
  /** it was taken out of a plan, and is cancelled: it counts nowhere */
  removed: -1,
} as const;

/** How a node that is part of a plan is told of. */
export const proposalWords = ["open", "removed"] as const;

export function isProposed({ proposed }: { proposed: number }): boolean {
  return proposed > proposal.none;
}

export function isRemoved({ proposed }: { proposed: number }): boolean {
  return proposed === proposal.removed;
}

export function proposalWord(row: { proposed: number }): (typeof proposalWords)[number] | null {
  if (isRemoved(row)) return "removed";
  return isProposed(row) ? "open" : null;
}

/**
 * Whether what a node's agent creates waits for a person. `root`: only what the root plans before its first synthesis, so that a
 * run that was approved is not held up again hours later.
 */
export function isToBeApproved(plan: PlanScope | null, parent: { number: number; round: number }): boolean {
  if (plan === null) return false;
  return plan === "all" || (parent.number === 1 && parent.round === 0);
}

/** How often a node's plan may be rejected. */
export const maxRejections = 10;
