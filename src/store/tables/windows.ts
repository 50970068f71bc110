import type { UsageWindow } from "../../core/account.ts";
import { accountBounds } from "../../core/limits.ts";
import type { WindowStatus } from "../../core/words.ts";
import type { Tx } from "../store.ts";
import { time } from "./time.ts";

interface WindowRow {
  name: string;
  status: WindowStatus;
  utilization: number | null;
  resets_at: number | null;
  seen_at: number;
}

/**
 * Keeps what was heard of an account's windows, and forgets what was not heard of for long. An answer that was under way
 * when a window was used up does not open it again.
 */
export async function noteWindows(
  tx: Tx,
  account: string,
  windows: readonly UsageWindow[],
  now: number,
): Promise<void> {
  await tx.run("DELETE FROM windows WHERE seen_at < ?", now - accountBounds.keptMs);
  for (const { name, status, utilization, resets_at } of windows)
    await tx.run(
      `INSERT INTO windows (account, name, status, utilization, resets_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, name) DO UPDATE SET
         status = CASE WHEN status = 'rejected' AND resets_at IS excluded.resets_at THEN status ELSE excluded.status END,
         utilization = coalesce(excluded.utilization, CASE WHEN resets_at IS excluded.resets_at THEN utilization END),
         resets_at = excluded.resets_at, seen_at = excluded.seen_at`,
      account,
      name,
      status,
      utilization,
      resets_at === null ? null : Date.parse(resets_at),
      now,
    );
  await tx.run(
    `DELETE FROM windows WHERE account = ? AND name NOT IN
       (SELECT name FROM windows WHERE account = ? ORDER BY seen_at DESC, name LIMIT ?)`,
    account,
    account,
    accountBounds.windows,
  );
}

/** The account was answered: what was used up of it is not any more. */
export async function reopenWindows(tx: Tx, account: string): Promise<void> {
  await tx.run(
    "UPDATE windows SET status = 'allowed', utilization = NULL WHERE account = ? AND status = 'rejected'",
    account,
  );
}

/** The windows of an account that are not over by what is known: the one that resets first comes first. */
export async function windowsOf(tx: Tx, account: string, now: number): Promise<UsageWindow[]> {
  const rows = await tx.all<WindowRow>(
    `SELECT name, status, utilization, resets_at, seen_at FROM windows
     WHERE account = ? AND (resets_at > ? OR (resets_at IS NULL AND seen_at > ?)) ORDER BY resets_at, name`,
    account,
    now - accountBounds.marginMs,
    now - accountBounds.unknownMs,
  );
  return rows.map(({ name, status, utilization, resets_at }) => ({
    name,
    status,
    utilization,
    resets_at: resets_at === null ? null : time(resets_at),
  }));
}
