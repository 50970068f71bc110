import { closedText, headroomText, parkingText } from "../../core/account.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { oneLine, shortened } from "../../core/text.ts";
import type { Run, RunResult, RunSnapshot } from "../../core/run.ts";
import { isLost } from "../../core/words.ts";
import { standingText } from "../../tui/run/standing.ts";
import { compact, cost, duration, isSpent, limitUsd } from "../../tui/time.ts";
import { factLines, type Fact } from "../facts.ts";

/** One run in a few lines: how it stands, what it took, what it came to, and how it is looked at and gone on with. */
export function runFacts({ run, nodes }: RunSnapshot, result: RunResult, now: number): string {
  const id = shortRun(run.id);
  const { total_budget_usd: budget, total_tokens: ceiling } = run.options;
  const began = Date.parse(run.created_at);
  const ended = run.ended_at === null ? now : Date.parse(run.ended_at);
  const failed = nodes
    .filter(({ status, type, proposal }) => isLost(status) && type !== "ASK" && proposal !== "removed")
    .slice(0, maxLost);
  const facts: Fact[] = [
    ["run", run.id],
    ["goal", run.goal],
    ["state", standingText(run)],
    ["limit", limitOf(run, now)],
    ["began", `${duration(now - began)} ago`],
    [
      run.ended_at === null ? "so far" : "took",
      `${duration(ended - began)}, agents worked ${duration(run.worked_ms)}`,
    ],
    ["cost", !isSpent(run) ? undefined : `${cost(run)}${budget === null ? "" : ` of ${limitUsd(budget)}`}`],
    [
      "tokens",
      run.tokens === 0
        ? undefined
        : `${compact(run.tokens)}${ceiling === null ? "" : ` of ${compact(ceiling)}`}`,
    ],
    ...run.windows.flatMap((window): Fact[] => [["account", headroomText(window, now) ?? undefined]]),
    ["nodes", `${run.done} of ${run.nodes} complete${run.lost > 0 ? `, ${run.lost} lost` : ""}`],
    ...failed.map((node): Fact => [
      "lost",
      `#${node.number} ${node.goal}${node.reason === null ? "" : `: ${shortened(oneLine(node.reason), maxReason)}`}`,
    ]),
    ["folder", run.cwd ?? undefined],
    [
      "result",
      result.state === "completed" ? shortened(oneLine(textOf(result.result)), maxReason) : undefined,
    ],
    ["reason", result.reason ?? undefined],
    ["report", `cord report ${id}${run.ended_at === null ? " --open" : ""}`],
    ["tree", `cord tree ${id}`],
    ["approve", run.standing === "proposed" ? `cord approve --run ${id}` : undefined],
    ["resume", run.standing === "interrupted" ? `cord run --resume ${id}` : undefined],
  ];
  return factLines(facts).join("\n");
}

/** What holds it up; of a run that nobody works on, when that is over. */
function limitOf({ parked, standing }: Run, now: number): string | undefined {
  if (parked === null) return undefined;
  const text = standing === "parked" ? parkingText(parked, now) : closedText(parked, now);
  return text.replace(/^limit: /, "");
}

const maxLost = 10;
const maxReason = 200;

function textOf(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "");
}
