import { shortRun } from "../../core/node-refusal.ts";
import { nodeName } from "../../core/words.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { projectOf } from "../options.ts";
import { print, printJson } from "../output.ts";

/** Which plan a person means who approves or rejects: a node's, or all that waits in a run. */
export function planTarget(
  node: number | undefined,
  run: string | undefined,
): { node_id?: string; run_id?: string; project?: string } {
  return {
    ...(node === undefined ? {} : { node_id: nodeName(node) }),
    ...(run === undefined ? { project: projectOf() } : { run_id: run }),
  };
}

interface Decided {
  run_id: string;
  plans: { node_id: string; goal: string; nodes: number }[];
  worked_on: boolean;
}

/** Says whose plan was approved or rejected, and how the run goes on where no engine works on it. */
export async function printDecided(done: Decided, did: string, json: boolean | undefined): Promise<void> {
  if (json) return printJson(done);
  const name = shortRun(done.run_id);
  for (const { node_id, goal, nodes } of done.plans)
    await print(plain(`${node_id} of run ${name}: its plan of ${counted(nodes, "node")} ${did}  ${goal}`));
  if (!done.worked_on) await print(`Go on with it: cord run --resume ${name}`);
}
