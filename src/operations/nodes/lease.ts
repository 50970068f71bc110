import { nodeOptionsOf, triesOf } from "../../core/node-options.ts";
import { z } from "zod";
import { engineLeaseMs } from "../../core/lease.ts";
import { AgentId, NodeId } from "../../core/task.ts";
import { nodeName } from "../../core/words.ts";
import { RunLimit } from "../../core/run.ts";
import { limits } from "../../core/limits.ts";
import { forgetEngine, noteEngine } from "../../store/tables/engines.ts";
import { getNode, nodesHeldBy } from "../../store/tables/nodes.ts";
import { renewLeases } from "../../store/lifecycle/transitions.ts";
import { noteLimit } from "../../store/tables/runs.ts";
import { setColumns } from "../../store/tables/tasks.ts";
import { failTask, releaseTask, requireHolder } from "../../store/lifecycle/transitions.ts";
import { settleChecked, settleHandedIn } from "../../store/lifecycle/settle.ts";
import { checkDue, noteCheck } from "../../store/lifecycle/check.ts";
import { dropHandedIn, hasHandedIn } from "../../store/lifecycle/hand-in.ts";
import { CheckReport } from "../../core/check.ts";
import { operation } from "../operation.ts";
import { engine, Epoch, request_id } from "./target.ts";
import { nodeOfRun, runNamed } from "../subject.ts";

/**
 * Renews an engine's leases on all its nodes of a run, and shows that it is alive. The answer names the nodes that it
 * still holds.
 */
export const renew = operation({
  summary: "Renew the leases of an engine's nodes, and its own on the run.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  lease: "extends",
  input: () =>
    z.object({
      run_id: z.string(),
      engine: AgentId,
      trouble: z
        .string()
        .max(limits.noticeLength)
        .nullable()
        .describe("What holds up all of its work; null: nothing")
        .optional(),
      leaving: z.boolean().describe("It goes, and holds nothing any more").default(false),
    }),
  output: () => z.object({ held: z.array(z.object({ node_id: z.string(), epoch: Epoch })) }),
  run: (context, { run_id, engine, trouble, leaving }) =>
    context.write(async (tx) => {
      if (leaving) await forgetEngine(tx, run_id, engine, context.now);
      else await noteEngine(tx, run_id, engine, context, trouble);
      const rows = await renewLeases(tx, run_id, engine, engineLeaseMs, context);
      return { held: rows.map(({ number, epoch }) => ({ node_id: nodeName(number), epoch })) };
    }),
});

const held = { run_id: z.string(), node_id: NodeId, epoch: Epoch, request_id };

/**
 * Says that an agent can add nothing more to the message of its hand-in: its node completes with what it has created
 * by then. Does nothing if it handed in nothing, or if the node no longer belongs to this attempt. A result that has
 * to be checked stays held back, and the answer names the command, until it comes again with that check, passed.
 */
export const settle = operation({
  summary: "Complete a node whose agent has handed in its result, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: nodeOfRun },
  lease: "ends",
  input: () => z.object({ ...held, check: CheckReport.describe("How its check went").optional() }),
  output: () =>
    z.object({
      settled: z.boolean(),
      check: z.string().describe("The command that has to pass first").optional(),
    }),
  run: (context, { epoch, check }) =>
    context.write(async (tx, { row }) => {
      if (row.epoch !== epoch || !(await hasHandedIn(tx, row))) return { settled: false };
      const due = await checkDue(tx, row);
      if (due !== null && (check?.command !== due || check.verdict !== "passed"))
        return { settled: false, check: due };
      if (check !== undefined) await noteCheck(tx, row, check, context.now);
      return { settled: (await settleChecked(tx, row, context.now)) !== null };
    }),
});

/**
 * Says that a check did not let a result through: the node has handed in nothing, and its attempt goes on. The answer
 * says how many results of this attempt were refused.
 */
export const refuse = operation({
  summary: "Take back what a node has handed in, since its check did not pass, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: nodeOfRun },
  lease: "extends",
  input: () => z.object({ ...held, check: CheckReport }),
  output: () =>
    z.object({ refusals: z.number(), seq: z.number().describe("Up to here its hand-ins are refused") }),
  run: (context, { epoch, check }) =>
    context.write(async (tx, { row }) => {
      requireHolder(row, { epoch }, context);
      await dropHandedIn(tx, row);
      return noteCheck(tx, row, check, context.now);
    }),
});

/** Gives back a node that was not finished: a start that was no attempt, a Ctrl-C, a rate limit without end. */
export const release = operation({
  summary: "Give a node back, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: nodeOfRun },
  lease: "ends",
  input: () => z.object({ ...held, reason: z.string().max(limits.noteLength).optional() }),
  output: () => z.object({ released: z.string() }),
  run: (context, { run_id, node_id, epoch, reason }) =>
    context.write(async (tx) => {
      await releaseTask(tx, await getNode(tx, run_id, node_id), { epoch }, context, reason);
      return { released: nodeName(node_id) };
    }),
});

/** Reports a failed attempt. The node is tried again, as often as it may be, unless final says that this would be of no use. */
export const fail = operation({
  summary: "Report that an attempt failed, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: nodeOfRun },
  lease: "ends",
  input: () =>
    z.object({
      ...held,
      reason: z.string().max(limits.reasonLength),
      final: z.boolean().default(false),
      limit: RunLimit.optional(),
    }),
  output: () => z.object({ retried: z.boolean() }),
  run: (context, { run_id, epoch, reason, final, limit }) =>
    context.write(async (tx, { row }) => {
      const failures = row.failures + 1;
      const retried = !final && failures < triesOf(nodeOptionsOf(row));
      if (row.epoch === epoch && (await settleHandedIn(tx, row, context.now))) return { retried: false };
      if (limit !== undefined) await noteLimit(tx, run_id, limit);
      if (retried) {
        await releaseTask(tx, row, { epoch }, context, reason);
        await setColumns(tx, row, { failures });
      } else await failTask(tx, row, reason, { epoch }, context);
      return { retried };
    }),
});

/** Gives back what an engine that is gone still holds, so that nobody has to wait for its leases. */
export const takeover = operation({
  summary: "Give back the nodes of an engine that is gone.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  lease: "ends",
  input: () => z.object({ run_id: z.string(), engine: AgentId, request_id }),
  output: () => z.object({ released: z.array(z.string()) }),
  run: (context, { run_id, engine }) =>
    context.write(async (tx) => {
      const rows = await nodesHeldBy(tx, run_id, engine);
      await forgetEngine(tx, run_id, engine, context.now);
      // those whose leases have ended are given back by the sweep
      const held = rows.filter(({ lease_due }) => lease_due === null || lease_due > context.monotonic);
      for (const { number, epoch } of held) {
        // read again: what one before it has handed in may have ended it
        const row = await getNode(tx, run_id, number);
        if (row.state === "claimed") await releaseTask(tx, row, { epoch }, context, "its engine is gone");
      }
      return { released: held.map((row) => nodeName(row.number)) };
    }),
});
