import { tabBounds } from "../../core/limits.ts";
import type { ClientKind } from "../../core/tab.ts";
import type { Tx, Value } from "../store.ts";

/** Which tabs a message to many means, and when it was sent, by the wall clock. */
interface Meant {
  project: string | null;
  client: ClientKind | null;
  /** also agents that are no tabs: shells, and clients without a bridge */
  withOthers?: boolean;
  at: number;
}

/** The handles of the tabs that were open then, or not long before: the latest seen first, no more than a message may have. */
export async function recipientsOf(tx: Tx, meant: Meant): Promise<string[]> {
  const tabs = await tabsOf(tx, meant);
  const room = tabBounds.recipients - tabs.length;
  if (meant.withOthers !== true || room <= 0) return tabs;
  return [...tabs, ...(await othersOf(tx, meant, room))];
}

/** Agents that were there then, or not long before, and were no tab all that time. What has no project is everybody's. */
async function othersOf(tx: Tx, { project, at }: Meant, limit: number): Promise<string[]> {
  const ofProject = project === null ? "" : "AND (project = ? OR project IS NULL)";
  const rows = await tx.all<{ id: string }>(
    `SELECT id FROM agents WHERE first_seen <= ? AND last_seen > ? ${ofProject}
       AND NOT EXISTS (SELECT 1 FROM tabs WHERE handle = agents.id AND (closed_at IS NULL OR closed_at > ?)) ORDER BY last_seen DESC, id LIMIT ?`,
    at,
    at - tabBounds.recentMs,
    ...(project === null ? [] : [project]),
    at - tabBounds.recentMs,
    limit,
  );
  return rows.map(({ id }) => id);
}

async function tabsOf(tx: Tx, { project, client, at }: Meant): Promise<string[]> {
  const terms = ["opened_at <= ?", "(closed_at IS NULL OR closed_at > ?)"];
  const values: Value[] = [at, at - tabBounds.recentMs];
  for (const [column, value] of [
    ["project", project],
    ["client", client],
  ] as const) {
    if (value === null) continue;
    terms.push(`${column} = ?`);
    values.push(value);
  }
  const rows = await tx.all<{ handle: string }>(
    `SELECT handle FROM tabs WHERE ${terms.join(" AND ")} GROUP BY handle ORDER BY max(seen_at) DESC, handle LIMIT ?`,
    ...values,
    tabBounds.recipients,
  );
  return rows.map(({ handle }) => handle);
}

/** Tasks of the board that name somebody and that nobody has claimed, the oldest first. */
export async function pendingAddressed(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.all<{ id: string }>(
    `SELECT id FROM tasks WHERE recipient IS NOT NULL AND run_id IS NULL AND state = 'pending' ORDER BY ordinal LIMIT ?`,
    limit,
  );
  return rows.map(({ id }) => id);
}

/** Who sent a task; null where nobody is known. */
export async function senderOf(tx: Tx, taskId: string): Promise<string | null> {
  return byOf(
    await tx.get<Told>(
      "SELECT json_extract(data, '$.by') AS by FROM events WHERE task_id = ? ORDER BY seq LIMIT 1",
      taskId,
    ),
  );
}

/** Who asked the question about a task that was put last before an event. */
export async function askerOf(tx: Tx, taskId: string, before: number): Promise<string | null> {
  return byOf(
    await tx.get<Told>(
      `SELECT json_extract(data, '$.by') AS by FROM events
       WHERE task_id = ? AND seq < ? AND type = 'task.asked' ORDER BY seq DESC LIMIT 1`,
      taskId,
      before,
    ),
  );
}

interface Told {
  by: unknown;
}

function byOf(row: Told | null): string | null {
  return typeof row?.by === "string" ? row.by : null;
}
