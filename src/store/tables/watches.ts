import { tryParseJson } from "../../core/json.ts";
import { WatchFilter } from "../../core/watch.ts";
import type { Tx } from "../store.ts";
import { numberOf } from "./one-row.ts";

/** What an agent is told of when it matches. Times are by the wall clock. */
export interface WatchRow {
  id: string;
  agent: string;
  project: string | null;
  filter: string;
  /** it ends with its first match */
  once: number;
  until_at: number | null;
  note: string | null;
  /** only what happens after this event matches */
  seq: number;
  created_at: number;
}

export async function insertWatch(tx: Tx, row: WatchRow): Promise<void> {
  await tx.run(
    "INSERT INTO watches (id, agent, project, filter, once, until_at, note, seq, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    row.id,
    row.agent,
    row.project,
    row.filter,
    row.once,
    row.until_at,
    row.note,
    row.seq,
    row.created_at,
  );
}

export function watchesOf(tx: Tx, agent: string): Promise<WatchRow[]> {
  return tx.all<WatchRow>("SELECT * FROM watches WHERE agent = ? ORDER BY created_at, id", agent);
}

/** Null: there is none any more. */
export function findWatch(tx: Tx, id: string): Promise<WatchRow | null> {
  return tx.get<WatchRow>("SELECT * FROM watches WHERE id = ?", id);
}

export function allWatches(tx: Tx): Promise<WatchRow[]> {
  return tx.all<WatchRow>("SELECT * FROM watches ORDER BY created_at, id");
}

export function countWatches(tx: Tx): Promise<number> {
  return numberOf(tx, "SELECT count(*) AS n FROM watches");
}

/** False: there is none any more. */
export async function removeWatch(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run("DELETE FROM watches WHERE id = ?", id)) > 0;
}

export async function renameWatches(tx: Tx, from: string, to: string): Promise<void> {
  await tx.run("UPDATE watches SET agent = ? WHERE agent = ?", to, from);
}

/** A filter as its row has it; null for what this program cannot read. */
export function filterOf({ filter }: Pick<WatchRow, "filter">): WatchFilter | null {
  return WatchFilter.safeParse(tryParseJson(filter)).data ?? null;
}
