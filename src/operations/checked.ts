import { posix } from "node:path";
import { CordError } from "../core/error.ts";
import { fence, type Claimant } from "../core/lease.ts";
import { nodeOptionsOf } from "../core/node-options.ts";
import { checkForm, takesSchema, type ResultSchema, type ReturnType } from "../core/result.ts";
import { isNode, returnsOf, schemaOf } from "../store/tables/node-row.ts";
import { getRun } from "../store/tables/runs.ts";
import type { Tx } from "../store/store.ts";
import type { TaskRow } from "../store/tables/task-row.ts";
import { heldOf } from "../store/lifecycle/transitions.ts";
import type { Context } from "./context.ts";

/** A completion: by whom, and what is done with the result in the form it is kept. */
interface Completing<Row extends TaskRow, T> {
  result: unknown;
  claimant: Claimant;
  /** What is answered where the result comes to nothing, whatever its form, since there is one already; null: there is none. */
  before?(tx: Tx, row: Row): Promise<T | null>;
  complete(tx: Tx, row: Row, result: unknown): Promise<T>;
}

/**
 * Completes a task with its result, if that fits what the node was asked to return. A task of the board takes any
 * result, and so does a node that hands in its decomposition. A result that comes too late is kept as it is. Throws
 * `invalid` with the reason. The check may take a while, so it runs between two transactions: the first finds out
 * what to check and changes nothing, the second stores the checked result.
 */
export async function completeChecked<Row extends TaskRow, T>(
  context: Context<{ row: Row }>,
  completing: Completing<Row, T>,
): Promise<T> {
  const { result = null, claimant, before, complete } = completing;
  const attempt = (checked: { value: unknown } | null) =>
    context.write(async (tx, { row }) => {
      const answer = (await before?.(tx, row)) ?? null;
      if (answer !== null) return answer;
      if (!isResult(row, claimant, context.monotonic)) return complete(tx, row, result);
      if (checked === null) throw new Unchecked(await askedOf(tx, row));
      return complete(tx, row, checked.value);
    });
  try {
    return await attempt(null);
  } catch (error) {
    if (!(error instanceof Unchecked)) throw error;
    return attempt({ value: await checkedValue(context, error.asked, result) });
  }
}

/** Whether what a claimant hands in is the task's result, and one that was asked for in some form. */
function isResult(row: TaskRow, claimant: Claimant, monotonic: number): boolean {
  if (fence(heldOf(row), claimant, monotonic) === "stale") return false;
  return isNode(row) && row.children <= row.seen_children && row.open_children === 0;
}

/** What a node was asked to return. */
interface Asked {
  type: ReturnType;
  schema: ResultSchema | null;
  /** the folder in which the node works */
  cwd: string | null;
}

/** Thrown before anything has changed: the transaction has found what to check. */
class Unchecked extends Error {
  readonly asked: Asked;

  constructor(asked: Asked) {
    super("the result is not checked yet");
    this.asked = asked;
  }
}

async function askedOf(tx: Tx, row: TaskRow): Promise<Asked> {
  return {
    type: returnsOf(row),
    schema: schemaOf(row),
    cwd: row.run_id === null ? null : folderOf((await getRun(tx, row.run_id)).cwd, row),
  };
}

function folderOf(runFolder: string | null, row: TaskRow): string | null {
  const below = nodeOptionsOf(row).cwd;
  return runFolder === null || below === undefined ? runFolder : posix.join(runFolder, below);
}

async function checkedValue(
  context: Context,
  { type, schema, cwd }: Asked,
  result: unknown,
): Promise<unknown> {
  const formed = checkForm(type, schema !== null, result);
  if (!formed.ok) throw new CordError("invalid", formed.problem);
  if (schema !== null && takesSchema(type)) {
    const misfit = await context.schemas.misfit(type, schema, formed.value);
    if (misfit !== null) throw new CordError("invalid", misfit);
  }
  if (formed.file !== undefined && !(await context.fileExists(formed.file, cwd))) {
    throw new CordError(
      "invalid",
      `The file ${formed.file} does not exist${cwd === null ? "" : ` (looked from ${cwd})`}. Write it, then call complete again with its path.`,
    );
  }
  return formed.value;
}
