import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { shortRun } from "../../core/node-refusal.ts";
import { nodeName, nodeNamePattern, nodeNumber } from "../../core/words.ts";
import { plain } from "../../core/text.ts";
import { printJson, print } from "../output.ts";
import { projectOf } from "../options.ts";

/** How a person names a node: `4` or `#4`, of the run that --run names, or of the one here that has it and is open. */
export const runOption = (fallback = "the open one here that has it") =>
  new Option("--run <run>", `the run (default: ${fallback})`);

/** What is over can be meant too by who reads a node, or has it tried again. */
export const anyRunOption = () => runOption("the newest or the open one here that has it");

/** The number of a node, as a command takes it. */
export function nodeArgument(text: string): number {
  if (!nodeNamePattern.test(text))
    throw new InvalidArgumentError("It must be the number of a node, such as 4.");
  return nodeNumber(text);
}

export function targetOf(
  node: number,
  run: string | undefined,
): { node_id: string; run_id?: string; project?: string } {
  const node_id = nodeName(node);
  return run === undefined ? { node_id, project: projectOf() } : { node_id, run_id: run };
}

/** Says what was done to which node of which run, or prints the answer as JSON. */
export function printNodeDone(
  done: { run_id?: string | undefined },
  { node, did, text }: { node: string; did: string; text: string },
  json: boolean | undefined,
): Promise<void> {
  if (json) return printJson(done);
  const run = done.run_id === undefined ? "" : ` of run ${shortRun(done.run_id)}`;
  return print(plain(`${node}${run} ${did}  ${text}`));
}
