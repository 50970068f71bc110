import type { Client, Output } from "../../client/client.ts";
import { CordError, messageOf } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Plan } from "../../core/plan.ts";
import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { planLines } from "../../tui/run/plan-lines.ts";
import { spentText } from "../../tui/time.ts";
import { hasColor, outputWidth, print, printJson, tell } from "../output.ts";
import type { Wish } from "./plan-dialog.ts";

/** What comes next: the run goes on, or the person decides later. */
type Decided = "goOn" | "later";

type Run = Output<"runs/get">["run"];

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

/** What is said of a plan that waits while the rest of the run may go on; null for any other event. */
export function planNotice(event: Event, runId: string): string | null {
  if (event.type !== "run.proposed" || event.data.parent === 1) return null;
  const { parent, children } = event.data;
  return `#${parent} has planned ${counted(children, "node")}. You are asked when nothing else goes on; now by "cord approve ${parent} --run ${shortRun(runId)}".`;
}

/** Has a person decide on what waits for them, or shows it where nobody can be asked. Nothing of the run is at work meanwhile. */
export async function decidePlans(client: Client, runId: string, json: boolean): Promise<Decided> {
  const { plans } = await client.call("runs/plan", { run_id: runId }).catch(unlessNothing);
  if (plans.length === 0) return "goOn";
  const { run } = await client.call("runs/get", { run_id: runId });
  if (!isAsked() || json) return printPlans(client, run, plans, json);
  for (const { node_id } of plans)
    if ((await decideOne(client, run, node_id)) === "later") {
      tell(waitsLines(run, plans).join("\n"));
      return "later";
    }
  return "goOn";
}

/** On stdout, so that it can be kept. What was printed whole counts as shown. */
async function printPlans(client: Client, run: Run, plans: readonly Plan[], json: boolean): Promise<"later"> {
  const { id, goal, status, standing, usd } = run;
  if (json) await printJson({ run_id: id, goal, status, standing, usd, plans });
  else await print(plans.map((plan) => linesOf(plan, outputWidth(), hasColor()).join("\n")).join("\n\n"));
  await client.call("runs/shown", { run_id: id });
  tell(waitsLines(run, plans).join("\n"));
  return "later";
}

/** How a person goes on who is not asked, or wants to think about it. */
function waitsLines(run: Run, plans: readonly Plan[]): string[] {
  const name = shortRun(run.id);
  const [first] = plans;
  const node = first === undefined || plans.length < 2 ? "" : ` ${first.node_id.slice(1)}`;
  return [
    `cord run ${name}  waits for your approval; ${spentText(run)} so far`,
    `  approve      cord run --resume ${name}`,
    ...(node === "" ? [] : [`  only one     cord approve${node} --run ${name}`]),
    `  plan again   cord reject${node} --run ${name} "what to change"`,
    `  give it up   cord stop 1 --run ${name}`,
  ];
}

/** Asks about one plan until the person has decided. It may be another by then, or decided elsewhere. */
async function decideOne(client: Client, run: Run, nodeId: string): Promise<Decided> {
  const which = { run_id: run.id, node_id: nodeId };
  for (;;) {
    const { plans } = await client.call("runs/plan", which).catch(unlessNothing);
    const [plan] = plans;
    if (plan === undefined) return "goOn";
    tell(["", ...linesOf(plan, process.stderr.columns || 80, hasColor(process.stderr)), ""].join("\n"));
    const { askAbout } = await import("./plan-dialog.ts");
    const wish = await askAbout(plan, shortRun(run.id));
    if (wish.kind === "later") return "later";
    try {
      if (wish.kind === "edit") await (await import("./plan-editor.ts")).editPlan(client, run.id, plan);
      else {
        await decided(client, which, wish);
        return "goOn";
      }
    } catch (error) {
      if (!(error instanceof CordError)) throw error;
      tell(plain(messageOf(error)));
    }
  }
}

/** Does what the person wants. */
async function decided(
  client: Client,
  which: { run_id: string; node_id: string },
  wish: Exclude<Wish, { kind: "later" | "edit" }>,
): Promise<void> {
  switch (wish.kind) {
    case "approve":
      await client.call("runs/approve", which);
      return;
    case "again":
      await client.call("runs/reject", { ...which, text: wish.remark });
      return;
    case "stop":
      await client.call("nodes/stop", which);
      return;
    default:
      return wish satisfies never;
  }
}

function linesOf(plan: Plan, width: number, color: boolean): string[] {
  return planLines(plan, { width, color });
}

export function isAsked(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** It may have been decided meanwhile, elsewhere. */
function unlessNothing(error: unknown): { plans: [] } {
  if (error instanceof CordError && error.code === "conflict") return { plans: [] };
  throw error;
}
