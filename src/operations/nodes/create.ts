import { z } from "zod";
import { modelNamed, refuseAgent } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import { nodeOptionsOf } from "../../core/node-options.ts";
import { ResultSchema, type ReturnType } from "../../core/result.ts";
import { NodeId } from "../../core/task.ts";
import { finalStates, nodeName, treeStatus } from "../../core/words.ts";
import { fewFields } from "../../core/few-fields.ts";
import { limits, skillBounds } from "../../core/limits.ts";
import { createChild, refuseMoreRounds } from "../../store/lifecycle/create.ts";
import { createTree } from "../../store/lifecycle/create-tree.ts";
import { goOn } from "../../store/lifecycle/settle.ts";
import { optionsOf } from "../../store/tables/runs.ts";
import { returnsOf as returnsOfRow, type NodeRow } from "../../store/tables/node-row.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { ownOrNamed, type NodeSubject } from "../subject.ts";
import { nodeOptionsInput, optionsFrom, refuseCheck } from "./node-options.ts";
import { nameFor, plannedTree, wholeGoal } from "./planned.ts";
import { nodesOfSkill } from "./skill.ts";
import { returnsOf } from "./returns.ts";
import { hidden, inRun, target } from "./target.ts";

export const Goal = z.string().min(1).max(limits.goalLength);
export const Prompt = z.string().max(limits.promptLength);

/**
 * Adds a child under the calling node, or under node_id for a human. What could not be launched is refused, with a
 * list of what can; an agent's tool lists the agents of its run (server/mcp/run-tools.ts).
 */
export const create = operation({
  summary:
    "Create a child task for another agent. Children without needs run in parallel; one with needs starts when they are complete and gets their full results.",
  effect: "write",
  callers: inRun,
  authority: { act: "create", find: ownOrNamed },
  tool: { profile: "tree", title: "Create a child task", omit: ["node_id", ...hidden] },
  input: () =>
    z.object({
      ...target,
      node_id: NodeId.optional(),
      goal: Goal.describe("One line").optional(),
      prompt: Prompt.describe("All the child has to know; it sees nothing of yours").optional(),
      returns: z.string().max(2000).describe("text, boolean, list, structured, file or approval").optional(),
      needs: z
        .array(NodeId)
        .max(limits.needs)
        .describe('Nodes whose results it needs, e.g. ["#2"]')
        .optional(),
      schema: ResultSchema.describe("JSON Schema of a structured or list result").optional(),
      model: z
        .string()
        .max(limits.modelLength)
        .describe("haiku, sonnet, opus or a full name, if not the run's")
        .optional(),
      agent: z.string().max(limits.wordLength).optional(),
      ...nodeOptionsInput,
      skill: z
        .string()
        .max(limits.wordLength)
        .describe("In the place of a goal: a plan kept under a name, expanded here")
        .optional(),
      inputs: fewFields(
        z.string().max(limits.wordLength),
        z.string().max(limits.goalLength),
        skillBounds.inputs,
      ).optional(),
    }),
  output: () => z.object({ created: z.string(), goal: z.string(), note: z.string().optional() }),
  run: async (context, { goal, skill, inputs = {}, ...input }) => {
    if (skill !== undefined) {
      refuseBesideSkill({ goal, ...input });
      return expand(context, { skill, inputs, needs: input.needs });
    }
    if (goal === undefined)
      throw new CordError("invalid", "A child needs a goal: say in one line what is to be done.");
    if (Object.keys(inputs).length > 0)
      throw new CordError("invalid", "inputs are those of a skill. Name it (skill), or leave inputs out.");
    const returns = await returnsOf(context, "create", input);
    return context.write(async (tx, { run, row }) => {
      refuseEnded(row);
      const options = optionsOf(run);
      if (input.agent !== undefined) refuseAgent(input.agent, options.agent);
      refuseCheck(input.check, context.caller, options, row);
      const node = {
        id: context.newId(),
        name: nameFor(goal),
        prompt: promptOf({ ...input, goal }, returns.description),
        ...formFor(input, row, returns),
        model: input.model === undefined ? null : modelNamed(input.model, options.model),
        agent: input.agent ?? null,
        needs: input.needs ?? [],
        options: optionsFrom(input, row, run.cwd),
        byPerson: context.caller.kind === "human",
      };
      const child = await goOn(tx, await createChild(tx, run, row, node, context.now), context.now);
      // what cannot be done at once is refused, and leaves nothing behind
      if (child.state === "failed")
        throw new CordError("conflict", child.reason ?? "It cannot be worked on.");
      const note =
        returns.description === null
          ? {}
          : { note: "returns was no known type: it is text, and your words were added to the prompt" };
      return { created: nodeName(child.number), goal: child.name, ...note };
    });
  },
});

/** A child that may give its parent's result gives it in the form that is asked of that, unless told otherwise. */
function formFor(
  input: { returns?: string | undefined; schema?: unknown },
  parent: NodeRow,
  { type, schema }: { type: ReturnType; schema: string | null },
): { returns: ReturnType; schema: string | null } {
  const isAsked = input.returns !== undefined || input.schema !== undefined;
  if (isAsked || nodeOptionsOf(parent).resolve !== "any") return { returns: type, schema };
  return { returns: returnsOfRow(parent), schema: parent.schema };
}

interface Expansion {
  skill: string;
  inputs: Readonly<Record<string, string>>;
  needs?: number[] | undefined;
}

const besideSkill: ReadonlySet<string> = new Set([...Object.keys(target), "node_id", "needs"]);

/** What a skill says itself would be lost if it were said beside it. */
function refuseBesideSkill(input: object): void {
  const others = Object.entries(input).flatMap(([key, value]) =>
    value === undefined || besideSkill.has(key) ? [] : [key],
  );
  if (others.length === 0) return;
  throw new CordError(
    "invalid",
    `A skill has its own ${others.join(", ")}. Leave that out, or leave out skill; what it is to work on goes into inputs.`,
  );
}

/** Expands a skill below the node: all of it, within the run's limits, or nothing. */
async function expand(context: Context<NodeSubject>, { skill, inputs, needs = [] }: Expansion) {
  const { folder, parent, agent } = await context.read((_, { run, row }) =>
    Promise.resolve({ folder: run.cwd, parent: row.number, agent: optionsOf(run).agent }),
  );
  const nodes = await nodesOfSkill({ skill, inputs, folder, parent, agent });
  return context.write(async (tx, { run, row }) => {
    refuseEnded(row);
    const options = optionsOf(run);
    refuseMoreRounds(row);
    for (const node of nodes) refuseCheck(node.options.check, context.caller, options, row);
    const tree = plannedTree(nodes, { options, top: nodeName(row.number) });
    const [top] = await createTree(tx, run, row, tree, {
      newId: context.newId,
      needs,
      byPerson: context.caller.kind === "human",
      now: context.now,
    });
    if (top === undefined) throw new CordError("invalid", `@${skill} has no plan.`);
    return { created: nodeName(top.number), goal: top.name };
  });
}

/** A node that calls has not ended: its attempt lasts. */
function refuseEnded({ state, number }: NodeRow): void {
  if (finalStates.includes(state))
    throw new CordError("conflict", `${nodeName(number)} has ended: it is ${treeStatus(state)}.`);
}

/** A goal too long for one line is kept whole in the prompt. */
function promptOf(
  input: { goal: string; prompt?: string | undefined },
  description: string | null,
): string | null {
  const prompt = input.prompt ?? wholeGoal(input.goal);
  return description === null ? prompt : `${prompt ?? input.goal}\n\nReturn: ${description}`;
}
