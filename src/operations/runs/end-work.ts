import { z } from "zod";
import { usedUp } from "../../core/run-limits.ts";
import { RunLimit } from "../../core/run.ts";
import { endWork } from "../../store/lifecycle/end-work.ts";
import { optionsOf } from "../../store/tables/runs.ts";
import { operation } from "../operation.ts";
import { engine, request_id } from "../nodes/target.ts";
import { runNamed } from "../subject.ts";

/**
 * Ends a run's work at a limit, for an engine: only syntheses go on. `synthesis` is false, and nothing was changed,
 * where nothing is complete that a result could be made of.
 */
export const end = operation({
  summary: "End a run's work at a limit, so that what there is is put together, for an engine.",
  effect: "write",
  callers: engine,
  authority: { act: "run", find: runNamed },
  input: () => z.object({ run_id: z.string(), limit: RunLimit, request_id }),
  output: () => z.object({ synthesis: z.boolean() }),
  run: (context, { limit }) =>
    context.write(async (tx, { run }) => {
      const reason = usedUp(limit, optionsOf(run));
      return { synthesis: (await endWork(tx, run, { limit, reason }, context.now)) === "synthesis" };
    }),
});
