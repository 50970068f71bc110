import { z } from "zod";
import { listAgents } from "../store/tables/agents.ts";
import { lastSeq } from "../store/tables/events.ts";
import { countAgentsInRuns } from "../store/tables/run-figures.ts";
import { countOpenRuns, listRuns } from "../store/tables/runs.ts";
import { countTasks } from "../store/tables/tasks.ts";
import { operation } from "./operation.ts";
import { RunSummary, summaryOf } from "./runs/summary.ts";

const shownRuns = 10;

/** What one screen of status shows. An agent is active, idle after 15 s, stale after 60 s without a heartbeat. */
export const read = operation({
  name: "daemon/status",
  summary: "Counts of tasks by state, of agents by age, and the runs that are open.",
  effect: "read",
  callers: ["human", "tab"],
  input: z.object({ project: z.string().optional() }),
  output: z.object({
    tasks: z.record(z.string(), z.number()),
    blocked: z.number().describe("Pending tasks that wait for what they need"),
    agents: z.object({ active: z.number(), idle: z.number(), stale: z.number() }),
    agents_in_runs: z.number().describe("Agents that engines have at work on nodes"),
    open_runs: z.number(),
    runs: z.array(RunSummary).describe("The newest of those that are open"),
    seq: z.number(),
    watchers: z.number(),
  }),
  run: ({ store, bus, monotonic, now }, { project }) =>
    store.read(async (tx) => {
      const agents = { active: 0, idle: 0, stale: 0 };
      for (const { status } of await listAgents(tx, project, monotonic)) agents[status] += 1;
      const runs = await listRuns(tx, project, shownRuns, true);
      return {
        ...(await countTasks(tx, project)),
        agents,
        agents_in_runs: await countAgentsInRuns(tx, project),
        runs: await Promise.all(runs.map((run) => summaryOf(tx, run, now))),
        open_runs: await countOpenRuns(tx, project),
        seq: await lastSeq(tx),
        watchers: bus.watchers(),
      };
    }),
});
