import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { projectOf } from "../options.ts";

/** How a person names a node: `#4` or `4`, of the newest run here or of the one that --run names. */
export const runOption = () => new Option("--run <run>", "the run (default: the newest of this project)");

export function nodeId(text: string): string {
  if (!/^#?\d{1,9}$/.test(text))
    throw new InvalidArgumentError("It must be the number of a node, such as 4.");
  return text.startsWith("#") ? text : `#${text}`;
}

export function targetOf(
  node: string,
  run: string | undefined,
): { node_id: string; run_id?: string; project?: string } {
  return run === undefined ? { node_id: node, project: projectOf() } : { node_id: node, run_id: run };
}
