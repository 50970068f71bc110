import { isPaid } from "../../core/agents.ts";
import type { AttemptExit } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import type { AttemptRow } from "./attempts.ts";
import { replanOf, type NodeRow } from "./node-row.ts";
import { numberOf } from "./one-row.ts";

/** How an attempt exits that was cut off in the middle of its work. */
const cutOffs: ReadonlySet<AttemptExit> = new Set([
  "lost",
  "interrupted",
  "silent",
  "outside",
  "halted",
  "limited",
  "unchecked",
]);

/** What all attempts of one session have cost. */
interface SessionSpent {
  usd: number;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
}

interface Resumable {
  id: string;
  spent: SessionSpent;
  /** how many attempts were to go on with it since, and were cut off before their agents ran: those were told nothing */
  unstarted: number;
}

/**
 * The session that the next attempt can resume: that of the last attempt, if it was cut off in this phase. An attempt
 * that failed by itself starts afresh.
 */
export async function resumableSession(tx: Tx, row: NodeRow): Promise<Resumable | null> {
  const last = await tx.get<AttemptRow>(
    "SELECT * FROM attempts WHERE task_id = ? ORDER BY epoch DESC LIMIT 1",
    row.id,
  );
  const id = last === null ? null : sessionOf(last, row);
  if (id === null) return null;
  const spent = await tx.get<SessionSpent>(
    `SELECT sum(usd) usd, sum(input_tokens) input_tokens, sum(cached_tokens) cached_tokens, sum(output_tokens) output_tokens
     FROM attempts WHERE task_id = ? AND session_id = ?`,
    row.id,
    id,
  );
  const unstarted = await numberOf(
    tx,
    `SELECT count(*) AS n FROM attempts WHERE task_id = ? AND epoch > coalesce(
       (SELECT max(epoch) FROM attempts WHERE task_id = ? AND session_id = ? AND pid IS NOT NULL), 0)`,
    row.id,
    row.id,
    id,
  );
  return { id, spent: spent ?? { usd: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0 }, unstarted };
}

function sessionOf({ state, exit, agent, said, phase, session_id }: AttemptRow, row: NodeRow): string | null {
  if (phase !== row.phase) return null;
  const isCutOff = state === "running" || (exit !== null && cutOffs.has(exit));
  // a node that has given its work to children is finished with its session: its synthesis gets a prompt of its own. One
  // whose plan was rejected makes the next in the session that made the last.
  // a rehearsal remembers nothing
  const isReplanned = replanOf(row).remark !== null && isPaid(agent ?? "");
  return (said === null ? isCutOff : isReplanned) ? session_id : null;
}
