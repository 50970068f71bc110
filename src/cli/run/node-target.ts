import { CordError } from "../../core/error.ts";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { shortRun } from "../../core/node-refusal.ts";
import { nodeName, nodeNamePattern, nodeNumber } from "../../core/words.ts";
import { counted } from "../../core/wording.ts";
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

/** What a person steers: a node, or all of a run, which is named by its id or the beginning of that. */
export function steeredArgument(text: string): Steered {
  // no node's number begins with 0, and every run's id does
  if (nodeNamePattern.test(text) && !/^#?0/.test(text)) return { node: nodeNumber(text), run: null };
  if (/^[0-9a-f-]{4,36}$/i.test(text)) return { node: rootNumber, run: text };
  throw new InvalidArgumentError(
    "It must be the number of a node, such as 4, or the id of a run or the first characters of one, four at least.",
  );
}

/** run: the id of a run that is meant as a whole; null where a node is. */
export interface Steered {
  node: number;
  run: string | null;
}

const rootNumber = 1;

export function steeredTarget({ node, run }: Steered, flag: string | undefined): NodeTarget {
  if (run !== null && flag !== undefined)
    throw new CordError("usage", `${run} is a run already: leave out --run, or give the number of a node.`);
  return targetOf(node, run ?? flag);
}

interface NodeTarget {
  node_id: string;
  run_id?: string;
  project?: string;
}

export function targetOf(node: number, run: string | undefined): NodeTarget {
  const node_id = nodeName(node);
  return run === undefined ? { node_id, project: projectOf() } : { node_id, run_id: run };
}

/** `  Survey  (and 3 nodes below it)`, behind what was done to a node or a run. */
export function withBelow(goal: string, below: number): string {
  return below === 0 ? goal : `${goal}  (and ${counted(below, "node")} below it)`;
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
