import { z } from "zod";
import { allowedBelow, toolPattern } from "./allowed-tools.ts";
import { CordError } from "./error.ts";
import { folderBelow } from "./folder.ts";
import { defaults, limits, nodeBounds } from "./limits.ts";
import { counted, spanOf } from "./wording.ts";
import { nodeName, nodeResolutions, nodeShapes } from "./words.ts";

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

/** How a node's children come about and run. */
export const NodeShape = NodeOptions.pick({ type: true, for_each: true, resolve: true });
export type NodeShape = z.infer<typeof NodeShape>;

/** The shape that options give a node; null where they say nothing of its children. */
export function shapeIn({ type, for_each, resolve }: NodeOptions): NodeShape | null {
  const shape = { type, for_each, resolve };
  return shapeText(shape) === "" ? null : shape;
}

/** `each of #3, serial` */
export function shapeText({ type, for_each, resolve }: NodeShape): string {
  return [
    ...(for_each === undefined ? [] : [`each of ${nodeName(for_each)}`]),
    ...(type === "serial" ? [type] : []),
    ...(resolve === "any" ? [resolve] : []),
  ].join(", ");
}

/** What its attempts may and must: `2 retries, 600 s a try, in web, tools Read and Bash`. Text of agents. */
export function meansText({ retries, timeout_seconds, cwd, allowed_tools }: NodeOptions): string {
  return [
    ...(retries === undefined ? [] : [counted(retries, "retry", "retries")]),
    ...(timeout_seconds === undefined ? [] : [`${spanOf(timeout_seconds * 1000)} a try`]),
    ...(cwd === undefined ? [] : [`in ${cwd}`]),
    ...(allowed_tools === undefined
      ? []
      : [allowed_tools.length === 0 ? "no tools but cord's" : `tools ${allowed_tools.join(" ")}`]),
  ].join(", ");
}

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

/**
 * What a new node has of what is asked for it: it works where its parent does, with no more tools, unless told otherwise. Throws
 * `invalid` for what cannot be together or leads out of the run's folder, and `not_allowed` for more than its parent may.
 */
export function optionsBelow(
  asked: NodeOptions,
  parent: Pick<NodeOptions, "cwd" | "allowed_tools">,
  runFolder: string | null,
): NodeOptions {
  const problem = problemOf(asked);
  if (problem !== null) throw new CordError("invalid", problem);
  return {
    ...asked,
    type: asked.type === "serial" ? asked.type : undefined,
    resolve: asked.resolve === "any" ? asked.resolve : undefined,
    cwd: asked.cwd === undefined ? parent.cwd : (folderBelow(asked.cwd, runFolder) ?? undefined),
    allowed_tools: allowedBelow(asked.allowed_tools, parent.allowed_tools),
  };
}

/** Why options cannot be together; null: they can. */
function problemOf({ for_each, limit, type, resolve, check }: NodeOptions): string | null {
  if (limit !== undefined && for_each === undefined)
    return "limit is the most items of for_each. Give for_each too, or leave it out.";
  if (type === "serial" && resolve === "any")
    return 'With type "serial" a child that fails leaves the others nothing to go on with, so resolve "any" is of no use. Leave one of them out.';
  if (check !== undefined && resolve === "any" && for_each === undefined)
    return 'With resolve "any" the result is a child\'s, so give the check to the children.';
  return null;
}
