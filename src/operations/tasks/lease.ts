import { z } from "zod";
import { leaseOf } from "../../core/lease.ts";
import { AgentId, LeaseSeconds, Task, TaskId } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { isNoted, noteAgent, rememberNote } from "../../store/tables/agents.ts";
import { toTask } from "../../store/tables/tasks.ts";
import { time } from "../../store/tables/time.ts";
import { claimTask, extendTask, releaseTask } from "../../store/lifecycle/transitions.ts";
import { expireLeases } from "../../store/lifecycle/sweep.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { cutShort } from "./short.ts";
import { board, project, request_id, task, taking, holder } from "./target.ts";

/** Gives a pending task to one agent until the lease ends. Conflict if it is not pending or its needs are not met. */
export const claim = operation({
  summary: "Claim a pending task; exactly one agent wins.",
  effect: "write",
  callers: board,
  authority: taking("claim"),
  tool: { profile: "board", title: "Claim a task", omit: ["request_id", "project"] },
  lease: "takes",
  tolerates: ["leaseSeconds"],
  input: () => z.object({ id: TaskId, agentId: AgentId, leaseSeconds: LeaseSeconds, project, request_id }),
  output: () => Task,
  run: async (context, { agentId, leaseSeconds }) => {
    const { store, monotonic } = context;
    const isKnown = isNoted(store, agentId, monotonic);
    const claimed = await context.write(async (tx, { row }) => {
      const claimed = await claimTask(tx, row, agentId, leaseOf(leaseSeconds) * 1000, context);
      if (!isKnown) await noteAgent(tx, agentId, row.project, context);
      return toTask(claimed);
    });
    if (!isKnown) rememberNote(store, agentId, monotonic);
    return claimed;
  },
});

/** Lengthens a lease, counted from now. */
export const extend = operation({
  summary: "Lengthen the lease of a task you hold.",
  effect: "write",
  callers: board,
  authority: taking("extend"),
  tool: { profile: "board", title: "Extend a lease", omit: ["request_id", "project"] },
  lease: "extends",
  tolerates: ["leaseSeconds"],
  input: () => z.object({ ...holder, agentId: AgentId, leaseSeconds: LeaseSeconds }),
  output: () => z.object({ ok: z.literal(true), lease_until: z.string() }),
  run: (context, { agentId, epoch, leaseSeconds }) =>
    context.write(async (tx, { row }) => {
      const until = await extendTask(tx, row, { agentId, epoch }, leaseOf(leaseSeconds) * 1000, context);
      return { ok: true as const, lease_until: time(until) };
    }),
});

/** Gives a claimed task back. */
export const release = operation({
  summary: "Give a task you hold back to the board.",
  effect: "write",
  callers: board,
  authority: { act: "release", find: task },
  tool: { profile: "board", title: "Release a task", omit: ["request_id", "project"] },
  lease: "ends",
  input: () => z.object(holder),
  output: () => Task,
  run: (context, { agentId, epoch }) =>
    context.write(async (tx, { row }) => toTask(await releaseTask(tx, row, { agentId, epoch }, context))),
});

/** Tasks whose lease had ended. The daemon sweeps by itself; this does it now. */
export const reclaim = operation({
  summary: "Return tasks whose lease has ended to pending, now.",
  effect: "write",
  callers: board,
  authority: anyCaller,
  tool: { profile: "board", title: "Return expired tasks", omit: ["request_id"] },
  input: () => z.object({ request_id }),
  output: () => z.array(Task),
  run: async (context) => {
    const tasks = await context.write(async (tx) =>
      (await expireLeases(tx, context, limits.listed)).map(toTask),
    );
    return context.caller.kind === "tab" ? tasks.map(cutShort) : tasks;
  },
});
