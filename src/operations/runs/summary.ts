import { parseJson } from "../../core/json.ts";
import { Denied, type Node } from "../../core/node.ts";
import { maxAsks, type Run } from "../../core/run.ts";
import { nodeOptionsOf, shapeIn } from "../../core/node-options.ts";
import { proposalWord } from "../../core/proposal.ts";
import { runStandingOf } from "../../core/run-standing.ts";
import { finalStates, treeStatus } from "../../core/words.ts";
import { beginningOf } from "../../core/text.ts";
import type { AttemptRow } from "../../store/tables/attempts.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { getTask } from "../../store/tables/ids.ts";
import { isHeldUp } from "../../store/tables/proposals.ts";
import { openAsks } from "../../store/tables/questions.ts";
import { workFigures } from "../../store/tables/run-figures.ts";
import { parkingOf } from "../../store/tables/parking.ts";
import { optionsOf, type RunRow } from "../../store/tables/runs.ts";
import { nodeFigures } from "../../store/tables/task-counts.ts";
import { windowsOf } from "../../store/tables/windows.ts";
import type { Tx } from "../../store/store.ts";
import { needsOf, questionOf, typeOf, type NodeRow } from "../../store/tables/node-row.ts";
import { time } from "../../store/tables/time.ts";

export async function summaryOf(tx: Tx, run: RunRow, now: number): Promise<Run> {
  const root = await getTask(tx, run.root_id);
  const [nodes, work, engines] = [
    await nodeFigures(tx, run.id),
    await workFigures(tx, run.id, now),
    await enginesOf(tx, run.id),
  ];
  const { proposed, removed, ...figures } = nodes;
  const asks = await openAsks(tx, run.id, maxAsks);
  return {
    id: run.id,
    goal: run.goal,
    status: treeStatus(root.state),
    standing: runStandingOf({
      root: root.state,
      limitHit: run.limit_hit,
      // its engine says so itself, a moment later
      engines: { ...engines, trouble: engines.trouble ?? parkingOf(run)?.reason ?? null },
      asks: asks.length,
      lost: figures.lost,
      proposed: proposed > 0 && (await isHeldUp(tx, run.id)),
    }),
    asks,
    engines: run.ended_at === null ? engines.names : [],
    trouble: run.ended_at === null ? engines.trouble : null,
    windows: run.account === null ? [] : await windowsOf(tx, run.account, now),
    parked: run.ended_at === null ? parkingOf(run) : null,
    ...figures,
    ...work,
    project: run.project,
    cwd: run.cwd,
    nodes: run.nodes - removed,
    usd: run.spent_usd,
    tokens: run.spent_tokens,
    limit_hit: run.limit_hit,
    created_at: time(run.created_at),
    ended_at: run.ended_at === null ? null : time(run.ended_at),
    options: optionsOf(run),
  };
}

const shownResult = 200;

export function nodeSummary(
  row: NodeRow,
  attempts: readonly AttemptRow[],
  numbers: ReadonlyMap<string, number>,
): Node {
  const first = attempts.at(0);
  const last = attempts.at(-1);
  const question = questionOf(row);
  return {
    id: row.id,
    number: row.number,
    parent: row.parent_id === null ? null : (numbers.get(row.parent_id) ?? null),
    type: typeOf(row),
    goal: row.name,
    status: treeStatus(row.state),
    phase: row.phase,
    epoch: row.epoch,
    holder: row.claimed_by,
    needs: needsOf(row).flatMap((id) => numbers.get(id) ?? []),
    shape: shapeIn(nodeOptionsOf(row)),
    started_at: first ? time(first.started_at) : null,
    ended_at: finalStates.includes(row.state) ? time(row.updated_at) : null,
    worked_ms: attempts.reduce((sum, attempt) => sum + workedMs(attempt), 0),
    running_since: last?.state === "running" ? time(last.started_at) : null,
    usd: total(attempts, "usd"),
    attempt_usd: last?.usd ?? 0,
    estimated: attempts.some((attempt) => attempt.estimated === 1),
    uncounted: attempts.filter(isUncounted).length,
    input_tokens: total(attempts, "input_tokens"),
    cached_tokens: total(attempts, "cached_tokens"),
    output_tokens: total(attempts, "output_tokens"),
    denials: total(attempts, "denials"),
    denied: deniedIn(attempts),
    agent: last?.agent ?? null,
    attempts: attempts.length,
    tries: attempts.length === 0 ? 0 : row.failures + 1,
    dir: last?.dir ?? null,
    session: last?.session_id ?? null,
    activity: last?.activity ?? null,
    notice: last?.notice ?? null,
    result: row.result === null ? null : beginning(parseJson(row.result)),
    reason: row.reason,
    question: question && {
      text: question.question,
      options: question.options,
      default: question.default,
      target: question.target,
    },
    proposal: proposalWord(row),
  };
}

/** Of one that nobody's engine started nobody asks. */
function isUncounted({ engine, state, counted }: AttemptRow): boolean {
  return engine !== null && state !== "running" && counted === 0;
}

/** What was denied before it was told by name is not in it. */
function deniedIn(attempts: readonly AttemptRow[]): Denied {
  const denied: Denied = {};
  for (const attempt of attempts)
    for (const [tool, times] of Object.entries(deniedOf(attempt))) denied[tool] = (denied[tool] ?? 0) + times;
  return denied;
}

function deniedOf({ denied }: AttemptRow): Denied {
  return denied === null ? {} : Denied.parse(parseJson(denied));
}

function total(
  attempts: readonly AttemptRow[],
  field: "usd" | "input_tokens" | "cached_tokens" | "output_tokens" | "denials",
): number {
  return attempts.reduce((sum, attempt) => sum + attempt[field], 0);
}

function workedMs({ started_at, ended_at }: AttemptRow): number {
  return ended_at === null ? 0 : Math.max(0, ended_at - started_at);
}

function beginning(result: unknown): string {
  return beginningOf(typeof result === "string" ? result : JSON.stringify(result), shownResult);
}
