import { endsWork, finalStates, type RunLimit, type RunStanding, type State } from "./words.ts";

/** What a run's standing follows from. `lost`: nodes that failed, or could not come about. */
interface RunState {
  root: State;
  limitHit: RunLimit | null;
  engines: { present: boolean; trouble: string | null };
  asks: number;
  lost: number;
  /** nothing goes on until a person has approved a plan */
  proposed: boolean;
}

export function runStandingOf({ root, limitHit, engines, asks, lost, proposed }: RunState): RunStanding {
  if (!finalStates.includes(root)) {
    if (proposed) return "proposed";
    if (!engines.present) return "interrupted";
    if (root === "paused") return "paused";
    if (engines.trouble !== null) return "parked";
    return asks > 0 ? "waiting" : "running";
  }
  if (isCutShort(root, limitHit)) return "limited";
  if (root !== "completed") return root === "failed" ? "failed" : "cancelled";
  return lost > 0 ? "partial" : "complete";
}

/**
 * What limits the whole run stops launches, so the result is incomplete. One agent's budget counts when the run has no
 * result.
 */
export function isCutShort(root: State, limitHit: RunLimit | null): boolean {
  return limitHit !== null && (endsWork.has(limitHit) || root !== "completed");
}
