import { z } from "zod";
import { Parking, parkingFor, unnamedWindow, usedUp, UsageWindow } from "../../core/account.ts";
import { accountBounds } from "../../core/limits.ts";
import { AgentId } from "../../core/task.ts";
import {
  openRunsOfAccount,
  parkingOf,
  parkRun,
  setAccount,
  unparkRun,
  type Heard,
} from "../../store/tables/parking.ts";
import { getRun, type RunRow } from "../../store/tables/runs.ts";
import { noteWindows, reopenWindows, windowsOf } from "../../store/tables/windows.ts";
import type { Tx } from "../../store/store.ts";
import { engine, request_id } from "../nodes/target.ts";
import { operation } from "../operation.ts";
import { runNamed } from "../subject.ts";

/**
 * Tells what an engine has heard of the account that its agents use. That the allowance is used up parks every open run
 * of the account; an answer after that lets all of them go on. The run of an engine that begins is parked where the
 * account is known to be used up, and not any more where it is not.
 */
export const note = operation({
  summary:
    "Tell what is left of an account, for an engine: every run of the account is parked by it, or goes on.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  input: () =>
    z.object({
      run_id: z.string(),
      engine: AgentId,
      account: z.string().min(1).max(accountBounds.keyLength).describe("By which it is known; no secret"),
      windows: z.array(UsageWindow).max(accountBounds.windows).default([]),
      heard: z.enum(["begins", "used up", "answered"]).optional(),
      request_id,
    }),
  output: () => z.object({ parked: Parking.nullable(), windows: z.array(UsageWindow) }),
  run: (context, { engine: by, account, windows, heard }) =>
    context.write(async (tx, { run }) => {
      const { now } = context;
      await setAccount(tx, run.id, account);
      if (heard === "answered") await reopenWindows(tx, account);
      await noteWindows(tx, account, windows, now);
      const left = await windowsOf(tx, account, now);
      const known = parkingFor(left);
      const parked =
        heard === "used up" ? (known ?? parkingFor(windows) ?? unnamed) : heard === "answered" ? null : known;
      const runs = heard === "begins" ? [run] : heard ? await openRunsOfAccount(tx, account) : [];
      await park(tx, runs, parked, { by, from: run.id }, now);
      return { parked: parkingOf(await getRun(tx, run.id)), windows: left };
    }),
});

const unnamed: Parking = { reason: usedUp(unnamedWindow), until: null };

/** Null: they go on, as far as they were parked. */
async function park(
  tx: Tx,
  runs: readonly RunRow[],
  parked: Parking | null,
  heard: Heard,
  now: number,
): Promise<void> {
  for (const run of runs) {
    if (parked !== null) await parkRun(tx, run, parked, heard, now);
    else if (parkingOf(run) !== null) await unparkRun(tx, run, heard, now);
  }
}
