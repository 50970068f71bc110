import { shortRun } from "../../core/node-refusal.ts";
import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import { postedIn } from "../../core/project.ts";
import { RunOptions } from "../../core/run.ts";
import { NodeId, RequestId, State } from "../../core/task.ts";
import { nodeKind } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { attemptsOfRun } from "../../store/tables/attempts.ts";
import { lastSeq } from "../../store/tables/events.ts";
import { getTask } from "../../store/tables/ids.ts";
import { nodesOf } from "../../store/tables/nodes.ts";
import {
  getRun,
  insertRun,
  listRuns,
  optionsOf,
  moveRun,
  setOptions,
  takeNumber,
} from "../../store/tables/runs.ts";
import { insertTask } from "../../store/tables/tasks.ts";
import { operation } from "../operation.ts";
import { refuseOptions } from "./options.ts";
import { runFor } from "../subject.ts";
import { NodeSummary, nodeSummary, RunSummary, summaryOf } from "./summary.ts";

const readers = ["human", "tab"] as const;
const project = z.string().max(4096).optional();

const Folder = z.string().max(4096).refine(isAbsolute, "must be an absolute path");

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
    cwd: Folder.optional(),
    options: RunOptions,
    request_id: RequestId.optional(),
  }),
  output: z.object({ run_id: z.string() }),
  run: async (context, input) => {
    refuseOptions(input.options);
    return context.write(async (tx) => {
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
    });
  },
});

/** Gives a run that is not over other limits and settings, or another folder to work in; what is launched from then on has them. */
export const modify = operation({
  name: "runs/modify",
  summary: "Change the limits and settings of a run that is not over.",
  effect: "write",
  callers: ["human"],
  input: z.object({
    run_id: z.string(),
    options: RunOptions,
    cwd: Folder.describe("Where its project is now").optional(),
    project,
    request_id: RequestId.optional(),
  }),
  output: z.object({ run_id: z.string() }),
  run: (context, { run_id, options, cwd, project }) =>
    context.write(async (tx) => {
      const run = await getRun(tx, run_id);
      refuseOptions(options, optionsOf(run));
      if (run.ended_at !== null)
        throw new CordError(
          "conflict",
          `Run ${shortRun(run.id)} is over. "cord run --resume ${shortRun(run.id)}" tries again what failed in it.`,
        );
      await setOptions(tx, run.id, options);
      if (cwd !== undefined) await moveRun(tx, run.id, { cwd, project: postedIn(project) });
      return { run_id: run.id };
    }),
});

/** Runs, the newest first. */
export const list = operation({
  name: "runs/list",
  summary: "List runs, newest first.",
  effect: "read",
  callers: readers,
  input: z.object({
    project,
    limit: z.number().int().min(1).max(limits.listed).default(50),
    open: z.boolean().describe("Only those that are not over").default(false),
  }),
  output: z.array(RunSummary),
  run: ({ store, now }, { project, limit, open }) =>
    store.read(async (tx) => {
      const runs = await listRuns(tx, project, limit, open);
      return Promise.all(runs.map((run) => summaryOf(tx, run, now)));
    }),
});

/** A run with all its nodes, and the seq from which its events go on. */
export const get = operation({
  name: "runs/get",
  summary: "Read a run with all its nodes, as the live view draws it.",
  effect: "read",
  callers: readers,
  input: z.object({
    run_id: z.string().optional(),
    project,
    node_id: NodeId.describe("Without run_id: the run that has this node").optional(),
  }),
  output: z.object({ run: RunSummary, nodes: z.array(NodeSummary), seq: z.number() }),
  run: (context, input) =>
    context.store.read(async (tx) => {
      const run = await runFor(tx, context, input);
      const [rows, attempts] = [await nodesOf(tx, run.id), await attemptsOfRun(tx, run.id)];
      const byTask = Map.groupBy(attempts, (attempt) => attempt.task_id);
      const numbers = new Map(rows.map((row) => [row.id, row.number ?? 0]));
      const nodes = rows.map((row) => nodeSummary(row, byTask.get(row.id) ?? [], numbers));
      return { run: await summaryOf(tx, run, context.now), nodes, seq: await lastSeq(tx) };
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

/** Also as Windows writes one: the daemon may be on another machine than those who work. */
function isAbsolute(path: string): boolean {
  return /^(?:\/|[a-z]:[\\/]|\\\\)/i.test(path);
}
