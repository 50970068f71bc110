import { shortRun } from "../../core/node-refusal.ts";
import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { postedIn } from "../../core/project.ts";
import { RunOptions } from "../../core/run.ts";
import { RequestId } from "../../core/task.ts";
import { forgetTimeLimit, optionsOf, moveRun, setOptions } from "../../store/tables/runs.ts";
import { operation } from "../operation.ts";
import { refuseOptions } from "./options.ts";
import { Folder } from "./create.ts";
import { project } from "../tasks/target.ts";
import { runNamed } from "../subject.ts";

/** Changes the limits, settings or folder of a run that is not over; later launches use them. */
export const modify = operation({
  summary: "Change the limits and settings of a run that is not over.",
  effect: "write",
  callers: ["human"],
  authority: { act: "modify", find: runNamed },
  input: () =>
    z.object({
      run_id: z.string(),
      options: RunOptions,
      cwd: Folder.describe("Where its project is now").optional(),
      project,
      request_id: RequestId.optional(),
    }),
  output: () => z.object({ run_id: z.string() }),
  run: (context, { options, cwd, project }) =>
    context.write(async (tx, { run }) => {
      refuseOptions(options, optionsOf(run));
      if (run.ended_at !== null)
        throw new CordError(
          "conflict",
          `Run ${shortRun(run.id)} is over. "cord run --resume ${shortRun(run.id)}" tries again what failed in it.`,
        );
      await setOptions(tx, run.id, options);
      await forgetTimeLimit(tx, run.id);
      if (cwd !== undefined) await moveRun(tx, run.id, { cwd, project: postedIn(project) });
      return { run_id: run.id };
    }),
});
