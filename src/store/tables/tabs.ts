import { tabBounds } from "../../core/limits.ts";
import type { ClientKind, TabState, WakeWay } from "../../core/tab.ts";
import type { Tx } from "../store.ts";

/** A tab, open or not. Its times are by the wall clock, in milliseconds since 1970. */
export interface TabRow {
  id: string;
  handle: string;
  /** 1: the agent chose its handle; 0: it was given one */
  chosen: number;
  project: string | null;
  client: ClientKind;
  client_version: string | null;
  /** what the client calls its conversation: by that a tab is known again */
  conversation: string | null;
  /** the top of the checkout it works in */
  folder: string | null;
  /** the client's process */
  pid: number | null;
  wake: WakeWay;
  state: TabState | null;
  waiting_for: string | null;
  opened_at: number;
  seen_at: number;
  /** null: it is open, or its daemon was killed while it was */
  closed_at: number | null;
  /** the wakes of the last hour, as JSON */
  woken: string | null;
}

export function tabById(tx: Tx, id: string): Promise<TabRow | null> {
  return tx.get<TabRow>("SELECT * FROM tabs WHERE id = ?", id);
}

/** The newest tabs of a conversation first. */
export function tabsOfConversation(tx: Tx, client: ClientKind, conversation: string): Promise<TabRow[]> {
  return tx.all<TabRow>(
    "SELECT * FROM tabs WHERE client = ? AND conversation = ? ORDER BY opened_at DESC LIMIT 8",
    client,
    conversation,
  );
}

/** All that have a handle, the newest first. */
export function tabsNamed(tx: Tx, handle: string): Promise<TabRow[]> {
  return tx.all<TabRow>("SELECT * FROM tabs WHERE handle = ? ORDER BY opened_at DESC LIMIT 64", handle);
}

/** Writes a tab whole, new or known. */
export async function putTab(tx: Tx, row: TabRow): Promise<void> {
  const { id, ...rest } = row;
  await dropTab(tx, id);
  const columns = Object.keys(rest);
  await tx.run(
    `INSERT INTO tabs (id, ${columns.join(", ")}) VALUES (?${", ?".repeat(columns.length)})`,
    id,
    ...Object.values(rest),
  );
}

/** Gives a tab's row another id, as when its conversation goes on in another process. */
export async function moveTab(tx: Tx, id: string, to: string): Promise<void> {
  await tx.run("UPDATE tabs SET id = ? WHERE id = ?", to, id);
}

export async function dropTab(tx: Tx, id: string): Promise<void> {
  await tx.run("DELETE FROM tabs WHERE id = ?", id);
}

export async function closeTab(tx: Tx, id: string, now: number): Promise<void> {
  await tx.run(
    "UPDATE tabs SET closed_at = ?, seen_at = ?, state = NULL, waiting_for = NULL WHERE id = ? AND closed_at IS NULL",
    now,
    now,
    id,
  );
}

/** Closes those that were open when a daemon was killed. Each that comes back is open again. */
export async function closeLeftTabs(tx: Tx, now: number): Promise<string[]> {
  const left = await tx.all<{ id: string }>("SELECT id FROM tabs WHERE closed_at IS NULL");
  if (left.length > 0)
    await tx.run(
      "UPDATE tabs SET closed_at = ?, state = NULL, waiting_for = NULL WHERE closed_at IS NULL",
      now,
    );
  return left.map(({ id }) => id);
}

/** Keeps when a tab was woken in the last hour. */
export async function noteWoken(tx: Tx, id: string, woken: string | null): Promise<void> {
  await tx.run("UPDATE tabs SET woken = ? WHERE id = ?", woken, id);
}

/** The tabs of a project, or all: first those that are open, then those that were seen last. A handle may have several. */
export function latestTabs(tx: Tx, project: string | undefined, limit: number): Promise<TabRow[]> {
  const where = project === undefined ? "" : "WHERE (project = ? OR project IS NULL)";
  return tx.all<TabRow>(
    `SELECT * FROM tabs ${where} ORDER BY closed_at IS NULL DESC, seen_at DESC LIMIT ?`,
    ...(project === undefined ? [] : [project]),
    limit,
  );
}

/** Removes what has been closed for long enough. */
export async function forgetTabs(tx: Tx, now: number): Promise<void> {
  await tx.run("DELETE FROM tabs WHERE closed_at < ?", now - tabBounds.keptMs);
}
