import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Plan } from "../../core/plan.ts";
import { counted } from "../../core/wording.ts";
import { planLines } from "../../tui/run/plan-lines.ts";
import { cost } from "../../tui/time.ts";
import { hasColor, outputWidth, print, printJson, tell } from "../output.ts";

/** What comes next: the run goes on, or the person decides later. */
type Decided = "goOn" | "later";

/**
 * Approves what a person was shown who goes on with a run where nobody can be asked. What waits and was not shown yet, because
 * cord was killed before it could, is left to be shown.
 */
export async function approveShown(client: Client, runId: string): Promise<void> {
  if (isAsked()) return;
  const { plans } = await client
    .call("runs/approve", { run_id: runId, only_shown: true })
    .catch(unlessNothing);
  for (const { node_id, nodes } of plans)
    tell(`Approved: what ${node_id} planned, ${counted(nodes, "node")}.`);
}

/** Shows what waits for a person: on stdout, so that it can be kept. What was printed whole counts as shown. */
export async function decidePlans(client: Client, runId: string, json: boolean): Promise<Decided> {
  const { plans } = await client.call("runs/plan", { run_id: runId }).catch(unlessNothing);
  if (plans.length === 0) return "goOn";
  const { run } = await client.call("runs/get", { run_id: runId });
  if (json) {
    const { id, goal, status, standing, usd } = run;
    await printJson({ run_id: id, goal, status, standing, usd, plans });
  } else
    await print(
      plans
        .flatMap((plan) => [...linesOf(plan), ""])
        .join("\n")
        .trimEnd(),
    );
  await client.call("runs/shown", { run_id: runId });
  const [first] = plans;
  const name = shortRun(runId);
  const node = first === undefined || plans.length < 2 ? "" : ` ${first.node_id.slice(1)}`;
  tell(
    [
      `cord run ${name}  waits for your approval; ${cost(run)} spent so far`,
      `  approve      cord run --resume ${name}`,
      ...(plans.length < 2 ? [] : [`  only one     cord approve${node} --run ${name}`]),
      `  plan again   cord reject${node} --run ${name} "what to change"`,
      `  give it up   cord stop 1 --run ${name}`,
    ].join("\n"),
  );
  return "later";
}

function linesOf(plan: Plan): string[] {
  return planLines(plan, { width: outputWidth(), color: hasColor() });
}

export function isAsked(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** It may have been decided meanwhile, elsewhere. */
function unlessNothing(error: unknown): { plans: [] } {
  if (error instanceof CordError && error.code === "conflict") return { plans: [] };
  throw error;
}
