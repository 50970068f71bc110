import { Parking } from "../../core/account.ts";
import { appendRunEvent } from "./events.ts";
import type { RunRow } from "./runs.ts";
import type { Tx } from "../store.ts";

/** Why a run is parked, and until when; null: it is not. */
export function parkingOf({ parked }: Pick<RunRow, "parked">): Parking | null {
  return parked === null ? null : Parking.parse(JSON.parse(parked));
}

/** Lets a run go on, whether it was parked or is held up otherwise: its engine hears of it. */
export async function unparkRun(tx: Tx, run: RunRow, by: string, now: number): Promise<void> {
  await tx.run("UPDATE runs SET parked = NULL WHERE id = ?", run.id);
  await appendRunEvent(tx, run, now, { type: "run.unparked", data: { by } });
}
