import { CordError } from "../core/error.ts";
import { fence, type Claimant } from "../core/lease.ts";
import { checkResult, ResultSchema, ReturnType } from "../core/result.ts";
import { getRun } from "../store/runs.ts";
import type { Tx } from "../store/store.ts";
import type { TaskRow } from "../store/task-row.ts";
import { heldOf } from "../store/transitions.ts";
import type { Context } from "./operation.ts";

/**
 * A result in the form it is kept, if it fits what the node was asked to return. A task of the board takes any, and so
 * does a node that hands in its decomposition: that is no result. One that comes too late is kept as it is. Throws `invalid` with what is wrong.
 */
export async function checkedResult(
  tx: Tx,
  context: Context,
  row: TaskRow,
  result: unknown,
  claimant: Claimant,
): Promise<unknown> {
  if (fence(heldOf(row), claimant, context.now) === "stale") return result ?? null;
  if (row.run_id === null || row.children > row.seen_children || row.open_children > 0) return result ?? null;
  const schema = row.schema === null ? null : ResultSchema.parse(JSON.parse(row.schema));
  const checked = checkResult(ReturnType.catch("text").parse(row.returns), schema, result);
  if (!checked.ok) throw new CordError("invalid", checked.problem);
  if (checked.file !== undefined) {
    const { cwd } = await getRun(tx, row.run_id);
    if (!context.fileExists(checked.file, cwd)) {
      throw new CordError(
        "invalid",
        `The file ${checked.file} does not exist${cwd === null ? "" : ` (looked from ${cwd})`}. Write it, then call complete again with its path.`,
      );
    }
  }
  return checked.value;
}
