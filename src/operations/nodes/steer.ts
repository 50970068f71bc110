import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { fence } from "../../core/lease.ts";
import { NodeId } from "../../core/task.ts";
import { askKind, finalStates, nodeName } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { nodeRefusal } from "../../core/node-refusal.ts";
import { nameOf } from "../../core/tree.ts";
import { parseJson } from "../../core/json.ts";
import { createChild, modifyTask, tellTask } from "../../store/tables/nodes.ts";
import { holdBack } from "../../store/lifecycle/hand-in.ts";
import { askedBefore, noteHeard, wakeIfAsked, type Question } from "../../store/tables/questions.ts";
import {
  cancelTask,
  completeTask,
  heldOf,
  pauseTask,
  resumeTask,
} from "../../store/lifecycle/transitions.ts";
import type { Tx } from "../../store/store.ts";
import { getTask } from "../../store/tables/ids.ts";
import type { TaskRow } from "../../store/tables/task-row.ts";
import { completeChecked } from "../checked.ts";
import { operation, type Context } from "../operation.ts";
import { Goal, oneLine, Prompt } from "./create.ts";
import { hidden, inRun, request_id, required, run_id, target, type Targeted } from "./target.ts";
import { attemptOver, ownNode, requireCurrent, runNamed, subjectOf } from "../subject.ts";

/** Hands in the calling node's result. Refused, with what is wrong, when it does not fit what the node returns. */
export const complete = operation({
  name: "nodes/complete",
  summary:
    "Hand in your result. Your last act. After creating children: call it at once; you run again when they have ended.",
  effect: "write",
  callers: inRun,
  tool: { name: "complete", profile: "tree", omit: ["node_id", "epoch", "note", ...hidden] },
  input: z.object({
    ...target,
    node_id: NodeId.optional(),
    epoch: z.number().int().optional(),
    result: z.unknown().describe("As your task's returns says"),
    note: z.string().max(500).describe("What is odd about the result").optional(),
  }),
  output: z.object({ completed: z.string(), note: z.string().optional() }),
  run: async (context, input) => {
    const { caller } = context;
    const claimant = { epoch: caller.kind === "node" ? caller.epoch : input.epoch };
    const outcome = await completeChecked(context, {
      result: input.result,
      claimant,
      find: (tx) => completable(tx, context, input),
      async complete(tx, row, result) {
        if (caller.kind === "node" && (await isHeldBack(tx, context, row, caller.epoch, result)))
          return { completed: nodeName(row.number ?? 0), ...waitsFor(row.open_children) };
        const done = await completeTask(tx, row, result, claimant, context, input.note);
        if ("refused" in done)
          return {
            refused: (caller.kind === "node" ? attemptOver(row, caller.epoch) : done.refused).message,
          };
        return {
          completed: nodeName(row.number ?? 0),
          ...waitsFor(done.row.state === "completed" ? 0 : 1),
        };
      },
    });
    if ("refused" in outcome) throw new CordError("stale_lease", outcome.refused);
    return outcome;
  },
});

/** Puts a question to a person, or to the parent. With wait_seconds the answer, if it comes in time. */
export const ask = operation({
  name: "nodes/ask",
  summary:
    "Ask a person, or your parent, what you cannot decide. Without wait_seconds: complete, and you run again with the answer.",
  effect: "write",
  callers: ["node"],
  tool: { name: "ask", profile: "tree", omit: ["request_id"] },
  input: z.object({
    question: z.string().min(1).max(4000),
    options: z.array(z.string().min(1).max(200)).max(20).optional(),
    default: z.string().max(2000).describe("Taken if nobody answers in time").optional(),
    target: z.enum(["human", "parent"]).default("human"),
    wait_seconds: z.number().min(0).max(3600).optional(),
    request_id,
  }),
  output: z.object({
    created: z.string(),
    question: z.string(),
    answer: z.unknown().optional(),
    note: z.string().optional(),
  }),
  run: async (context, input) => {
    const asked = await context.write((tx) => askIn(tx, context, input));
    const created = { created: nodeName(asked.number), question: input.question };
    const answer = input.wait_seconds
      ? await answerWithin(context, asked.id, input.wait_seconds)
      : await answerOf(context, asked.id);
    if (answer) {
      await context.store.write((tx) => heardBy(tx, context, asked.id));
      const note = "You have asked this before; this is its answer. To ask anew, say what is different now.";
      return { ...created, answer: answer.value, ...(asked.isOld ? { note } : {}) };
    }
    return {
      ...created,
      note: "No answer yet. Call complete() with what you have; you run again with the answer.",
    };
  },
});

