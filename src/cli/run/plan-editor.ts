import { rmSync } from "node:fs";
import { confirm, isCancel } from "@clack/prompts";
import type { Client } from "../../client/client.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import type { Plan } from "../../core/plan.ts";
import { plain } from "../../core/text.ts";
import { editInTerminal } from "../../engine/process/editor.ts";
import type { Fault } from "../../plans/plan.ts";
import { environment } from "../../system/environment.ts";
import { readSmall } from "../../system/small-file.ts";
import { tell } from "../output.ts";
import { fileToEdit, unchanged } from "./edited-file.ts";
import { editedPlan, planText } from "./plan-text.ts";

/**
 * Has a person edit a plan in their editor, until what they have written can be taken or they give it up. The file stays where it
 * is as long as it is not taken, and whoever edits the same plan again goes on with it.
 */
export async function editPlan(client: Client, runId: string, plan: Plan): Promise<void> {
  const { run, nodes } = await client.call("runs/get", { run_id: runId });
  const planned = new Set(plan.nodes.map(({ node_id }) => node_id));
  const others = nodes
    .filter(({ proposal }) => proposal !== "removed")
    .map(({ number }) => `#${number}`)
    .filter((name) => name !== plan.node_id && !planned.has(name));
  const given = planText(plan, run.options.agent);
  const file = fileToEdit(runId, `plan-${plan.node_id.slice(1)}`, given);
  for (;;) {
    await editInTerminal(file, environment);
    const text = readSmall(file, limits.bodyBytes);
    if (text === given) {
      rmSync(file, { force: true });
      return tell(unchanged);
    }
    const faults = text === null ? [unread] : await take(client, runId, plan, { text, others });
    if (faults.length === 0) return rmSync(file, { force: true });
    tell(faults.map(({ line, text: why }) => `${plain(file)}:${line}: ${plain(why)}`).join("\n"));
    const again = await confirm({ message: "Edit it once more?", output: process.stderr });
    if (isCancel(again) || !again)
      return tell(`The plan is as it was. What you wrote is kept: ${plain(file)}`);
  }
}

const unread: Fault = {
  line: 1,
  text: `It cannot be read, or is larger than ${limits.bodyBytes / 1024 / 1024} MiB.`,
};

/** Has the daemon take what was written; what is wrong with it, if something is. */
async function take(
  client: Client,
  runId: string,
  plan: Plan,
  { text, others }: { text: string; others: readonly string[] },
): Promise<readonly Fault[]> {
  const edited = editedPlan(text, plan, others);
  if ("faults" in edited) return edited.faults;
  const { nodes, lines } = edited;
  try {
    await client.call("runs/edit", { run_id: runId, node_id: plan.node_id, nodes });
    return [];
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    const { node } = error.data;
    return [{ line: (typeof node === "string" ? lines.get(node) : undefined) ?? 1, text: messageOf(error) }];
  }
}
