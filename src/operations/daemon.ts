import { isAbsolute } from "node:path";
import { z } from "zod";
import { About } from "../core/about.ts";
import { CordError } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import { Run } from "../core/run.ts";
import { State } from "../core/task.ts";
import { countAgents } from "../store/tables/agents.ts";
import { lastSeq } from "../store/tables/events.ts";
import { countOpenRuns, listRuns } from "../store/tables/runs.ts";
import { countAgentsInRuns, countTasks } from "../store/tables/task-counts.ts";
import { anyCaller } from "./authority.ts";
import { operation } from "./operation.ts";
import { summaryOf } from "./runs/summary.ts";

export const describe = operation({
  summary: "What the daemon is: its process, its database and vault, how it was started, who is connected.",
  effect: "read",
  callers: ["human"],
  authority: anyCaller,
  input: () => z.object({}),
  output: () => About,
  run: async ({ daemon }) => daemon.about(),
});

/**
 * The file gets its name only when it is complete. The path comes from a person, so any path is allowed; no other
 * caller may name one.
 */
export const backup = operation({
  summary: "Copy the database into a file, whole and consistent, while the daemon goes on.",
  effect: "destructive",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({
      file: z.string().min(1).max(limits.pathLength),
      replace: z.boolean().default(false),
      /** for how long the caller waits; it is given up then */
      wait_ms: z.number().int().min(1000).max(limits.longWaitMs).default(25_000),
    }),
  output: () =>
    z.object({ ok: z.literal(true), database: z.string(), file: z.string(), bytes: z.number().int() }),
  holdsOpen: ({ wait_ms }) => wait_ms,
  run: async ({ daemon }, { file, replace, wait_ms }) => {
    if (!isAbsolute(file))
      throw new CordError("usage", `${file} is no absolute path: the daemon has a directory of its own.`);
    const bytes = await daemon.backUp(file, replace, wait_ms);
    return { ok: true as const, database: daemon.about().database, file, bytes };
  },
});

/**
 * The daemon ends a moment after the answer, as at SIGTERM: what is committed stays, and waits and leases continue at
 * the next daemon. Who names a process means no other: by the time it is asked, another may have its address.
 */
export const stop = operation({
  summary:
    "End the daemon, once this is answered. What is committed stays; clients that need one start another.",
  effect: "destructive",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({
      pid: z.number().int().optional(),
      successor: z.string().max(64).describe("The version of the daemon that takes its place").optional(),
    }),
  output: () => z.object({ ok: z.literal(true), pid: z.number().int() }),
  run: async ({ daemon }, { pid: meant, successor }) => {
    const { pid } = daemon.about();
    if (meant !== undefined && meant !== pid)
      throw new CordError(
        "conflict",
        `This is the daemon with pid ${pid}: the one with pid ${meant} is gone.`,
      );
    daemon.stop(successor ?? null);
    return { ok: true as const, pid };
  },
});

const shownRuns = 10;

/** What one screen of status shows. An agent is active, idle after 15 s, stale after 60 s without a heartbeat. */
export const status = operation({
  summary: "Counts of tasks by state, of agents by age, and the runs that are open.",
  effect: "read",
  callers: ["human", "tab"],
  authority: anyCaller,
  input: () => z.object({ project: z.string().optional() }),
  output: () =>
    z.object({
      tasks: z.partialRecord(State, z.number()),
      blocked: z.number().describe("Pending tasks that wait for what they need"),
      agents: z.object({ active: z.number(), idle: z.number(), stale: z.number() }),
      agents_in_runs: z.number().describe("Agents that engines have at work on nodes"),
      open_runs: z.number(),
      runs: z.array(Run).describe("The newest of those that are open"),
      seq: z.number(),
      watchers: z.number(),
    }),
  run: ({ store, bus, tabs, monotonic, now }, { project }) =>
    store.read(async (tx) => {
      const runs = await listRuns(tx, project, shownRuns, { open: true });
      return {
        ...(await countTasks(tx, project)),
        agents: await countAgents(tx, project, monotonic, (id) => tabs.find({ agent: id }) !== null),
        agents_in_runs: await countAgentsInRuns(tx, project),
        runs: await Promise.all(runs.map((run) => summaryOf(tx, run, now))),
        open_runs: await countOpenRuns(tx, project),
        seq: await lastSeq(tx),
        watchers: bus.watchers(),
      };
    }),
});