/** Cancels a node with all its open descendants; their agents are stopped. */
export const stop = operation({
  name: "nodes/stop",
  summary: "Cancel a node below you, and all below it.",
  effect: "destructive",
  callers: inRun,
  tool: { name: "stop", profile: "tree", omit: ["reason", ...hidden] },
  input: z.object({ ...target, reason: z.string().max(limits.noteLength).optional() }),
  output: z.object({ cancelled: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx) => {
      const { run, row } = await subjectOf(tx, context, "stop", input);
      const by = nameOf(context.caller);
      await cancelTask(tx, row, input.reason ?? `stopped by ${by}`, by, context.now);
      return { cancelled: nodeName(row.number ?? 0), goal: row.name, ...runNamed(context, run) };
    }),
});

/** Stops a node's agent without ending the node. */
export const pause = operation({
  name: "nodes/pause",
  summary: "Pause a node below you.",
  effect: "write",
  callers: inRun,
  tool: { name: "pause", profile: "tree", omit: hidden },
  input: z.object(target),
  output: z.object({ paused: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx) => {
      const { run, row } = await subjectOf(tx, context, "pause", input);
      await pauseTask(tx, row, nameOf(context.caller), context.now);
      return { paused: nodeName(row.number ?? 0), goal: row.name, ...runNamed(context, run) };
    }),
});

export const resume = operation({
  name: "nodes/resume",
  summary: "Resume a paused node below you.",
  effect: "write",
  callers: inRun,
  tool: { name: "resume", profile: "tree", omit: hidden },
  input: z.object(target),
  output: z.object({ resumed: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx) => {
      const { run, row } = await subjectOf(tx, context, "resume", input);
      await resumeTask(tx, row, nameOf(context.caller), context.now);
      return { resumed: nodeName(row.number ?? 0), goal: row.name, ...runNamed(context, run) };
    }),
});

/** Changes the goal or the prompt of a pending or paused node. */
export const modify = operation({
  name: "nodes/modify",
  summary: "Change the goal or prompt of a pending or paused node below you.",
  effect: "write",
  callers: inRun,
  tool: { name: "modify", profile: "tree", omit: hidden },
  input: z.object({ ...target, goal: Goal.optional(), prompt: Prompt.optional() }),
  output: z.object({ modified: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx) => {
      if (input.goal === undefined && input.prompt === undefined)
        throw new CordError("invalid", "Give a goal or a prompt to change.");
      const { run, row } = await subjectOf(tx, context, "modify", input);
      const changes = {
        ...(input.goal === undefined ? {} : { name: oneLine(input.goal) }),
        ...(input.prompt === undefined ? {} : { prompt: input.prompt }),
      };
      const changed = await modifyTask(tx, row, changes, nameOf(context.caller), context.now);
      return { modified: nodeName(row.number ?? 0), goal: changed.name, ...runNamed(context, run) };
    }),
});

/** Tells a running agent something, as the next message of its session. */
export const tell = operation({
  name: "nodes/tell",
  summary: "Tell the agent of a running node something.",
  effect: "write",
  callers: ["human"],
  input: z.object({ ...target, text: z.string().min(1).max(limits.promptLength) }),
  output: z.object({ told: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx) => {
      const { run, row } = await subjectOf(tx, context, "tell", input);
      if (row.state !== "claimed") {
        throw nodeRefusal({ runId: run.id, number: row.number ?? 0 }, row.state, "tell");
      }
      await tellTask(tx, row, input.text, nameOf(context.caller), context.now);
      return { told: nodeName(row.number ?? 0), goal: row.name, ...runNamed(context, run) };
    }),
});

function waitsFor(children: number): { note?: string } {
  return children === 0 ? {} : { note: "Your children go on; you are started again with their results." };
}

