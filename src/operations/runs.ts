import { z } from "zod";
import { CordError } from "../core/error.ts";
import { postedIn } from "../core/project.ts";
import { RunOptions } from "../core/run.ts";
import { limits, nodeKind, RequestId, State, treeStatus } from "../core/task.ts";
import { parseJson } from "../core/json.ts";
import { attemptsOfRun, type AttemptRow } from "../store/attempts.ts";
import { lastSeq } from "../store/events.ts";
import { nodesOf } from "../store/nodes.ts";
import { questionOf } from "../store/questions.ts";
import {
  getRun,
  insertRun,
  listRuns,
  optionsOf,
  setOptions,
  takeNumber,
  type RunRow,
} from "../store/runs.ts";
import type { Tx } from "../store/store.ts";
import { getTask } from "../store/ids.ts";
import { insertTask } from "../store/tasks.ts";
import { time } from "../store/time.ts";
import type { TaskRow } from "../store/task-row.ts";
import { operation } from "./operation.ts";
import { typeOf } from "./reading.ts";
import { runFor } from "./subject.ts";
import { beginningOf } from "../core/text.ts";

const readers = ["human", "tab"] as const;
const project = z.string().max(4096).optional();

/** A run in a list. */
export const RunSummary = z.object({
  id: z.string(),
  goal: z.string(),
  status: z.string(),
  project: z.string().nullable(),
  cwd: z.string().nullable(),
  nodes: z.number(),
  usd: z.number(),
  limit_hit: z.string().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  options: RunOptions,
});

/** A node as the views draw it: no prompt, and only the beginning of its result. */
export const NodeSummary = z.object({
  id: z.string(),
  number: z.number(),
  parent: z.number().nullable(),
  type: z.enum(["GOAL", "TASK", "ASK"]),
  goal: z.string(),
  status: z.string(),
  phase: z.string(),
  epoch: z.number(),
  holder: z.string().nullable(),
  needs: z.array(z.number()),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  usd: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  denials: z.number(),
  attempts: z.number(),
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

/** Starts a run: its root waits for an engine. */
export const create = operation({
  name: "runs/create",
  summary: "Start a run from a goal; an engine has to work on it.",
  effect: "write",
  callers: ["human"],
  input: z.object({
    goal: z.string().min(1).max(limits.nameLength),
    prompt: z.string().max(limits.promptLength).optional(),
    returns: z.string().optional(),
    project,
    cwd: z.string().max(4096).optional(),
    options: RunOptions,
    request_id: RequestId.optional(),
  }),
  output: z.object({ run_id: z.string() }),
  run: (context, input) =>
    context.write(async (tx) => {
      const [id, rootId] = [context.newId(), context.newId()];
      const about = { goal: input.goal, project: postedIn(input.project), cwd: input.cwd ?? null };
      await insertRun(tx, { ...about, id, root_id: rootId, options: input.options }, context.now);
      const number = await takeNumber(tx, id);
      const root = {
        id: rootId,
        name: input.goal,
        kind: nodeKind,
        priority: "normal",
        state: "pending" as const,
        project: about.project,
        run_id: id,
        number,
        path: String(number),
        phase: "work" as const,
        prompt: input.prompt ?? null,
        returns: "text",
      };
      await insertTask(tx, root, context.now);
      return { run_id: id };
    }),
});

/** Gives a run that is not over other limits and settings; what is launched from then on has them. */
export const modify = operation({
  name: "runs/modify",
  summary: "Change the limits and settings of a run that is not over.",
  effect: "write",
  callers: ["human"],
  input: z.object({ run_id: z.string(), options: RunOptions, request_id: RequestId.optional() }),
  output: z.object({ run_id: z.string() }),
  run: (context, { run_id, options }) =>
    context.write(async (tx) => {
      const run = await getRun(tx, run_id);
      if (run.ended_at !== null) throw new CordError("conflict", `Run ${run.id} is over. Start a new one.`);
      await setOptions(tx, run.id, options);
      return { run_id: run.id };
    }),
});

/** Runs, the newest first. */
export const list = operation({
  name: "runs/list",
  summary: "List runs, newest first.",
  effect: "read",
  callers: readers,
  input: z.object({ project, limit: z.number().int().min(1).max(limits.listed).default(50) }),
  output: z.array(RunSummary),
  run: ({ store }, { project, limit }) =>
    store.read(async (tx) => {
      const runs = await listRuns(tx, project, limit);
      return Promise.all(runs.map((run) => summaryOf(tx, run)));
    }),
});

/** A run with all its nodes, and the seq from which its events go on. */
export const get = operation({
  name: "runs/get",
  summary: "Read a run with all its nodes, as the live view draws it.",
  effect: "read",
  callers: readers,
  input: z.object({ run_id: z.string().optional(), project }),
  output: z.object({ run: RunSummary, nodes: z.array(NodeSummary), seq: z.number() }),
  run: (context, input) =>
    context.store.read(async (tx) => {
      const run = await runFor(tx, context, input);
      const [rows, attempts] = [await nodesOf(tx, run.id), await attemptsOfRun(tx, run.id)];
      const byTask = Map.groupBy(attempts, (attempt) => attempt.task_id);
      const numbers = new Map(rows.map((row) => [row.id, row.number ?? 0]));
      const nodes = rows.map((row) => nodeSummary(row, byTask.get(row.id) ?? [], numbers));
      return { run: await summaryOf(tx, run), nodes, seq: await lastSeq(tx) };
    }),
});

/** The root's result, whole. */
export const result = operation({
  name: "runs/result",
  summary: "Read the result of a run's root, whole.",
  effect: "read",
  callers: readers,
  input: z.object({ run_id: z.string() }),
  output: z.object({ state: State, result: z.unknown(), reason: z.string().nullable() }),
  run: ({ store }, { run_id }) =>
    store.read(async (tx) => {
      const run = await getRun(tx, run_id);
      const root = await getTask(tx, run.root_id);
      return {
        state: root.state,
        result: root.result === null ? null : parseJson(root.result),
        reason: root.reason,
      };
    }),
});

async function summaryOf(tx: Tx, run: RunRow): Promise<z.infer<typeof RunSummary>> {
  const root = await getTask(tx, run.root_id);
  return {
    id: run.id,
    goal: run.goal,
    status: treeStatus(root.state),
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

function nodeSummary(
  row: TaskRow,
  attempts: readonly AttemptRow[],
  numbers: ReadonlyMap<string, number>,
): NodeSummary {
  const first = attempts.at(0);
  const last = attempts.at(-1);
  const question = questionOf(row);
  const ended = row.state === "completed" || row.state === "failed" || row.state === "cancelled";
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
    ended_at: ended ? time(row.updated_at) : null,
    usd: total(attempts, "usd"),
    input_tokens: total(attempts, "input_tokens"),
    output_tokens: total(attempts, "output_tokens"),
    denials: total(attempts, "denials"),
    attempts: attempts.length,
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

function beginning(result: unknown): string {
  return beginningOf(typeof result === "string" ? result : JSON.stringify(result), shownResult);
}
