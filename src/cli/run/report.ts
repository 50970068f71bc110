import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { plainLines } from "../../core/text.ts";
import type { Node } from "../../core/node.ts";
import type { Run, RunResult, RunSnapshot } from "../../core/run.ts";
import { markdownText } from "../../tui/markdown.ts";
import { outputLook, print, printJson, tell } from "../output.ts";

/** A result for stdout: text is rendered as Markdown on a terminal, and whole and as it is elsewhere; all else is JSON. */
export function readable(result: unknown): string {
  const text = typeof result === "string" ? result : JSON.stringify(result ?? null, null, 2);
  if (!process.stdout.isTTY) return text;
  return typeof result === "string" ? markdownText(text, outputLook()) : plainLines(text);
}

/** A run and its nodes as `--json` prints them. */
export function runJson(
  { run, nodes }: { run: Run; nodes: readonly Node[] },
  { result, reason }: RunResult,
): object {
  const { id, goal, status, usd, limit_hit } = run;
  return { run_id: id, goal, status, result, reason, usd, limit_hit, nodes };
}

/**
 * Prints the report of a run that is over, as the run itself has. Throws `conflict` while it is open, and `failed` where there is
 * none. What the report lacks is said beside it.
 */
export async function printReport(
  client: Client,
  { run, nodes }: RunSnapshot,
  json: boolean | undefined,
): Promise<void> {
  const outcome = await client.call("runs/result", { run_id: run.id });
  if (json) return printJson(runJson({ run, nodes }, outcome));
  const name = `Run ${shortRun(run.id)}`;
  const tree = `"cord tree ${shortRun(run.id)}" shows what there is.`;
  if (run.ended_at === null)
    throw new CordError(
      "conflict",
      `${name} is not over (${run.standing}), so it has no report yet. ${tree}`,
    );
  if (outcome.state !== "completed")
    throw new CordError(
      "failed",
      `${name} has no report: it ${run.status === "failed" ? "failed" : "was cancelled"}${outcome.reason === null ? "" : `, ${outcome.reason}`}. ${tree}`,
    );
  const lacks = [
    ...(run.standing === "limited" && run.limit_hit !== null
      ? [`it was cut short by its ${run.limit_hit}`]
      : []),
    ...(run.lost > 0 ? [`${run.lost} of its ${run.nodes} nodes were lost`] : []),
  ];
  if (lacks.length > 0) tell(`${name} is not whole: ${lacks.join(", and ")}. ${tree}`);
  return print(readable(outcome.result));
}
