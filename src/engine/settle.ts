import type { Client } from "../client/client.ts";
import { CordError } from "../core/error.ts";
import type { Attempt } from "./attempt.ts";
import type { Reporter } from "./reporter.ts";
import type { Verdict } from "./verdict.ts";

/** What a settle needs of its engine. */
interface Desk {
  client: Client;
  runId: string;
  reporter: Reporter;
}

/** Tells the daemon what became of an attempt. */
export async function settle(
  { client, runId, reporter }: Desk,
  attempt: Attempt,
  verdict: Verdict,
): Promise<void> {
  const { node_id, epoch, id } = attempt.node;
  const held = { run_id: runId, node_id, epoch };
  const stillHeld = async () => {
    const task = await client.call("tasks/get", { id });
    return task?.state === "claimed" && task.epoch === epoch;
  };
  reporter.end(attempt, verdict.kind === "stopped" ? "interrupted" : verdict.kind, reasonOf(verdict));
  if (verdict.kind === "done" || !(await stillHeld())) return;
  await reporter.flush();
  if (verdict.kind === "handIn") await handIn(client, held, verdict.text);
  else if (verdict.kind === "failed") {
    const { reason, final, limit } = verdict;
    await client
      .call("nodes/fail", { ...held, reason: reason.slice(0, 10_000), final, ...(limit ? { limit } : {}) })
      .catch(unlessStale);
  } else {
    const reason = (reasonOf(verdict) ?? "interrupted").slice(0, 2000);
    await client.call("nodes/release", { ...held, reason }).catch(unlessStale);
  }
}

function reasonOf(verdict: Verdict): string | null {
  if (verdict.kind === "outside") return verdict.trouble.sentence;
  return verdict.kind === "failed" ? verdict.reason : null;
}

async function handIn(
  client: Client,
  held: { run_id: string; node_id: string; epoch: number },
  text: string,
): Promise<void> {
  try {
    await client.call("nodes/complete", { ...held, result: text });
  } catch (error) {
    if (!(error instanceof CordError) || error.code === "stale_lease") return unlessStale(error);
    await client
      .call("nodes/fail", {
        ...held,
        reason: `it ended without calling complete(), and its final text is no result. ${error.message}`,
        final: false,
      })
      .catch(unlessStale);
  }
}

/** Another has taken the node over meanwhile: what this attempt has to say does not matter any more. */
export function unlessStale(error: unknown): void {
  if (
    error instanceof CordError &&
    (error.code === "stale_lease" || error.code === "conflict" || error.code === "not_found")
  )
    return;
  throw error;
}
