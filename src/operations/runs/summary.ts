import { z } from "zod";
import { parseJson } from "../../core/json.ts";
import { RunOptions, RunStanding, runStandingOf } from "../../core/run.ts";
import { TreeStatus } from "../../core/task.ts";
import { finalStates, treeStatus } from "../../core/words.ts";
import { beginningOf } from "../../core/text.ts";
import type { AttemptRow } from "../../store/tables/attempts.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { getTask } from "../../store/tables/ids.ts";
import { openAsks, questionOf } from "../../store/tables/questions.ts";
import { nodeFigures, workFigures } from "../../store/tables/run-figures.ts";
import { optionsOf, type RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { time } from "../../store/tables/time.ts";
import { typeOf } from "../nodes/read.ts";

const shownAsks = 20;

/** A run in a list. */
export const RunSummary = z.object({
  id: z.string(),
  goal: z.string(),
  status: TreeStatus,
  standing: RunStanding,
  asks: z.array(z.number()).max(shownAsks).describe("Open questions to a person"),
  engines: z.array(z.string()).describe("Who works on it, by name"),
  trouble: z.string().nullable().describe("What its engine says holds it up"),
  done: z.number().describe("Nodes that are complete"),
  lost: z.number().describe("Nodes that failed, or that nobody stopped and that could not come about"),
  agents: z.number().describe("Attempts that run"),
  worked_ms: z.number().describe("How long at least one agent has run"),
  project: z.string().nullable(),
  cwd: z.string().nullable(),
  nodes: z.number(),
  usd: z.number(),
  estimated: z.boolean().describe("Some of usd was counted by cord, from tokens and a price list"),
  limit_hit: z.string().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  options: RunOptions,
});

export type RunSummary = z.infer<typeof RunSummary>;

/** A node as the views draw it: no prompt, and only the beginning of its result. */
export const NodeSummary = z.object({
  id: z.string(),
  number: z.number(),
  parent: z.number().nullable(),
  type: z.enum(["GOAL", "TASK", "ASK"]),
  goal: z.string(),
  status: TreeStatus,
  phase: z.string(),
  epoch: z.number(),
  holder: z.string().nullable(),
  needs: z.array(z.number()),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  worked_ms: z.number().describe("How long its attempts that are over have run"),
  running_since: z.string().nullable().describe("When the attempt that runs was started"),
  usd: z.number(),
  estimated: z.boolean(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  denials: z.number(),
  attempts: z.number(),
  tries: z
    .number()
    .describe(
      "How often it was tried in its present phase; one that was interrupted goes on, and is no other",
    ),
  dir: z.string().nullable(),
  session: z.string().nullable(),
  activity: z.string().nullable(),
  notice: z.string().nullable(),
  result: z.string().nullable(),
  reason: z.string().nullable(),
  question: z
    .object({
      text: z.string(),
      options: z.array(z.string()),
      default: z.string().nullable(),
      target: z.string(),
    })
    .nullable(),
});
export type NodeSummary = z.infer<typeof NodeSummary>;

export async function summaryOf(tx: Tx, run: RunRow, now: number): Promise<RunSummary> {
  const root = await getTask(tx, run.root_id);
  const [nodes, work, engines] = [
    await nodeFigures(tx, run.id),
    await workFigures(tx, run.id, now),
    await enginesOf(tx, run.id),
  ];
  const asks = await openAsks(tx, run.id, shownAsks);
  return {
    id: run.id,
    goal: run.goal,
    status: treeStatus(root.state),
    standing: runStandingOf({
      root: root.state,
      limitHit: run.limit_hit,
      engines,
      asks: asks.length,
      lost: nodes.lost,
    }),
    asks,
    engines: run.ended_at === null ? engines.names : [],
    trouble: run.ended_at === null ? engines.trouble : null,
    ...nodes,
    ...work,
    project: run.project,
    cwd: run.cwd,
    nodes: run.nodes,
    usd: run.spent_usd,
    limit_hit: run.limit_hit,
    created_at: time(run.created_at),
    ended_at: run.ended_at === null ? null : time(run.ended_at),
    options: optionsOf(run),
  };
}

const shownResult = 200;

export function nodeSummary(
  row: TaskRow,
  attempts: readonly AttemptRow[],
  numbers: ReadonlyMap<string, number>,
): NodeSummary {
  const first = attempts.at(0);
  const last = attempts.at(-1);
  const question = questionOf(row);
  const needs = row.needs === null ? [] : parseJson<string[]>(row.needs);
  return {
    id: row.id,
    number: row.number ?? 0,
    parent: row.parent_id === null ? null : (numbers.get(row.parent_id) ?? null),
    type: typeOf(row),
    goal: row.name,
    status: treeStatus(row.state),
    phase: row.phase ?? "work",
    epoch: row.epoch,
    holder: row.claimed_by,
    needs: needs.map((id) => numbers.get(id) ?? 0),
    started_at: first ? time(first.started_at) : null,
    ended_at: finalStates.includes(row.state) ? time(row.updated_at) : null,
    worked_ms: attempts.reduce((sum, attempt) => sum + workedMs(attempt), 0),
    running_since: last?.state === "running" ? time(last.started_at) : null,
    usd: total(attempts, "usd"),
    estimated: attempts.some((attempt) => attempt.estimated === 1),
    input_tokens: total(attempts, "input_tokens"),
    output_tokens: total(attempts, "output_tokens"),
    denials: total(attempts, "denials"),
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
  };
}

function total(
  attempts: readonly AttemptRow[],
  field: "usd" | "input_tokens" | "output_tokens" | "denials",
): number {
  return attempts.reduce((sum, attempt) => sum + attempt[field], 0);
}

function workedMs({ started_at, ended_at }: AttemptRow): number {
  return ended_at === null ? 0 : Math.max(0, ended_at - started_at);
}

function beginning(result: unknown): string {
  return beginningOf(typeof result === "string" ? result : JSON.stringify(result), shownResult);
}
