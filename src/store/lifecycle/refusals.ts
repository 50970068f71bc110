import { CordError } from "../../core/error.ts";
import type { Moment } from "../../core/moment.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { isProposed } from "../../core/proposal.ts";
import { spanOf } from "../../core/wording.ts";
import { askKind, finalStates } from "../../core/words.ts";
import { blockersOf } from "../tables/ids.ts";
import type { Tx } from "../store.ts";
import type { TaskRow } from "../tables/task-row.ts";
import { time } from "../tables/time.ts";

/**
 * Why a task cannot be claimed now: who holds it and until when, what it still needs, how it ended. Null if it can be.
 * Programs find the holder and the end of the lease in the error's data.
 */
export async function claimRefusal(tx: Tx, row: TaskRow, when: Moment): Promise<CordError | null> {
  if (row.state === "claimed") return heldBy(row, when);
  if (row.state === "pending" && row.unmet > 0) return refusal(`it still needs ${await needsOf(tx, row)}`);
  if (row.state === "pending" && isProposed(row))
    return refusal(
      `it is part of a plan that waits for a person's approval: "cord approve${row.run_id === null ? "" : ` --run ${shortRun(row.run_id)}`}"`,
    );
  if (row.kind === askKind && row.run_id !== null)
    return refusal(`it is a question; answer it with "cord answer"`);
  if (finalStates.includes(row.state)) return refusal(endOf(row));
  if (row.run_id === null && row.state === "waiting")
    return refusal(`it waits for the answer to the question of ${row.claimed_by}`);
  return row.state === "pending" ? null : refusal(`it is ${row.state}`);
}

function heldBy({ claimed_by, lease_due }: TaskRow, { now, monotonic }: Moment): CordError {
  const leftMs = lease_due === null ? null : Math.max(0, lease_due - monotonic);
  if (leftMs === null) return refusal(`it is claimed by ${claimed_by}`, { holder: claimed_by });
  const until = time(now + leftMs);
  return refusal(`it is claimed by ${claimed_by} until ${until} (in ${spanOf(leftMs)})`, {
    holder: claimed_by,
    lease_until: until,
  });
}

async function needsOf(tx: Tx, row: TaskRow): Promise<string> {
  const needs = await blockersOf(tx, row.id);
  const named = needs.map(({ number, name, state }) => `${number} "${name}" (${state})`);
  const more = row.unmet - needs.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}. A wait gives it when they are completed`;
}

function endOf({ state, claimed_by, reason, updated_at }: TaskRow): string {
  const by = state === "cancelled" || claimed_by === null ? "" : ` by ${claimed_by}`;
  return `it was ${state}${by} at ${time(updated_at)}${reason === null ? "" : `: ${reason}`}`;
}

function refusal(why: string, data: Record<string, unknown> = {}): CordError {
  return new CordError("conflict", `task is not claimable: ${why}`, { data });
}
