import type { Tx } from "../store.ts";
import type { AttemptRow } from "./attempts.ts";

/** An attempt whose end no engine has reported, with what was reported of it until then. */
type LostAttempt = Pick<AttemptRow, "epoch" | "usd" | "input_tokens" | "cached_tokens" | "output_tokens"> & {
  number: number;
  agent: string;
};

const maxLost = 1000;

/** The newest of them; also those that count as running until their node is claimed again. */
export function lostAttempts(tx: Tx, runId: string): Promise<LostAttempt[]> {
  return tx.all<LostAttempt>(
    `SELECT tasks.number AS number, attempts.epoch AS epoch, attempts.agent AS agent, usd, input_tokens, cached_tokens,
       output_tokens
     FROM attempts JOIN tasks ON tasks.id = attempts.task_id
     WHERE attempts.run_id = ? AND attempts.engine IS NOT NULL AND attempts.agent IS NOT NULL AND (
       exit = 'lost' OR (attempts.state = 'running' AND (tasks.state <> 'claimed' OR tasks.epoch <> attempts.epoch))
     ) ORDER BY attempts.started_at DESC LIMIT ${maxLost}`,
    runId,
  );
}
