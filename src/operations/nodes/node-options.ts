import { z } from "zod";
import { allowedBelow, toolPattern } from "../../core/allowed-tools.ts";
import { isPaid } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import { folderBelow } from "../../core/folder.ts";
import type { RunOptions } from "../../core/run.ts";
import type { Caller } from "../../core/tree.ts";
import { defaults, limits, nodeBounds } from "../../core/limits.ts";
import { NodeId } from "../../core/task.ts";
import { nodeOptionsOf, type NodeOptions } from "../../core/node-options.ts";
import { nodeResolutions, nodeShapes } from "../../core/words.ts";
import type { NodeRow } from "../../store/tables/node-row.ts";

/** What a caller may say of how a new node, and its children, work. */
export const nodeOptionsInput = {
  type: z.enum(nodeShapes).describe("serial: its children run one after the other").optional(),
  for_each: NodeId.describe(
    "Node with a list: one child per item, {item} and {index} in goal and prompt; the result is their list",
  ).optional(),
  limit: z.number().int().min(1).max(nodeBounds.items.max).describe("Most items, 50").optional(),
  resolve: z
    .enum(nodeResolutions)
    .describe("any: its first complete child is its result, the others stop")
    .optional(),
  retries: z.number().int().min(0).max(nodeBounds.retries.max).optional(),
  timeout: z
    .number()
    .int()
    .min(1)
    .max(nodeBounds.timeoutSeconds.max)
    .describe("Seconds of one try")
    .optional(),
  cwd: z.string().min(1).max(limits.pathLength).describe("Folder below the run's").optional(),
  allowed_tools: z.array(z.string().regex(toolPattern)).max(nodeBounds.allowedTools).optional(),
  check: z
    .string()
    .min(1)
    .max(nodeBounds.commandLength)
    .describe("Shell command that must exit 0 before its result counts")
    .optional(),
};

const Asked = z.object(nodeOptionsInput);

/**
 * The options of a new node. It works where its parent does, with no more tools, unless told otherwise. Throws `invalid` for
 * what cannot be together, and `not_allowed` for more than its parent may.
 */
export function optionsFrom(
  asked: z.infer<typeof Asked>,
  parent: NodeRow,
  runFolder: string | null,
): NodeOptions {
  const { for_each, limit, retries, check } = asked;
  refuseTogether(asked);
  const above = nodeOptionsOf(parent);
  return {
    type: asked.type === "serial" ? asked.type : undefined,
    for_each,
    limit,
    resolve: asked.resolve === "any" ? asked.resolve : undefined,
    retries,
    timeout_seconds: asked.timeout,
    cwd: asked.cwd === undefined ? above.cwd : (folderBelow(asked.cwd, runFolder) ?? undefined),
    allowed_tools: allowedBelow(asked.allowed_tools, above.allowed_tools),
    check,
  };
}

/**
 * A check is a command of the shell, which runs beside all that holds an agent back. So only an agent that may run any
 * command may give one to a child. Throws `not_allowed`.
 */
export function refuseCheck(
  check: string | undefined,
  caller: Pick<Caller, "kind">,
  { permission_mode, agent }: Pick<RunOptions, "permission_mode" | "agent">,
  parent: NodeRow,
): void {
  if (check === undefined || caller.kind !== "node" || !isPaid(agent)) return;
  const tools = nodeOptionsOf(parent).allowed_tools;
  if (permission_mode === defaults.permissionMode && (tools === undefined || tools.includes("Bash"))) return;
  throw new CordError(
    "not_allowed",
    "A check is a shell command, and not every one is allowed to you here. Leave check out, and say in the prompt what has to hold.",
  );
}

function refuseTogether({ for_each, limit, type, resolve, check }: z.infer<typeof Asked>): void {
  if (limit !== undefined && for_each === undefined)
    throw new CordError(
      "invalid",
      "limit is the most items of for_each. Give for_each too, or leave it out.",
    );
  if (type === "serial" && resolve === "any")
    throw new CordError(
      "invalid",
      'With type "serial" a child that fails leaves the others nothing to go on with, so resolve "any" is of no use. Leave one of them out.',
    );
  if (check !== undefined && resolve === "any" && for_each === undefined)
    throw new CordError(
      "invalid",
      'With resolve "any" the result is a child\'s, so give the check to the children.',
    );
}
