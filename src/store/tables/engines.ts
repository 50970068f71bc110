import { engineLeaseMs } from "../../core/lease.ts";
import type { Moment } from "../../core/moment.ts";
import { endAttempts } from "./attempts.ts";
import type { Tx } from "../store.ts";

/**
 * An engine is there for a run as long as it claims or renews in time. `trouble` is what it says holds up all of its work;
 * undefined leaves what it said before.
 */
export async function noteEngine(
  tx: Tx,
  runId: string,
  name: string,
  { monotonic }: Moment,
  trouble?: string | null,
): Promise<void> {
  await tx.run(
    `INSERT INTO engines (run_id, name, due, trouble) VALUES (?, ?, ?, ?)
     ON CONFLICT (run_id, name) DO UPDATE SET due = excluded.due${trouble === undefined ? "" : ", trouble = excluded.trouble"}`,
    runId,
    name,
    monotonic + engineLeaseMs,
    trouble ?? null,
  );
}

/** Removes an engine that has left, or was found dead. Its agents are gone too, so their reserved budget is free. */
export async function forgetEngine(tx: Tx, runId: string, name: string, at: number): Promise<void> {
  await endAttempts(tx, { runId, engine: name }, engineGone, at);
  await tx.run("DELETE FROM engines WHERE run_id = ? AND name = ?", runId, name);
}

/** The engines that work on a run, and the first trouble of theirs. */
export async function enginesOf(
  tx: Tx,
  runId: string,
): Promise<{ present: boolean; names: string[]; trouble: string | null }> {
  const rows = await tx.all<{ name: string; trouble: string | null }>(
    "SELECT name, trouble FROM engines WHERE run_id = ? ORDER BY name LIMIT ?",
    runId,
    maxEngines,
  );
  const [trouble = null] = rows.flatMap((row) => row.trouble ?? []).toSorted();
  return { present: rows.length > 0, names: rows.map(({ name }) => name), trouble };
}

const maxEngines = 100;

export async function isEngineDue(tx: Tx, monotonic: number): Promise<boolean> {
  return (await tx.get("SELECT 1 FROM engines WHERE due <= ? LIMIT 1", monotonic)) !== null;
}

/** Engines that were not heard of in time are gone; their agents count as ended when the engine was last heard of. */
export async function expireEngines(tx: Tx, { now, monotonic }: Moment, limit: number): Promise<void> {
  const gone = await tx.all<{ run_id: string; name: string; due: number }>(
    "SELECT run_id, name, due FROM engines WHERE due <= ? ORDER BY due LIMIT ?",
    monotonic,
    limit,
  );
  for (const { run_id, name, due } of gone)
    await forgetEngine(tx, run_id, name, now - (monotonic - due) - engineLeaseMs);
}

export const engineGone = "the engine that ran it is gone";
