import { z } from "zod";
import { grantFor } from "../../core/budget.ts";
import { CordError } from "../../core/error.ts";
import { shortRun } from "../../core/node-refusal.ts";
import { RunOptions } from "../../core/run.ts";
import { raised, spentOf } from "../../core/run-limits.ts";
import { RequestId } from "../../core/task.ts";
import { nodeName, treeStatus } from "../../core/words.ts";
import { nameOf } from "../../core/tree.ts";
import { spendingOf } from "../../store/tables/attempts.ts";
import { getTask } from "../../store/tables/ids.ts";
import { retryRun } from "../../store/lifecycle/retry.ts";
import { optionsOf, setOptions, type RunRow } from "../../store/tables/runs.ts";
import type { Tx } from "../../store/store.ts";
import { operation } from "../operation.ts";
import { refuseOptions } from "./options.ts";
import { runNamed } from "../subject.ts";

/**
 * Opens a run again: retries all nodes that failed or could not run, under new limits where given. Complete nodes are
 * not repeated. Throws `conflict` when there is nothing to retry, and `limit` when the run has no budget left.
 */
export const reopen = operation({
  summary: "Try all again that failed in a run or was cut by a limit; an engine has to work on it.",
  effect: "write",
  callers: ["human"],
  authority: { act: "retry", find: runNamed },
  input: () =>
    z.object({ run_id: z.string(), options: RunOptions.optional(), request_id: RequestId.optional() }),
  output: () => z.object({ run_id: z.string(), retried: z.array(z.string()) }),
  run: (context, { options }) =>
    context.write(async (tx, { run }) => {
      const wanted = options ?? optionsOf(run);
      refuseOptions(wanted, optionsOf(run));
      const opened = await retryRun(tx, run, { by: nameOf(context.caller), now: context.now });
      if (opened.length === 0) throw await nothingToRetry(tx, run);
      await refuseWithoutMoney(tx, run, wanted);
      await setOptions(tx, run.id, wanted);
      return { run_id: run.id, retried: opened.map(({ number }) => nodeName(number)) };
    }),
});

async function nothingToRetry(tx: Tx, run: RunRow): Promise<CordError> {
  const name = shortRun(run.id);
  const { state } = await getTask(tx, run.root_id);
  const stands = run.ended_at === null ? "is not over" : `is over (${treeStatus(state)})`;
  return new CordError(
    "conflict",
    `Run ${name} ${stands}. Nothing in it failed that could be tried again: "cord tree ${name}" shows it.`,
  );
}

async function refuseWithoutMoney(tx: Tx, run: RunRow, options: RunOptions): Promise<void> {
  const granted = grantFor(options, "work", await spendingOf(tx, run));
  if (granted.grant === "launch" || (granted.grant === "wait" && run.ended_at === null)) return;
  const spent = { usd: run.spent_usd, tokens: run.spent_tokens };
  throw new CordError(
    "limit",
    `Run ${shortRun(run.id)} has spent ${spentOf(granted.limit, spent, options)}. Give it more: "cord run --resume ${shortRun(run.id)} ${raised(granted.limit, spent, options)}".`,
  );
}
