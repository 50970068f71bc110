import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { RequestId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { beginRemoval, findRemoval, removeInSteps } from "../../store/lifecycle/remove-run.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import type { RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import type { Asking } from "../authority.ts";
import { operation } from "../operation.ts";
import { runNamed } from "../subject.ts";

/**
 * Removes a run that is over. The first call takes it out of all lists; its rows go in small transactions, some of them in each
 * call. Who is killed between two calls leaves the rest to the next call, and to the daemon. Throws `conflict` for a run that
 * is not over, or that an engine works on.
 */
export const remove = operation({
  summary: "Remove a run that is over, with all that is kept of it.",
  effect: "destructive",
  callers: ["human"],
  authority: { act: "remove", find: runOrRemoval },
  input: () => z.object({ run_id: z.string(), request_id: RequestId.optional() }),
  output: () =>
    z.object({
      run_id: z.string(),
      removed: z
        .object({ nodes: z.number(), attempts: z.number(), events: z.number() })
        .describe("How many rows this call has removed"),
      more: z.boolean().describe("There is more of it: call again"),
    }),
  run: async (context) => {
    const run_id = await context.write(async (tx, { run, removed }) => {
      if (run === undefined) return removed;
      await refuseLive(tx, run);
      await beginRemoval(tx, run, nameOf(context.caller), context.now);
      return run.id;
    });
    const { more, ...removed } = await removeInSteps(context.store, run_id, stepsOfCall);
    return { run_id, removed, more };
  },
});

/** Some tenths of a second's work. */
const stepsOfCall = 80;

/** A run, or what is left of one. */
type Found = { run: RunRow; removed?: never } | { run?: never; removed: string };

async function runOrRemoval(tx: Tx, asking: Asking, input: { run_id: string }): Promise<Found> {
  const removal = input.run_id.length < 4 ? null : await findRemoval(tx, input.run_id);
  return removal === null ? runNamed(tx, asking, input) : { removed: removal.run_id };
}

async function refuseLive(tx: Tx, run: RunRow): Promise<void> {
  const { present } = await enginesOf(tx, run.id);
  if (run.ended_at !== null && !present) return;
  const name = shortRun(run.id);
  throw new CordError(
    "conflict",
    present
      ? `An engine works on run ${name}. End it first: "cord stop ${name}".`
      : `Run ${name} is not over. "cord run --resume ${name}" goes on with it, and "cord stop ${name}" ends it.`,
  );
}
