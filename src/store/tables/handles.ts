import { tabBounds } from "../../core/limits.ts";
import { standingOfWaiting } from "../../core/standing.ts";
import type { Tx } from "../store.ts";

/**
 * Whether a handle means something yet, so that no other tab may be given it: an agent chose it, or whoever had it holds, watches,
 * reserves or is sent something, or has not read what is in its inbox. Whether an open tab has it is for the caller to ask.
 */
export async function isHandleTaken(tx: Tx, handle: string, now: number): Promise<boolean> {
  for (const [sql, ...values] of claimsTo(handle, now)) {
    if ((await tx.get(sql, ...values)) !== null) return true;
  }
  return false;
}

type Query = [sql: string, ...values: (string | number)[]];

function claimsTo(handle: string, now: number): Query[] {
  return [
    ["SELECT 1 FROM tabs WHERE handle = ? AND chosen = 1 LIMIT 1", handle],
    // one that never was a tab's: a shell's, say, or that of a client without a bridge
    [
      `SELECT 1 FROM agents WHERE id = ? AND last_seen > ? AND NOT EXISTS (SELECT 1 FROM tabs WHERE handle = agents.id)`,
      handle,
      now - tabBounds.keptMs,
    ],
    ["SELECT 1 FROM inbox WHERE agent = ? AND read_at IS NULL LIMIT 1", handle],
    ["SELECT 1 FROM tasks WHERE state = 'claimed' AND claimed_by = ? LIMIT 1", handle],
    [
      `SELECT 1 FROM tasks WHERE run_id IS NULL AND standing = ${standingOfWaiting} AND claimed_by = ? LIMIT 1`,
      handle,
    ],
    [
      "SELECT 1 FROM tasks WHERE recipient = ? AND run_id IS NULL AND state IN ('pending', 'paused') LIMIT 1",
      handle,
    ],
    ["SELECT 1 FROM watches WHERE agent = ? LIMIT 1", handle],
    ["SELECT 1 FROM reservations WHERE agent = ? LIMIT 1", handle],
  ];
}

/** What an agent reserves, holds and is sent goes to its other handle. Its inbox and what it watches follow the event: see deliverEvent. */
export async function moveAll(tx: Tx, from: string, to: string): Promise<void> {
  const names = [to, from] as const;
  await tx.run("UPDATE reservations SET agent = ? WHERE agent = ?", ...names);
  // as JSON in a list
  await tx.run(
    "UPDATE reservations SET refused = replace(refused, ?, ?) WHERE refused IS NOT NULL",
    JSON.stringify(from),
    JSON.stringify(to),
  );
  await tx.run("UPDATE tasks SET claimed_by = ? WHERE state = 'claimed' AND claimed_by = ?", ...names);
  await tx.run(
    `UPDATE tasks SET claimed_by = ? WHERE run_id IS NULL AND standing = ${standingOfWaiting} AND claimed_by = ?`,
    ...names,
  );
  await tx.run(
    `UPDATE tasks SET recipient = ? WHERE recipient = ? AND run_id IS NULL
       AND state IN ('pending', 'claimed', 'waiting', 'paused')`,
    ...names,
  );
  await tx.run(
    "DELETE FROM agents WHERE id = ? AND EXISTS (SELECT 1 FROM agents AS other WHERE other.id = ?)",
    from,
    to,
  );
  await tx.run("UPDATE agents SET id = ?, name = ? WHERE id = ?", to, to, from);
}
