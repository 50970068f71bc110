import { CordError } from "./error.ts";
import type { RunOptions } from "./run.ts";
import { beginningOf, plain } from "./text.ts";
import { depthOf } from "./tree.ts";
import type { Phase } from "./words.ts";

/** A node as far as its model depends on it. path: `1.4.9`, the numbers from the root to it. */
interface Launched {
  isRoot: boolean;
  path: string;
  phase: Phase;
}

/**
 * The model of a node that names none: that of the root, of its depth (the root's is 1), of its phase, or the run's.
 * The first that there is counts.
 */
export function modelFor(
  { models, model }: Pick<RunOptions, "models" | "model">,
  { isRoot, path, phase }: Launched,
): string | null {
  const names = [...(isRoot ? ["root"] : []), String(depthOf(path)), phase];
  const named = names.find((name) => Object.hasOwn(models, name));
  return (named === undefined ? null : models[named]) ?? model;
}

/** Throws `invalid` for what no node is: it would be of no effect, and nobody would know. */
export function refuseRole(role: string): void {
  if (/^(?:root|work|synthesis|[1-9]\d?)$/.test(role)) return;
  throw new CordError(
    "invalid",
    `"${plain(beginningOf(role, 64))}" is no role of a node. Give a model for root, work, synthesis, or a depth such as 2.`,
  );
}
