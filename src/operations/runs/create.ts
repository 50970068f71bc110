import { z } from "zod";
import { postedIn } from "../../core/project.ts";
import { ResultSchema, ReturnType } from "../../core/result.ts";
import { RunOptions } from "../../core/run.ts";
import { RequestId } from "../../core/task.ts";
import { childPath } from "../../core/tree.ts";
import { nodeKind, nodeName } from "../../core/words.ts";
import { CordError } from "../../core/error.ts";
import { limits, planBounds } from "../../core/limits.ts";
import { NodeOptions, optionsBelow, optionsText } from "../../core/node-options.ts";
import { EditedNode } from "../../core/plan.ts";
import { modelNamed, refuseAgent } from "../../core/agents.ts";
import { createTree } from "../../store/lifecycle/create-tree.ts";
import { plannedTree } from "../nodes/planned.ts";
import { getRun, insertRun, takeNumber } from "../../store/tables/runs.ts";
import { insertNode } from "../../store/tables/tasks.ts";
import { returnsOf } from "../nodes/returns.ts";
import { anyCaller } from "../authority.ts";
import { operation } from "../operation.ts";
import { refuseOptions } from "./options.ts";
import { project } from "../tasks/target.ts";

export const Folder = z.string().max(limits.pathLength).refine(isAbsolute, "must be an absolute path");

/** Starts a run: its root waits for an engine. */
export const create = operation({
  summary: "Start a run from a goal; an engine has to work on it.",
  effect: "write",
  callers: ["human"],
  authority: anyCaller,
  input: () =>
    z.object({
      goal: z.string().min(1).max(limits.nameLength),
      prompt: z.string().max(limits.promptLength).optional(),
      returns: ReturnType.default("text"),
      schema: ResultSchema.describe("JSON Schema of a structured or list result").optional(),
      project,
      cwd: Folder.optional(),
      options: RunOptions,
      nodes: z
        .array(EditedNode)
        .max(planBounds.nodes)
        .default([])
        .describe("What the root is decomposed into already, each behind its parent; the root is #1"),
      root: z
        .object({
          model: z.string().max(limits.modelLength).nullable().default(null),
          agent: z.string().max(limits.wordLength).nullable().default(null),
          options: NodeOptions.omit({ for_each: true, check: true }).default({}),
        })
        .optional(),
      request_id: RequestId.optional(),
    }),
  output: () => z.object({ run_id: z.string() }),
  run: async (context, input) => {
    refuseOptions(input.options);
    const { nodes, root: own } = input;
    refuseChecked(input.options.check, own?.options.resolve);
    if (own?.agent) refuseAgent(own.agent, input.options.agent);
    const planned = plannedTree(nodes, { options: input.options, top: nodeName(1) });
    const returns = await returnsOf(context, "schema", input);
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
        state: planned.length > 0 ? ("waiting" as const) : ("pending" as const),
        project: about.project,
        run_id: id,
        number,
        path: childPath(null, number),
        phase: planned.length > 0 ? ("synthesis" as const) : ("work" as const),
        prompt: input.prompt ?? null,
        returns: returns.type,
        schema: returns.schema,
        model: own?.model ? modelNamed(own.model, input.options.model) : null,
        agent: own?.agent ?? null,
        options: optionsText(optionsBelow(own?.options ?? {}, {}, about.cwd)),
      };
      const row = await insertNode(tx, root, context.now);
      const planting = { newId: context.newId, now: context.now };
      if (planned.length > 0) await createTree(tx, await getRun(tx, id), row, planned, planting);
      return { run_id: id };
    });
  },
});

/** Also as Windows writes one: the daemon may be on another machine than those who work. */
function isAbsolute(path: string): boolean {
  return /^(?:\/|[a-z]:[\\/]|\\\\)/i.test(path);
}

/** Where a child's result is the root's, no agent could go on when its check fails. Throws `invalid`. */
function refuseChecked(check: string | null, resolve: NodeOptions["resolve"]): void {
  if (check !== null && resolve === "any")
    throw new CordError(
      "invalid",
      "The plan's first result is that of its first part to complete, so there is nothing of the root to check. Leave --check out, and give check to the parts.",
    );
}
