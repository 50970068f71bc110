import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { Event } from "../../core/event.ts";
import { isJsonObject } from "../../core/json.ts";
import { refusalOf } from "../../core/lifecycle.ts";
import { leaseOf } from "../../core/lease.ts";
import { postedIn } from "../../core/project.ts";
import { AgentId, LeaseSeconds, Name, RequestId, Task, TaskId, Word } from "../../core/task.ts";
import { announcementKinds, isLost, nodeKind } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { nameOf } from "../../core/tree.ts";
import { isNoted, noteAgent, rememberNote } from "../../store/tables/agents.ts";
import { historyOf } from "../../store/tables/events.ts";
import { findTask, getTask, isShortName, noTask, tasksThereAre } from "../../store/tables/ids.ts";
import { toWholeTask } from "../../store/lists/search.ts";
import { insertTask, toTask } from "../../store/tables/tasks.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { time } from "../../store/tables/time.ts";
import {
  cancelTask,
  claimTask,
  completeTask,
  expireLeases,
  extendTask,
  failTask,
  releaseTask,
} from "../../store/lifecycle/transitions.ts";
import type { Tx } from "../../store/store.ts";
import { completeChecked } from "../checked.ts";
import { operation, type Context } from "../operation.ts";
import { authorizeFor } from "../subject.ts";

const board = ["human", "tab"] as const;
const Ok = z.object({ ok: z.literal(true) });
const request_id = RequestId.optional();
const project = z.string().max(4096).optional();

/** Adds a task. ack, knowledge and decision are publications: they are born completed. */
export const send = operation({
  name: "tasks/send",
  summary: "Post a task to the board, or an ack, knowledge or decision for the others to see.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_send", profile: "board", omit: ["request_id", "project"] },
  input: z.object({
    name: Name,
    kind: Word.default(nodeKind),
    priority: Word.default("normal"),
    payload: z.unknown().describe("Any JSON").optional(),
    to: AgentId.describe("Agent it is meant for").optional(),
    needs: z.array(TaskId).max(limits.needs).describe("Tasks that must complete first").optional(),
    project,
    request_id,
  }),
  output: Task,
  run: (context, input) => context.write(async (tx) => toTask(await sendTask(tx, context, input))),
});

/** The task, or null if there is none. */
export const get = operation({
  name: "tasks/get",
  summary: "Read one task.",
  effect: "read",
  callers: board,
  tool: { name: "tasks_get", profile: "board", omit: ["project"] },
  input: z.object({ id: TaskId, project }),
  output: Task.nullable(),
  run: ({ store }, { id, project }) =>
    store.read(async (tx) => {
      const row = await findTask(tx, id, project);
      return row && toWholeTask(tx, row);
    }),
});

/** What happened to a task, oldest first: its newest events. */
export const history = operation({
  name: "tasks/history",
  summary: "Read what happened to a task.",
  effect: "read",
  callers: board,
  input: z.object({ id: TaskId, project, limit: z.number().int().min(1).max(limits.listed).default(100) }),
  output: z.array(Event),
  run: ({ store }, { id, project, limit }) =>
    store.read(async (tx) => historyOf(tx, (await getTask(tx, id, project)).id, limit)),
});

/** Gives a pending task to one agent until the lease ends. Conflict if it is not pending or its needs are not met. */
export const claim = operation({
  name: "tasks/claim",
  summary: "Claim a pending task; exactly one agent wins. Renew with tasks_extend.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_claim", profile: "board", omit: ["request_id", "project"] },
  input: z.object({ id: TaskId, agentId: AgentId, leaseSeconds: LeaseSeconds, project, request_id }),
  output: Task,
  run: async (context, { id, agentId, leaseSeconds, project }) => {
    const { store, monotonic } = context;
    const isKnown = isNoted(store, agentId, monotonic);
    const task = await context.write(async (tx) => {
      const row = await taskFor(tx, "claim", id, project);
      const claimed = await claimTask(tx, row, agentId, leaseOf(leaseSeconds) * 1000, context);
      if (!isKnown) await noteAgent(tx, agentId, row.project, context);
      return toTask(claimed);
    });
    if (!isKnown) rememberNote(store, agentId, monotonic);
    return task;
  },
});

