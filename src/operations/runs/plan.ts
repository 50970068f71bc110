import { z } from "zod";
import { isPaid } from "../../core/agents.ts";
import { limits } from "../../core/limits.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { Plan, type Estimate, type PlannedNode } from "../../core/plan.ts";
import { proposal } from "../../core/proposal.ts";
import { modelFor } from "../../core/run-models.ts";
import type { RunOptions } from "../../core/run.ts";
import { NodeId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { nodeName } from "../../core/words.ts";
import { approvePlan, notePlanShown, plannersMeant, rejectPlan } from "../../store/lifecycle/proposals.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { meanCosts } from "../../store/tables/mean-costs.ts";
import { needsOf, returnsOf, type NodeRow } from "../../store/tables/node-row.ts";
import { nodesWithIds } from "../../store/tables/nodes.ts";
import { proposedBelow } from "../../store/tables/proposals.ts";
import { optionsOf } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import { operation } from "../operation.ts";
import { planMeant } from "../subject.ts";
import { project } from "../tasks/target.ts";
import { request_id } from "../nodes/target.ts";

const which = {
  run_id: z.string().describe("If not given: the open run of the project that has such a plan").optional(),
  project,
  node_id: NodeId.describe("The node that planned; if not given: all of the run").optional(),
};

const people = ["human"] as const;
const authority = { act: "approve", find: planMeant } as const;

/** What waits in a run for a person's approval. Throws `conflict` where nothing does. */
export const plan = operation({
  summary: "Read the plans of a run that wait for approval.",
  effect: "read",
  callers: people,
  authority,
  input: () => z.object(which),
  output: () => z.object({ run_id: z.string(), plans: z.array(Plan) }),
  run: (context) =>
    context.read(async (tx, { run, row }) => {
      const options = optionsOf(run);
      const costs = isPaid(options.agent) ? await meanCosts(tx, options.agent) : null;
      const plans: Plan[] = [];
      for (const planner of await plannersMeant(tx, run, row ?? null)) {
        const rows = await proposedBelow(tx, planner);
        const nodes = await plannedNodes(tx, planner, rows, options);
        plans.push({
          node_id: nodeName(planner.number),
          goal: planner.name,
          serial: nodeOptionsOf(planner).type === "serial",
          shown: rows.every(({ proposed }) => proposed === proposal.shown),
          nodes,
          estimate: costs === null ? null : estimateOf(nodes, costs),
        });
      }
      return { run_id: run.id, plans };
    }),
});

const decided = () =>
  z.object({
    run_id: z.string(),
    plans: z.array(z.object({ node_id: z.string(), goal: z.string(), nodes: z.number() })),
    worked_on: z.boolean().describe("An engine works on the run"),
  });

/** Lets what was planned be worked on. */
export const approve = operation({
  summary: "Approve what a node has planned, or all that waits in a run; an engine works on it then.",
  effect: "write",
  callers: people,
  authority,
  input: () =>
    z.object({
      ...which,
      only_shown: z.boolean().describe("Only what the person was shown").default(false),
      request_id,
    }),
  output: decided,
  run: (context, { only_shown }) =>
    context.write(async (tx, { run, row }) => {
      const deciding = { by: nameOf(context.caller), now: context.now };
      const plans = [];
      for (const planner of await plannersMeant(tx, run, row ?? null)) {
        const isShown = (await proposedBelow(tx, planner)).every(
          ({ proposed }) => proposed === proposal.shown,
        );
        if (only_shown && !isShown) continue;
        plans.push(said(planner, await approvePlan(tx, run, planner, deciding)));
      }
      return { run_id: run.id, plans, worked_on: (await enginesOf(tx, run.id)).present };
    }),
});

/** Takes what was planned out of the run, and has it planned again with what is said of it. */
export const reject = operation({
  summary: "Reject what a node has planned: its agent plans again, with your remark.",
  effect: "destructive",
  callers: people,
  authority,
  input: () => z.object({ ...which, text: z.string().min(1).max(limits.noteLength), request_id }),
  output: decided,
  run: (context, { text }) =>
    context.write(async (tx, { run, row }) => {
      const deciding = { by: nameOf(context.caller), now: context.now };
      const plans = [];
      for (const planner of await plannersMeant(tx, run, row ?? null))
        plans.push(said(planner, await rejectPlan(tx, run, planner, text, deciding)));
      return { run_id: run.id, plans, worked_on: (await enginesOf(tx, run.id)).present };
    }),
});

/** Notes that the person was shown what waits for them, so that going on with the run approves that and nothing else. */
export const shown = operation({
  summary: "Note that a person was shown a plan that waits for approval.",
  effect: "write",
  callers: people,
  authority,
  input: () => z.object({ ...which, request_id }),
  output: () => z.object({ run_id: z.string(), noted: z.number() }),
  run: (context) =>
    context.write(async (tx, { run, row }) => {
      let noted = 0;
      for (const planner of await plannersMeant(tx, run, row ?? null))
        noted += await notePlanShown(tx, planner);
      return { run_id: run.id, noted };
    }),
});

function said({ number, name }: NodeRow, rows: readonly NodeRow[]) {
  return { node_id: nodeName(number), goal: name, nodes: rows.length };
}

async function plannedNodes(
  tx: Tx,
  planner: NodeRow,
  rows: readonly NodeRow[],
  options: RunOptions,
): Promise<PlannedNode[]> {
  const numbers = new Map([planner, ...rows].map(({ id, number }) => [id, number]));
  const nodes: PlannedNode[] = [];
  for (const row of rows) {
    const needs = await nodesWithIds(tx, needsOf(row));
    const { for_each, ...rest } = nodeOptionsOf(row);
    nodes.push({
      node_id: nodeName(row.number),
      parent: nodeName(numbers.get(row.parent_id ?? "") ?? planner.number),
      goal: row.name,
      prompt: row.prompt,
      needs: needs.map(({ number }) => nodeName(number)),
      returns: returnsOf(row),
      model: row.model ?? modelFor(options, { isRoot: false, path: row.path, phase: "work" }),
      agent: row.agent ?? options.agent,
      options: { ...rest, ...(for_each === undefined ? {} : { for_each: nodeName(for_each) }) },
    });
  }
  return nodes;
}

function estimateOf(nodes: readonly PlannedNode[], costs: Awaited<ReturnType<typeof meanCosts>>): Estimate {
  const known = nodes.flatMap(({ model }) => costs.get(model) ?? []);
  return {
    usd: known.reduce((sum, { usd }) => sum + usd, 0),
    unknown: nodes.length - known.length,
    from: [...new Set(known)].reduce((sum, cost) => sum + cost.nodes, 0),
  };
}
