import { isProposed, isRemoved } from "../../core/proposal.ts";
import { askKind, finalStates, isEngine, isLost, states, type State } from "../../core/words.ts";
import type { Counted, Tx } from "../store.ts";
import type { TaskRow } from "./task-row.ts";

/** Keeps the counts in step with a task that was added, changed or removed. */
export function recount(tx: Tx, before: TaskRow | null, after: TaskRow | null): void {
  if (before !== null && after !== null && isCountedAlike(before, after)) return;
  if (before !== null) countTask(tx, before, -1);
  if (after !== null) countTask(tx, after, 1);
}

function isCountedAlike(one: TaskRow, other: TaskRow): boolean {
  return (
    one.state === other.state &&
    one.unmet > 0 === other.unmet > 0 &&
    one.claimed_by === other.claimed_by &&
    one.stopped_by === other.stopped_by &&
    one.proposed === other.proposed
  );
}

/** What none of the board's projects has is under the empty name. */
function countTask(tx: Tx, row: TaskRow, n: 1 | -1): void {
  const { run_id, state } = row;
  const count = (what: Counted, scope: string | null, word: string) => tx.count(what, scope ?? "", word, n);
  if (run_id === null) {
    count("board", row.project, state);
    if (isBlocked(row)) count("board", row.project, blocked);
    return;
  }
  if (state === "completed") count("nodes", run_id, "done");
  if (isMissed(row)) count("nodes", run_id, "lost");
  if (isProposed(row) && !finalStates.includes(state)) count("nodes", run_id, "proposed");
  if (isRemoved(row)) count("nodes", run_id, "removed");
  if (state === "claimed" && isEngine(row.claimed_by ?? "")) count("agents", row.project, "working");
}

const blocked = "blocked";

function isBlocked({ state, unmet }: TaskRow): boolean {
  return state === "pending" && unmet > 0;
}

/** Failed, or cancelled without that anybody stopped it. Nobody misses a question. */
function isMissed({ kind, state, stopped_by }: TaskRow): boolean {
  return kind !== askKind && isLost(state) && (state === "failed" || stopped_by === null);
}

/** The board's tasks by state, and how many of the pending ones are blocked. A project's are its own and everybody's. */
export async function countTasks(
  tx: Tx,
  project: string | undefined,
): Promise<{ tasks: Partial<Record<State, number>>; blocked: number }> {
  const counts = await tx.counts("board", scopesOf(project));
  const tasks: Partial<Record<State, number>> = {};
  for (const state of states) {
    const n = counts.get(state);
    if (n !== undefined) tasks[state] = n;
  }
  return { tasks, blocked: counts.get(blocked) ?? 0 };
}

interface NodeFigures {
  done: number;
  lost: number;
  proposed: number;
  removed: number;
}

/**
 * How many nodes of a run are complete; how many were lost: failed, or cancelled though nobody stopped them; and how many wait for a
 * person to approve a plan, or were taken out of one.
 */
export async function nodeFigures(tx: Tx, runId: string): Promise<NodeFigures> {
  const counts = await tx.counts("nodes", [runId]);
  const [done = 0, lost = 0, proposed = 0, removed = 0] = ["done", "lost", "proposed", "removed"].map(
    (word) => counts.get(word) ?? 0,
  );
  return { done, lost, proposed, removed };
}

/** How many agents engines have at work on nodes: of a project's runs and those of none, or of all. */
export async function countAgentsInRuns(tx: Tx, project: string | undefined): Promise<number> {
  return (await tx.counts("agents", scopesOf(project))).get("working") ?? 0;
}

function scopesOf(project: string | undefined): string[] | null {
  return project === undefined ? null : [project, ""];
}
