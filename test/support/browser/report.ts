import type { AttemptRecord } from "../../../src/core/run-record.ts";
import type { Report, ReportNode } from "../../../src/report/report.ts";
import { runOptions } from "../run-options.ts";

/** Made-up reports, for what draws them. Times are in seconds from the run's begin. */

const begin = Date.parse("2026-01-01T10:00:00Z");

export function at(seconds: number): string {
  return new Date(begin + 1000 * seconds).toISOString();
}

export function attemptAt(from: number, to: number | null, some: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attempt: 1,
    phase: "work",
    agent: "claude",
    model: "claude-opus-4-8",
    state: to === null ? "running" : "ended",
    exit: to === null ? null : "done",
    started_at: at(from),
    ended_at: to === null ? null : at(to),
    usd: 0.1,
    estimated: false,
    counted: true,
    input_tokens: 1000,
    cached_tokens: 0,
    output_tokens: 100,
    session: null,
    dir: null,
    reason: null,
    said: null,
    late_result: null,
    checks: [],
    ...some,
  };
}

export function nodeWith(
  number: number,
  attempts: AttemptRecord[],
  some: Partial<ReportNode> = {},
): ReportNode {
  const sum = (field: "usd" | "input_tokens" | "output_tokens") =>
    attempts.reduce((total, attempt) => total + attempt[field], 0);
  return {
    id: `id-${number}`,
    number,
    parent: number === 1 ? null : 1,
    type: number === 1 ? "GOAL" : "TASK",
    goal: `Goal ${number}`,
    status: "complete",
    phase: "work",
    epoch: attempts.length,
    holder: null,
    needs: [],
    item: null,
    shape: null,
    started_at: attempts[0]?.started_at ?? null,
    ended_at: attempts.at(-1)?.ended_at ?? null,
    worked_ms: 0,
    running_since: null,
    usd: sum("usd"),
    attempt_usd: 0,
    estimated: false,
    uncounted: 0,
    input_tokens: sum("input_tokens"),
    cached_tokens: 0,
    output_tokens: sum("output_tokens"),
    denials: 0,
    denied: {},
    agent: "claude",
    attempts,
    attempts_left_out: 0,
    tries: 1,
    dir: null,
    session: null,
    activity: null,
    notice: null,
    result: null,
    reason: null,
    question: null,
    proposal: null,
    prompt: null,
    returns: "text",
    model: null,
    options: {},
    created_at: at(0),
    ...some,
  };
}

export function reportWith(nodes: ReportNode[], some: Partial<Report> = {}): Report {
  const end = Math.max(
    ...nodes.flatMap(({ ended_at }) => (ended_at === null ? [] : [Date.parse(ended_at)])),
    begin,
  );
  return {
    version: "0.0.0",
    made_at: new Date(end).toISOString(),
    run: {
      id: "01a1fd89-829a-7215-b662-df9f282922df",
      goal: "A goal",
      status: "complete",
      standing: "complete",
      asks: [],
      engines: [],
      trouble: null,
      windows: [],
      parked: null,
      tokens: 0,
      done: nodes.length,
      lost: 0,
      agents: 0,
      worked_ms: end - begin,
      project: null,
      cwd: "/tmp",
      nodes: nodes.length,
      usd: nodes.reduce((sum, { usd }) => sum + usd, 0),
      estimated: false,
      uncounted: 0,
      limit_hit: null,
      created_at: at(0),
      ended_at: new Date(end).toISOString(),
      options: runOptions,
    },
    result: { text: "The result.", length: 11, json: false },
    reason: null,
    nodes,
    happenings: [],
    spending: [],
    transcripts: [],
    ...some,
  };
}
