import { z } from "zod";
import { toolPattern } from "../../core/allowed-tools.ts";
import { isPaid } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import type { RunOptions } from "../../core/run.ts";
import type { Caller } from "../../core/tree.ts";
import { defaults, limits, nodeBounds } from "../../core/limits.ts";
import { NodeId } from "../../core/task.ts";
import { nodeOptionsOf, optionsBelow, type NodeOptions } from "../../core/node-options.ts";
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

/** The options of a new node under that parent. Throws as optionsBelow. */
export function optionsFrom(
  { type, for_each, limit, resolve, retries, timeout, cwd, allowed_tools, check }: z.infer<typeof Asked>,
  parent: NodeRow,
  runFolder: string | null,
): NodeOptions {
  const asked = { type, for_each, limit, resolve, retries, cwd, allowed_tools, check };
  return optionsBelow({ ...asked, timeout_seconds: timeout }, nodeOptionsOf(parent), runFolder);
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
