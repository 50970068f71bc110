import type { Claimed, RunContext } from "./run-context.ts";
import { isOneTry, type CutOff, type Verdict } from "./verdict.ts";

/** What is known of an attempt whose agent has ended. */
interface Ended {
  node: Claimed;
  /** it has called complete(), whatever was answered */
  hasTried: boolean;
  /** it was ended for the sake of a daemon that listens elsewhere now */
  isMoved: boolean;
  /** since its start, of the link to the daemon */
  mark: number;
  /** what has cut it off before */
  before: ReadonlySet<CutOff>;
  /** resolves when nothing more is wanted of it */
  stopped: Promise<void>;
}

/**
 * Judges anew what cord itself may have caused: a daemon that was killed, or has moved. What the agent has handed in is known to the
 * daemon first, and counts. One that could not hand in goes on in its session: neither its last words nor its failure is its end.
 */
export async function afterCutOff(
  verdict: Verdict,
  { node, hasTried, isMoved, mark, before, stopped }: Ended,
  { daemon, settleHandedIn }: Pick<RunContext, "daemon" | "settleHandedIn">,
): Promise<Verdict> {
  if (verdict.kind === "done" || verdict.kind === "stopped") return verdict;
  const isDone = hasTried && (await Promise.race([settleHandedIn(node), stopped.then(() => false)]));
  if (isDone) return { kind: "done" };
  if (isMoved) return { kind: "cutOff", by: "moved" };
  const isNotTaken = verdict.kind === "handIn" && hasTried;
  if (!isNotTaken && !isOneTry(verdict)) return verdict;
  if (await wasAway(daemon, mark, stopped)) return { kind: "cutOff", by: "away" };
  // its connection may have broken for another reason: a new start of its program has a new one
  return isNotTaken && !before.has("notTaken") ? { kind: "cutOff", by: "notTaken" } : verdict;
}

/**
 * Whether the daemon was away since the mark. Waits for it to come back, unless nothing more is wanted.
 */
export function wasAway(
  daemon: RunContext["daemon"],
  mark: number,
  stopped: Promise<void>,
): Promise<boolean> {
  const lost = daemon.wasAwaySince(mark).catch(() => false);
  return Promise.race([lost, stopped.then(() => true)]);
}
