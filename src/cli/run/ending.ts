import { headroomText } from "../../core/account.ts";
import { CordError, errors } from "../../core/error.ts";
import type { Run, RunResult } from "../../core/run.ts";
import { raised } from "../../core/run-limits.ts";
import { isMoot, type Node } from "../../core/node.ts";
import { isCutShort } from "../../core/run-standing.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { isLost, type Lost, type RunLimit, type State, type TreeStatus } from "../../core/words.ts";
import type { Ending } from "../../engine/engine-options.ts";
import { canRedraw, hasColor, OutputLost, print, printJson, ReaderGone, tell } from "../output.ts";
import { RunModel, type Drawn } from "../../tui/run/model.ts";
import { runLines } from "../../tui/run/view.ts";
import { readable, runJson } from "./report.ts";
import { summaryLines, type Outcome, type Summary } from "../../tui/run/summary.ts";
import { wallClock } from "../../system/wall-clock.ts";

export function exitCodeOf(state: State, limitHit: RunLimit | null, ending: Ending): number {
  if (ending.how === "interrupted") return errors.interrupted.exit;
  if (isCutOff(ending) || isCutShort(state, limitHit)) return errors.limit.exit;
  return state === "completed" ? 0 : errors.failed.exit;
}

interface Ended {
  run: Run;
  nodes: readonly Node[];
  outcome: RunResult;
  summary: Summary;
  json: boolean;
}

/** The most lines of a tree that stay when its run has left the screen: what had scrolled away is read there. */
const maxLines = 2000;

/** Prints the whole tree as it ended, on a terminal: elsewhere each line was already printed. The summary follows. */
export function printTree(snapshot: Drawn, notices: readonly string[]): void {
  if (!process.stderr.isTTY) return;
  const now = wallClock();
  const nodes = snapshot.nodes.map((node) => (wasLost(node) ? { ...node, reason: null } : node));
  const model = new RunModel({ run: snapshot.run, nodes }, now);
  for (const text of notices) model.notice(text);
  const { columns } = process.stderr;
  const size = { width: columns || 80, height: maxLines, color: hasColor(process.stderr), results: false };
  // a key that came as the view was closed was echoed where the tree begins
  const begin = canRedraw(process.stderr) ? "\r\x1b[K" : "";
  tell(begin + runLines(model.view(now), size).join("\n"));
}

/**
 * Prints the root's whole result on stdout and the summary on stderr. If the result cannot be written, the summary
 * still comes, and says how to print the result later.
 */
export async function printResult(ended: Ended): Promise<void> {
  try {
    await printOutcome(ended);
  } catch (error) {
    if (error instanceof OutputLost) throw resultLost(ended.run, error);
    if (!(error instanceof ReaderGone)) throw error;
  } finally {
    const width = process.stderr.isTTY ? process.stderr.columns || 80 : null;
    const lines = summaryLines(ended.summary, { color: hasColor(process.stderr), width });
    tell(lines.join("\n"));
  }
}

async function printOutcome({ run, nodes, outcome, json }: Ended): Promise<void> {
  if (json) return printJson(runJson({ run, nodes }, outcome));
  if (outcome.state === "completed") return print(`${readable(outcome.result)}\n`);
}

function resultLost(run: Run, { why }: OutputLost): CordError {
  const hint =
    run.ended_at === null
      ? `The run is kept: "cord run --resume ${run.id}" goes on with it.`
      : `It is kept: "cord report ${shortRun(run.id)}" prints it again.`;
  return new CordError("failed", `The result could not be written: ${why}. ${hint}`);
}

export function summaryOf(
  run: Run,
  all: readonly Node[],
  outcome: RunResult,
  ending: Ending,
  strays: Summary["strays"],
): Summary {
  const nodes = all.filter(({ proposal }) => proposal !== "removed");
  const byNumber = new Map(nodes.map((node) => [node.number, node]));
  const counts: Summary["nodes"] = {};
  for (const { status } of nodes) counts[status] = (counts[status] ?? 0) + 1;
  return {
    run: shortRun(run.id),
    outcome: outcomeOf(outcome.state, run.limit_hit, ending),
    hasReport: outcome.state === "completed",
    reason: reasonOf(run.limit_hit, outcome, ending),
    worked_ms: run.worked_ms,
    lost: run.standing === "partial" ? run.lost : 0,
    usd: run.usd,
    estimated: run.estimated,
    uncounted: run.uncounted,
    totalBudget: run.options.total_budget_usd,
    totalTokens: run.options.total_tokens,
    tokens: {
      input: sum(nodes, "input_tokens"),
      cached: sum(nodes, "cached_tokens"),
      output: sum(nodes, "output_tokens"),
    },
    nodes: counts,
    firstNode: nodes.find(({ number }) => number > 1)?.number ?? 1,
    losses: nodes.filter(wasLost).map((node) => ({
      number: node.number,
      status: node.status,
      goal: node.goal,
      reason: node.reason,
      isMoot: isMoot(node, byNumber),
      hasLog: node.dir !== null,
    })),
    denials: nodes.flatMap(({ number, denied }) =>
      Object.entries(denied).map(([tool, count]) => ({ number, tool, count })),
    ),
    strays,
    headroom: run.windows.flatMap((window) => headroomText(window, wallClock()) ?? []),
    resumable: run.ended_at === null,
    higher: higherFor(run, ending),
  };
}

/** The flag that lets a run go on which a limit has cut short; null: none did, or a higher one would be of no use. */
function higherFor({ limit_hit, standing, options, ...spent }: Run, ending: Ending): string | null {
  const limit = ending.how === "timeout" ? "time" : standing === "limited" ? limit_hit : null;
  return limit === null ? null : raised(limit, spent, options);
}

function wasLost<T extends { status: TreeStatus }>(node: T): node is T & { status: Lost } {
  return isLost(node.status);
}

function reasonOf(limitHit: RunLimit | null, { state, reason }: RunResult, ending: Ending): string | null {
  if (ending.how === "halted" || ending.how === "limited") return ending.reason;
  if (ending.how === "timeout") return "its time is up";
  if (isCutShort(state, limitHit)) return limitHit === "time" ? "its time is up" : `${limitHit} reached`;
  return state === "completed" ? null : reason;
}

function isCutOff({ how }: Ending): boolean {
  return how === "timeout" || how === "limited";
}

function outcomeOf(state: State, limitHit: RunLimit | null, ending: Ending): Outcome {
  if (ending.how === "interrupted") return "interrupted";
  if (isCutOff(ending) || isCutShort(state, limitHit)) return "stopped by a limit";
  if (ending.how === "halted") return "failed";
  if (state === "completed") return "complete";
  return state === "cancelled" ? "cancelled" : "failed";
}

function sum(nodes: readonly Node[], field: "input_tokens" | "cached_tokens" | "output_tokens"): number {
  return nodes.reduce((total, node) => total + node[field], 0);
}
