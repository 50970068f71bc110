import type { AttemptRecord } from "../core/run-record.ts";
import type { ReportNode } from "./report.ts";

/** One attempt of a run, as the critical path names it. */
export interface Stage {
  number: number;
  attempt: number;
}

/**
 * The chain of attempts that the run took as long as: from the last that ended back to the first, each the one whose end
 * let the next begin. Before an attempt stand an earlier one of its node, what its node needs, what created it, and the
 * children whose results a synthesis has. Oldest first.
 */
export function criticalPath(nodes: readonly ReportNode[]): Stage[] {
  const byNumber = new Map(nodes.map((node) => [node.number, node]));
  const children = Map.groupBy(nodes, ({ parent }) => parent);
  const all = nodes.flatMap((node) => node.attempts.map((attempt) => ({ node, attempt })));
  const path: Step[] = [];
  // each step began before the one after it, so this ends
  for (let step = latest(all); step !== null;) {
    path.push(step);
    step = latest(before(step, byNumber, children.get(step.node.number) ?? []));
  }
  return path.toReversed().map(({ node, attempt }) => ({ number: node.number, attempt: attempt.attempt }));
}

interface Step {
  node: ReportNode;
  attempt: AttemptRecord;
}

/** What may have let an attempt begin. One that was still at work then, as who creates a child is, counts as the last choice. */
function before(
  { node, attempt }: Step,
  byNumber: ReadonlyMap<number, ReportNode>,
  children: readonly ReportNode[],
): Step[] {
  const needs = node.needs.flatMap((need) => byNumber.get(need) ?? []);
  const parent = node.parent === null ? undefined : byNumber.get(node.parent);
  const near = [
    node,
    ...needs,
    ...(attempt.phase === "synthesis" ? children : []),
    ...(parent ? [parent] : []),
  ];
  const begun = near
    .flatMap((other) => other.attempts.map((earlier) => ({ node: other, attempt: earlier })))
    .filter((other) => isBefore(other, { node, attempt }));
  const over = begun.filter((other) => endOf(other) <= Date.parse(attempt.started_at) + slackMs);
  return over.length > 0 ? over : begun;
}

/** Who hands in is at its last words for a while when what waited for that begins. */
const slackMs = 2000;

function latest(steps: readonly Step[]): Step | null {
  return steps.reduce<Step | null>(
    (last, step) => (last === null || endOf(step) > endOf(last) ? step : last),
    null,
  );
}

function isBefore(left: Step, right: Step): boolean {
  const ms = startOf(left) - startOf(right);
  return ms < 0 || (ms === 0 && left.node.number < right.node.number);
}

function startOf({ attempt }: Step): number {
  return Date.parse(attempt.started_at);
}

function endOf({ attempt }: Step): number {
  return attempt.ended_at === null ? Number.POSITIVE_INFINITY : Date.parse(attempt.ended_at);
}
