import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { nodeName } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { nodeRefusal } from "../../core/node-refusal.ts";
import { nameOf } from "../../core/tree.ts";
import { modifyTask, tellTask } from "../../store/lifecycle/transitions.ts";
import { pauseTree, resumeTree } from "../../store/lifecycle/pausing.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { cancelTask } from "../../store/lifecycle/settle.ts";
import { operation } from "../operation.ts";
import { Goal, Prompt } from "./create.ts";
import { nameFor } from "./planned.ts";
import { hidden, inRun, run_id, target } from "./target.ts";
import { nodeNamed, runFor } from "../subject.ts";

const below = z.number().describe("How many nodes below it were moved with it");
const engines = z.boolean().optional().describe("Whether an engine works on the run");

/** Cancels a node with all its open descendants; their agents are stopped. */
export const stop = operation({
  summary: "Cancel a node below you, and all below it.",
  effect: "destructive",
  callers: inRun,
  authority: { act: "stop", find: nodeNamed },
  tool: { profile: "tree", title: "Stop a node", omit: ["reason", ...hidden] },
  lease: "ends",
  input: () => z.object({ ...target, reason: z.string().max(limits.noteLength).optional() }),
  output: () => z.object({ cancelled: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx, { run, row }) => {
      const by = nameOf(context.caller);
      await cancelTask(tx, row, input.reason ?? `stopped by ${by}`, by, context.now);
      return { cancelled: nodeName(row.number), goal: row.name, ...runFor(context, run) };
    }),
});

/** Stops the agents of a node and of all below it without ending the nodes. */
export const pause = operation({
  summary: "Pause a node below you, and all below it.",
  effect: "write",
  callers: inRun,
  authority: { act: "pause", find: nodeNamed },
  tool: { profile: "tree", title: "Pause a node", omit: hidden },
  lease: "ends",
  input: () => z.object(target),
  output: () => z.object({ paused: z.string(), goal: z.string(), below, run_id }),
  run: (context) =>
    context.write(async (tx, { run, row }) => {
      const { below } = await pauseTree(tx, row, nameOf(context.caller), context.now);
      return { paused: nodeName(row.number), goal: row.name, below, ...runFor(context, run) };
    }),
});

export const resume = operation({
  summary: "Resume a node below you, and all that is paused below it.",
  effect: "write",
  callers: inRun,
  authority: { act: "resume", find: nodeNamed },
  tool: { profile: "tree", title: "Resume a node", omit: hidden },
  input: () => z.object(target),
  output: () => z.object({ resumed: z.string(), goal: z.string(), below, run_id, engines }),
  run: (context) =>
    context.write(async (tx, { run, row }) => {
      const { below } = await resumeTree(tx, row, nameOf(context.caller), context.now);
      const done = { resumed: nodeName(row.number), goal: row.name, below };
      if (context.caller.kind === "node") return done;
      const { present } = await enginesOf(tx, run.id);
      return { ...done, ...runFor(context, run), engines: present };
    }),
});

/** Changes the goal or the prompt of a pending or paused node. */
export const modify = operation({
  summary: "Change the goal or prompt of a pending or paused node below you.",
  effect: "write",
  callers: inRun,
  authority: { act: "modify", find: nodeNamed },
  tool: { profile: "tree", title: "Change a node", omit: hidden },
  input: () => z.object({ ...target, goal: Goal.optional(), prompt: Prompt.optional() }),
  output: () => z.object({ modified: z.string(), goal: z.string(), run_id }),
  run: async (context, input) => {
    if (input.goal === undefined && input.prompt === undefined)
      throw new CordError("invalid", "Give a goal or a prompt to change.");
    return context.write(async (tx, { run, row }) => {
      const changes = {
        ...(input.goal === undefined ? {} : { name: nameFor(input.goal) }),
        ...(input.prompt === undefined ? {} : { prompt: input.prompt }),
      };
      const changed = await modifyTask(tx, row, changes, nameOf(context.caller), context.now);
      return { modified: nodeName(row.number), goal: changed.name, ...runFor(context, run) };
    });
  },
});

/** Tells a running agent something, as the next message of its session. */
export const tell = operation({
  summary: "Tell the agent of a running node something.",
  effect: "write",
  callers: ["human"],
  authority: { act: "tell", find: nodeNamed },
  input: () => z.object({ ...target, text: z.string().min(1).max(limits.promptLength) }),
  output: () => z.object({ told: z.string(), goal: z.string(), run_id }),
  run: (context, input) =>
    context.write(async (tx, { run, row }) => {
      if (row.state !== "claimed") {
        throw nodeRefusal({ runId: run.id, number: row.number }, row.state, "tell");
      }
      await tellTask(tx, row, input.text, nameOf(context.caller), context.now);
      return { told: nodeName(row.number), goal: row.name, ...runFor(context, run) };
    }),
});
