import type { Client, Input, Output } from "../client/client.ts";
import { nodeNumber } from "../core/words.ts";
import { agentNamed } from "./agents/agents.ts";
import { minus, nothingSpent, plus, type Spent } from "./agents/spending.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { keptOutput, readOutput, type KeptOutput } from "./process/kept-output.ts";

type Lost = Output<"runs/lost">["attempts"][number];
type Report = Input<"runs/report">["attempts"][number];

/**
 * Counts what agents have spent that outlived their engine: what they printed after its last report stands in their
 * files. Their processes have ended. Asks for nothing that is on another machine.
 */
export async function recountLost(
  client: Client,
  { runId, folder, signal }: { runId: string; folder: string; signal: AbortSignal },
): Promise<void> {
  const { attempts } = await client.call("runs/lost", { run_id: runId }, signal);
  for (const lost of attempts) {
    const found = keptOutput(attemptFolder(folder, nodeNumber(lost.node_id), lost.epoch));
    const report = "path" in found ? recounted(lost, await spentIn(found, lost.agent)) : null;
    if (report !== null) await client.call("runs/report", { run_id: runId, attempts: [report] }, signal);
  }
}

/** What its messages together had cost, by each of them, one after the other. */
async function spentIn(found: Extract<KeptOutput, { path: string }>, agent: string): Promise<Spent[]> {
  const read = agentNamed(agent).reader();
  const steps: Spent[] = [];
  let before = nothingSpent;
  await readOutput(found, (line) => {
    for (const event of read(line)) {
      if (event.type === "spent") steps.push(plus(steps.at(-1) ?? nothingSpent, minus(event, before)));
      // the end of a turn tells of the whole process, which may take its session's earlier cost for its own
      if (event.type === "spent" || event.type === "ended") before = event;
    }
  });
  return steps;
}

/** What was told of it, and what was spent after that. Null: nothing was. */
export function recounted(lost: Lost, steps: readonly Spent[]): Report | null {
  const known = lost.input_tokens + lost.output_tokens;
  const last = steps.at(-1);
  const told = steps.findLast((step) => tokensOf(step) <= known);
  if (last === undefined || tokensOf(last) <= known) return null;
  const { node_id, epoch } = lost;
  return {
    node_id,
    epoch,
    usd: lost.usd + Math.max(0, last.usd - (told?.usd ?? 0)),
    estimated: true,
    input_tokens: lost.input_tokens + last.inputTokens - (told?.inputTokens ?? 0),
    cached_tokens: lost.cached_tokens + Math.max(0, last.cachedTokens - (told?.cachedTokens ?? 0)),
    output_tokens: lost.output_tokens + Math.max(0, last.outputTokens - (told?.outputTokens ?? 0)),
  };
}

function tokensOf({ inputTokens, outputTokens }: Spent): number {
  return inputTokens + outputTokens;
}
