import { Parking } from "../../core/account.ts";
import { accountBounds } from "../../core/limits.ts";
import { appendRunEvent } from "./events.ts";
import type { RunRow } from "./runs.ts";
import type { Tx } from "../store.ts";

/** Why a run is parked, and until when; null: it is not. */
export function parkingOf({ parked }: Pick<RunRow, "parked">): Parking | null {
  return parked === null ? null : Parking.parse(JSON.parse(parked));
}

/** The runs of an account that are not over. */
export function openRunsOfAccount(tx: Tx, account: string): Promise<RunRow[]> {
  return tx.all<RunRow>(
    "SELECT * FROM runs WHERE account = ? AND ended_at IS NULL ORDER BY ordinal DESC LIMIT ?",
    account,
    accountBounds.runs,
  );
}

export async function setAccount(tx: Tx, runId: string, account: string): Promise<void> {
  await tx.run("UPDATE runs SET account = ? WHERE id = ?", account, runId);
}

/** Which engine heard it, and of which run's agent. */
export interface Heard {
  by: string;
  from: string;
}

/** Says that a run waits for its account's allowance; says nothing where it has been said in the same words. */
export async function parkRun(
  tx: Tx,
  run: RunRow,
  { reason, until }: Parking,
  heard: Heard,
  now: number,
): Promise<void> {
  const parked = JSON.stringify({ reason, until });
  if (run.parked === parked) return;
  await tx.run("UPDATE runs SET parked = ? WHERE id = ?", parked, run.id);
  await appendRunEvent(tx, run, now, { type: "run.parked", data: { ...heard, reason, until } });
}

/** Lets a run go on, whether it was parked or is held up otherwise: its engine hears of it. */
export async function unparkRun(
  tx: Tx,
  run: RunRow,
  heard: { by: string } | Heard,
  now: number,
): Promise<void> {
  await tx.run("UPDATE runs SET parked = NULL WHERE id = ?", run.id);
  await appendRunEvent(tx, run, now, { type: "run.unparked", data: heard });
}
