import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { RequestId } from "../../core/task.ts";
import { nameOf } from "../../core/tree.ts";
import { enginesOf } from "../../store/tables/engines.ts";
import { parkingOf, unparkRun } from "../../store/tables/parking.ts";
import { operation } from "../operation.ts";
import { runNamed } from "../subject.ts";

/**
 * Lets a run that waits for its account's allowance, or for a busy API, try again now. One of its agents does; when that
 * is answered the others follow, and when it is not the run waits on. Does nothing to a run that nothing holds up.
 * Throws `conflict` for a run that is over.
 */
export const goOn = operation({
  summary: "Let a run that waits for its account's limit, or a busy API, try again now.",
  effect: "write",
  callers: ["human"],
  authority: { act: "resume", find: runNamed },
  input: () => z.object({ run_id: z.string(), request_id: RequestId.optional() }),
  output: () =>
    z.object({
      run_id: z.string(),
      goal: z.string(),
      was_held: z.boolean().describe("Something held it up"),
      engines: z.array(z.string()).describe("Who works on it; of none: an engine has to be started"),
    }),
  run: (context) =>
    context.write(async (tx, { run }) => {
      if (run.ended_at !== null) throw new CordError("conflict", `Run ${shortRun(run.id)} is over.`);
      const { names, trouble } = await enginesOf(tx, run.id);
      const wasHeld = parkingOf(run) !== null || trouble !== null;
      if (wasHeld) await unparkRun(tx, run, { by: nameOf(context.caller) }, context.now);
      return { run_id: run.id, goal: run.goal, was_held: wasHeld, engines: names };
    }),
});