/** What a running agent hands in is held back until its message is over. Whoever is not its node's holder gets to the fence. */
async function isHeldBack(
  tx: Tx,
  { now, monotonic }: Context,
  row: TaskRow,
  epoch: number,
  result: unknown,
): Promise<boolean> {
  return fence(heldOf(row), { epoch }, monotonic) === "held" && holdBack(tx, row, result, now);
}

/** A late completion must reach the fence, which keeps its result; so a node's own row is not asked to be current here. */
async function completable(tx: Tx, context: Context, input: Targeted): Promise<TaskRow> {
  const { caller } = context;
  if (caller.kind === "node") return getTask(tx, caller.taskId);
  return (await subjectOf(tx, context, "complete", { ...input, node_id: required(input.node_id) })).row;
}

interface Asked {
  question: string;
  options?: string[] | undefined;
  default?: string | undefined;
  target: "human" | "parent";
  wait_seconds?: number | undefined;
}

const defaultWaitSeconds = 600;

/** The ask of that question: a new one, or the one by which the node has asked the very same before. */
async function askIn(
  tx: Tx,
  context: Context,
  input: Asked,
): Promise<{ id: string; number: number; isOld: boolean }> {
  const { run, row } = await ownNode(tx, context, "ask");
  if (input.target === "parent" && row.parent_id === null) {
    throw new CordError("conflict", 'You are the root and have no parent. Ask a person: target "human".');
  }
  const question: Question = {
    question: input.question,
    options: input.options ?? [],
    default: input.default ?? null,
    target: input.target,
  };
  const before = await askedBefore(tx, row, question);
  if (before) return { id: before.id, number: before.number ?? 0, isOld: true };
  const waitMs = Math.round((input.wait_seconds ?? defaultWaitSeconds) * 1000);
  const node = {
    id: context.newId(),
    kind: askKind,
    name: oneLine(input.question),
    question: JSON.stringify(question),
    answer_by: input.default === undefined ? null : context.monotonic + waitMs,
    answer_ms: waitMs,
    needs: [],
  };
  const asked = await createChild(tx, run, row, node, context.now);
  if (input.target === "parent" && row.parent_id !== null)
    await wakeIfAsked(tx, await getTask(tx, row.parent_id), asked.seq - 1, context.now);
  return { id: asked.id, number: asked.number ?? 0, isOld: false };
}

/** Throws `stale_lease` when the attempt that asked has ended meanwhile. */
async function heardBy(tx: Tx, context: Context, askId: string): Promise<void> {
  const { caller } = context;
  await requireCurrent(tx, context);
  if (caller.kind === "node") await noteHeard(tx, await getTask(tx, askId), caller.epoch);
}

/** Waits for the ask to end, or what asked; a default is taken by the daemon's sweep when its time has come. */
async function answerWithin(
  context: Context,
  id: string,
  seconds: number,
): Promise<{ value: unknown } | null> {
  const ended = Promise.withResolvers<void>();
  const asker = context.caller.kind === "node" ? context.caller : null;
  const stopWatching = context.bus.watch({ run_id: asker?.runId }, ({ task_id, state }) => {
    const hasEnded = task_id === id && state !== null && finalStates.includes(state);
    if (hasEnded || (task_id === asker?.taskId && state !== "claimed")) ended.resolve();
  });
  const timer = setTimeout(ended.resolve, seconds * 1000 + sweepSlackMs);
  context.signal.addEventListener("abort", () => ended.resolve(), { once: true });
  try {
    const state = await context.store.read(async (tx) => (await getTask(tx, id)).state);
    if (!finalStates.includes(state)) await ended.promise;
    return await answerOf(context, id);
  } finally {
    stopWatching();
    clearTimeout(timer);
  }
}

async function answerOf({ store }: Context, id: string): Promise<{ value: unknown } | null> {
  const row = await store.read((tx) => getTask(tx, id));
  return row.state === "completed" && row.result !== null ? { value: parseJson(row.result) } : null;
}

/** A default that is due is set by a sweep; waiting a little longer than asked lets it come in time. */
const sweepSlackMs = 1500;
