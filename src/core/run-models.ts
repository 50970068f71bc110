import type { RunOptions } from "./run.ts";
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
