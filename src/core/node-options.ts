import { z } from "zod";
import { toolPattern } from "./allowed-tools.ts";
import { defaults, limits, nodeBounds } from "./limits.ts";
import { nodeResolutions, nodeShapes } from "./words.ts";

/** What only some nodes have: how their children run, and what their attempts may and must do. Kept as JSON with the task. */
export const NodeOptions = z.object({
  /** serial: its children run one after the other, each given the result before it */
  type: z.enum(nodeShapes).optional(),
  /** the number of the node whose list result it is worked on for, one child an item */
  for_each: z.number().int().min(1).optional(),
  /** any: its first child that completes is its result, and the others are stopped */
  resolve: z.enum(nodeResolutions).optional(),
  /** the most items of for_each */
  limit: z.number().int().min(1).max(nodeBounds.items.max).optional(),
  /** further tries after the first has failed */
  retries: z.number().int().min(0).max(nodeBounds.retries.max).optional(),
  /** of one attempt */
  timeout_seconds: z.number().int().min(1).max(nodeBounds.timeoutSeconds.max).optional(),
  /** a folder below the run's */
  cwd: z.string().min(1).max(limits.pathLength).optional(),
  /** what its agent may use beside cord's tools; of none: cord's alone */
  allowed_tools: z.array(z.string().regex(toolPattern)).max(nodeBounds.allowedTools).optional(),
  /** a shell command that has to exit with 0 before its result counts */
  check: z.string().min(1).max(nodeBounds.commandLength).optional(),
});
export type NodeOptions = z.infer<typeof NodeOptions>;

/** The options of a node as its row holds them. */
export function nodeOptionsOf({ options }: { options: string | null }): NodeOptions {
  return options === null ? {} : NodeOptions.parse(JSON.parse(options));
}

/** The options of a node as its row is to hold them; null where it has none. */
export function optionsText(options: NodeOptions): string | null {
  const text = JSON.stringify(options);
  return text === "{}" ? null : text;
}

/** How often a node is tried in one phase before it has failed. */
export function triesOf({ retries }: Pick<NodeOptions, "retries">): number {
  return retries === undefined ? defaults.triesPerNode : retries + 1;
}