const holder = {
  id: TaskId,
  agentId: AgentId.optional(),
  epoch: z.number().int().optional(),
  project,
  request_id,
};

/** Lengthens a lease, counted from now. */
export const extend = operation({
  name: "tasks/extend",
  summary: "Lengthen the lease of a task you hold.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_extend", profile: "board", omit: ["request_id", "project"] },
  input: z.object({ ...holder, agentId: AgentId, leaseSeconds: LeaseSeconds }),
  output: z.object({ ok: z.literal(true), lease_until: z.string() }),
  run: (context, { id, project, leaseSeconds, ...claimant }) =>
    context.write(async (tx) => {
      const until = await extendTask(
        tx,
        await taskFor(tx, "extend", id, project),
        claimant,
        leaseOf(leaseSeconds) * 1000,
        context,
      );
      return { ok: true as const, lease_until: time(until) };
    }),
});

/** Gives a claimed task back. */
export const release = operation({
  name: "tasks/release",
  summary: "Give a claimed task back to the board.",
  effect: "write",
  callers: board,
  input: z.object(holder),
  output: Task,
  run: (context, { id, project, ...claimant }) =>
    context.write(async (tx) =>
      toTask(await releaseTask(tx, await getTask(tx, id, project), claimant, context)),
    ),
});

/** Tasks whose lease had ended. The daemon sweeps by itself; this does it now. */
export const reclaim = operation({
  name: "tasks/reclaim",
  summary: "Return tasks whose lease has ended to pending, now.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_reclaim", profile: "board", omit: ["request_id"] },
  input: z.object({ request_id }),
  output: z.array(Task),
  run: (context) => context.write(async (tx) => (await expireLeases(tx, context, limits.listed)).map(toTask)),
});

/** Completes a claimed task, and with postAck publishes an ack in the same transaction. A late holder is refused, and its result kept. */
export const complete = operation({
  name: "tasks/complete",
  summary: "Complete a task you hold, with a result; post_ack also publishes an ack (ack_name) at once.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_complete", profile: "board", omit: ["request_id", "project"] },
  input: z.object({
    ...holder,
    result: z.unknown().describe("Any JSON").optional(),
    postAck: z.boolean().default(false),
    ackName: Name.optional(),
    ackPriority: Word.default("high"),
    ackPayload: z.unknown().optional(),
  }),
  output: z.object({ ok: z.literal(true), ack: Task.nullable() }),
  run: async (context, input) => {
    if (input.postAck && input.ackName === undefined) {
      const [ackName, postAck] = [context.parameter("ackName"), context.parameter("postAck")];
      throw new CordError("invalid", `${ackName} is required with ${postAck}.`);
    }
    const { id, agentId, epoch, project } = input;
    const claimant = { agentId, epoch };
    const outcome = await completeChecked(context, {
      result: input.result,
      claimant,
      find: (tx) => taskFor(tx, "complete", id, project),
      async complete(tx, row, result) {
        const done = await completeTask(tx, row, result, claimant, context);
        if ("refused" in done) return { refused: done.refused.message };
        return { ack: input.postAck ? toTask(await postAck(tx, context, row, input)) : null };
      },
    });
    if ("refused" in outcome) throw new CordError("stale_lease", outcome.refused);
    return { ok: true as const, ack: outcome.ack };
  },
});

/** Ends a claimed task as failed. What needs it is cancelled. */
export const fail = operation({
  name: "tasks/fail",
  summary: "End a task you hold as failed, with the reason.",
  effect: "write",
  callers: board,
  tool: { name: "tasks_fail", profile: "board", omit: ["request_id", "project"] },
  input: z.object({ ...holder, reason: z.string().max(limits.reasonLength).optional() }),
  output: Task,
  run: (context, { id, project, reason, ...claimant }) =>
    context.write(async (tx) =>
      toTask(
        await failTask(
          tx,
          await getTask(tx, id, project),
          reason ?? "no reason was given",
          claimant,
          context,
        ),
      ),
    ),
});

