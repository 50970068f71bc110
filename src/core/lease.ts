import { CordError } from "./error.ts";
import { finalStates, type State } from "./words.ts";
import { limits } from "./limits.ts";

/** Who says that a claimed task is theirs. Old clients send neither. */
export interface Claimant {
  agentId?: string | undefined;
  epoch?: number | undefined;
}

/** The part of a task that fencing depends on. leaseDue by the daemon's monotonic clock. */
export interface Held {
  state: State;
  claimedBy: string | null;
  epoch: number;
  leaseDue: number | null;
}

/** An engine's lease on its nodes, and on its run; it renews them all at a third of it. */
export const engineLeaseMs = 30_000;

/** A lease of a task of the board is about to end so long before its end, or in its last quarter if that is shorter. */
export const lapsingMs = 60_000;

/** The length of a lease for the length that a caller asked for, in whole seconds, brought within the bounds. */
export function leaseOf(seconds: number): number {
  const { min, max } = limits.leaseSeconds;
  return Math.min(max, Math.max(min, Math.round(seconds)));
}

export type Fence = "held" | "unfenced" | "stale" | "unclaimed";

/**
 * Whether a claimant may still act for a task. `unfenced`: it sent no identity, and the task is claimed.
 * `stale`: it names an identity that is not the current holder's, or its lease has ended.
 */
export function fence(task: Held, claimant: Claimant, monotonic: number): Fence {
  const named = claimant.agentId !== undefined || claimant.epoch !== undefined;
  const live = task.state === "claimed" && (task.leaseDue === null || task.leaseDue > monotonic);
  if (!named) return live ? "unfenced" : "unclaimed";
  if (!live) return "stale";
  if (claimant.agentId !== undefined && claimant.agentId !== task.claimedBy) return "stale";
  return claimant.epoch !== undefined && claimant.epoch !== task.epoch ? "stale" : "held";
}

/** The refusal of a claimant that is not the holder: how the task stands, and what that leaves it to do. */
export function staleLease(task: Held, claimant: Claimant, monotonic: number): CordError {
  const who = claimant.agentId ?? `epoch ${claimant.epoch}`;
  const standing = standingOf(task, monotonic);
  return new CordError("stale_lease", `stale lease: ${who} does not hold this task; ${standing}`);
}

function standingOf({ state, claimedBy, epoch, leaseDue }: Held, monotonic: number): string {
  if (state === "pending") return "it is pending. Claim it before you go on.";
  if (state === "claimed" && leaseDue !== null && leaseDue <= monotonic)
    return `the lease of ${claimedBy} (epoch ${epoch}) has ended. Claim it before you go on.`;
  if (state === "claimed") return `it is held by ${claimedBy} (epoch ${epoch}). Leave it to its holder.`;
  if (state === "waiting" && claimedBy !== null)
    return `it waits for the answer to the question of ${claimedBy}, and nobody holds it until then.`;
  if (finalStates.includes(state)) return `it is ${state}. There is nothing left to do for it.`;
  return `it is ${state}. Stop work on it.`;
}
