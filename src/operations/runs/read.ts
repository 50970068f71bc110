import { z } from "zod";
import { parseJson } from "../../core/json.ts";
import { Run, RunResult, RunSnapshot } from "../../core/run.ts";
import { NodeId } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { attemptsOfRun } from "../../store/tables/attempts.ts";
import { lastSeq } from "../../store/tables/events.ts";
import { getTask } from "../../store/tables/ids.ts";
import { nodesOf } from "../../store/tables/nodes.ts";
import { listRuns } from "../../store/tables/runs.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { runMeant, runNamed } from "../subject.ts";
import { board, project } from "../tasks/target.ts";
import { nodeSummary, summaryOf } from "./summary.ts";

/** Runs, the newest first. */
export const list = operation({
  summary: "List runs, newest first.",
  effect: "read",
  callers: board,
  authority: anyCaller,
  input: () =>
    z.object({
      project,
      limit: z.number().int().min(1).max(limits.listed).default(50),
      open: z.boolean().describe("Only those that are not over").default(false),
      ended_before: z.iso.datetime().describe("Only those that were over by then").optional(),
    }),
  output: () => z.array(Run),
  run: ({ store, now }, { project, limit, open, ended_before }) =>
    store.read(async (tx) => {
      const endedBefore = ended_before === undefined ? null : Date.parse(ended_before);
      const runs = await listRuns(tx, project, limit, { open, endedBefore });
      return Promise.all(runs.map((run) => summaryOf(tx, run, now)));
    }),
});

/** A run with all its nodes, and the seq from which its events go on. */
export const get = operation({
  summary: "Read a run with all its nodes, as the live view draws it.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: runMeant },
  input: () =>
    z.object({
      run_id: z.string().optional(),
      project,
      node_id: NodeId.describe("Without run_id: the run that has this node").optional(),
    }),
  output: () => RunSnapshot,
  run: (context) =>
    context.read(async (tx, { run }) => {
      const [rows, attempts] = [await nodesOf(tx, run.id), await attemptsOfRun(tx, run.id)];
      const byTask = Map.groupBy(attempts, (attempt) => attempt.task_id);
      const numbers = new Map(rows.map((row) => [row.id, row.number]));
      const nodes = rows.map((row) => nodeSummary(row, byTask.get(row.id) ?? [], numbers));
      return { run: await summaryOf(tx, run, context.now), nodes, seq: await lastSeq(tx) };
    }),
});

/** The root's result, whole. */
export const result = operation({
  summary: "Read the result of a run's root, whole.",
  effect: "read",
  callers: board,
  authority: { act: "read", find: runNamed },
  input: () => z.object({ run_id: z.string() }),
  output: () => RunResult,
  run: (context) =>
    context.read(async (tx, { run }) => {
      const root = await getTask(tx, run.root_id);
      return {
        state: root.state,
        result: root.result === null ? null : parseJson(root.result),
        reason: root.reason,
      };
    }),
});