/**
 * Cancels a task that has not ended, with its open descendants and what needs it. A whole id that there never was is no
 * task afterwards either; a number or a beginning that is no task's is a slip, and `not_found`.
 */
export const cancel = operation({
  name: "tasks/cancel",
  summary: "Cancel a task that has not ended.",
  effect: "destructive",
  callers: board,
  tool: { name: "tasks_cancel", profile: "board", omit: ["request_id", "project"] },
  input: z.object({
    id: TaskId,
    reason: z.string().max(limits.reasonLength).optional(),
    project,
    request_id,
  }),
  output: Ok,
  run: (context, { id, reason, project }) =>
    context.write(async (tx) => {
      const row = await findTask(tx, id, project);
      if (!row && isShortName(id)) throw noTask(id);
      if (!row) context.note(`There is no task ${id}, so nothing was cancelled.`);
      else {
        if (row.run_id !== null) authorizeFor(context, "stop", row);
        await cancelTask(tx, row, reason ?? "cancelled", nameOf(context.caller), context.now);
      }
      return { ok: true as const };
    }),
});

/** The task that is to be claimed, extended or completed. Throws `conflict` if there is none, as the board before this one did. */
async function taskFor(
  tx: Tx,
  action: "claim" | "extend" | "complete",
  id: string,
  project: string | undefined,
): Promise<TaskRow> {
  const row = await findTask(tx, id, project);
  if (row) return row;
  const none = `there is no task ${id}.`;
  throw refusalOf(action, `${none} ${tasksThereAre.message}`, `${none} ${tasksThereAre.toAgents}`);
}

type Sent = Pick<TaskRow, "name" | "kind" | "priority"> & {
  payload?: unknown;
  to?: string | undefined;
  needs?: string[] | undefined;
  project?: string | undefined;
};

async function sendTask(tx: Tx, context: Context, input: Sent): Promise<TaskRow> {
  const published = announcementKinds.includes(input.kind);
  const needs = await tasksNamed(tx, input.needs ?? [], input.project);
  const dead = needs.find((need) => isLost(need.state));
  if (dead)
    throw new CordError(
      "conflict",
      `${dead.number ?? dead.id} (${dead.name}) ${dead.state === "failed" ? "has failed" : "was cancelled"} and can never be met. Leave it out of needs.`,
    );
  return insertTask(
    tx,
    {
      id: context.newId(),
      name: input.name,
      kind: input.kind,
      priority: input.priority,
      state: published ? "completed" : "pending",
      payload: input.payload === undefined ? null : JSON.stringify(input.payload),
      recipient: input.to ?? null,
      project: postedIn(input.project),
      needs: needs.map((need) => need.id),
      unmet: needs.filter((need) => need.state !== "completed").length,
    },
    context.now,
    {
      by: nameOf(context.caller),
      ...(needs.length === 0 ? {} : { needs: needs.map((need) => need.number) }),
    },
  );
}

/** Each once, however it is named. */
async function tasksNamed(tx: Tx, ids: readonly string[], seenFrom: string | undefined): Promise<TaskRow[]> {
  const rows = new Map<string, TaskRow>();
  for (const id of ids) {
    const row = await getTask(tx, id, seenFrom);
    rows.set(row.id, row);
  }
  return [...rows.values()];
}

interface Ack {
  ackName?: string | undefined;
  ackPriority: string;
  ackPayload?: unknown;
}

function postAck(
  tx: Tx,
  context: Context,
  done: TaskRow,
  { ackName = "", ackPriority, ackPayload }: Ack,
): Promise<TaskRow> {
  const payload = { fixed_bug_id: done.id, ...objectOf(ackPayload) };
  const project = done.project ?? undefined;
  return sendTask(tx, context, { name: ackName, kind: "ack", priority: ackPriority, payload, project });
}

/** A payload that is no object is kept under `value`. */
function objectOf(payload: unknown): Record<string, unknown> {
  if (payload === undefined || payload === null) return {};
  return isJsonObject(payload) ? { ...payload } : { value: payload };
}
