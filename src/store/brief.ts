import type { Brief, Handed } from "../core/brief.ts";
import { itemGoal } from "../core/item.ts";
import { parseJson } from "../core/json.ts";
import { defaults } from "../core/limits.ts";
import { nodeOptionsOf } from "../core/node-options.ts";
import { chainOf, depthOf } from "../core/tree.ts";
import { askKind, endsWork, treeStatus } from "../core/words.ts";
import type { Tx } from "./store.ts";
import { checkOf, refusalOf } from "./lifecycle/check.ts";
import { lastSaid } from "./tables/attempts.ts";
import { itemIn, needsOf, replanOf, returnsOf, schemaOf, type NodeRow } from "./tables/node-row.ts";
import { childrenOf, getNode, nodesWithIds } from "./tables/nodes.ts";
import { questionsTo } from "./tables/questions.ts";
import { optionsOf, type RunRow } from "./tables/runs.ts";
import { nodeFigures } from "./tables/task-counts.ts";

/** All that a node's prompt is made of. */
export async function briefOf(tx: Tx, run: RunRow, row: NodeRow, budgetUsd: number | null): Promise<Brief> {
  const options = optionsOf(run);
  const { removed } = await nodeFigures(tx, run.id);
  const chain = chainOf(row.path).slice(0, -1);
  const [above, needs, children, earlier] = [
    await byNumbers(tx, run.id, chain),
    await nodesWithIds(tx, needsOf(row)),
    row.children === 0 ? [] : await childrenOf(tx, row),
    await earlierAttempt(tx, row),
  ];
  const check = await checkOf(tx, row);
  const refusal = check === null ? null : await refusalOf(tx, row, check);
  return {
    runId: run.id,
    number: row.number,
    phase: row.phase,
    round: row.round,
    goal: row.name,
    prompt: row.prompt,
    returns: returnsOf(row),
    schema: schemaOf(row),
    item: itemOf(row, above.at(-1)),
    shape: shapeOf(row),
    chain: above.map((node) => ({ number: node.number, goal: node.name })),
    needs: needs.map(handed),
    children: children.map(handed),
    questions: row.children === 0 ? [] : await questionsFor(tx, row),
    said: row.phase === "synthesis" ? await lastSaid(tx, row.id) : null,
    remark: replanOf(row).remark,
    earlier: earlier === null ? null : earlierSaid(earlier, { isToRepeat: refusal === null }),
    refusal,
    mayCreate: {
      depth: depthOf(row.path) < options.max_depth,
      nodesLeft: isWorkOver(run) ? 0 : options.max_nodes - run.nodes + removed,
      childrenLeft: options.max_children - children.filter(({ kind }) => kind !== askKind).length,
      roundsLeft: defaults.synthesisRounds - row.round,
    },
    check,
    budgetUsd,
  };
}

/** Whatever it creates would not be worked on. */
function isWorkOver({ limit_hit }: RunRow): boolean {
  return limit_hit !== null && endsWork.has(limit_hit);
}

function shapeOf(row: NodeRow): Brief["shape"] {
  const { type, resolve } = nodeOptionsOf(row);
  return resolve === "any" ? "any" : type === "serial" ? "serial" : null;
}

/** The item that it has of its parent's list. */
function itemOf(row: NodeRow, parent: NodeRow | undefined): Brief["item"] {
  const given = itemIn(row);
  if (given === null || parent === undefined || nodeOptionsOf(parent).for_each === undefined) return null;
  return { ...given, goal: itemGoal(parent.name, given) === row.name ? parent.name : null };
}

async function questionsFor(tx: Tx, row: NodeRow): Promise<Brief["questions"]> {
  const asked = await questionsTo(tx, row.id);
  return asked.map(({ number, asker, question, options }) => ({ number, from: asker, question, options }));
}

/** A reason; of an attempt also whether it had handed in what does not count. */
interface Earlier {
  reason: string | null;
  attempt: { hasHandedIn: boolean } | null;
}

async function earlierAttempt(tx: Tx, row: NodeRow): Promise<Earlier | null> {
  const last = await tx.get<{ reason: string | null; late: number }>(
    "SELECT reason, late_result IS NOT NULL AS late FROM attempts WHERE task_id = ? AND epoch < ? AND phase = ? ORDER BY epoch DESC LIMIT 1",
    row.id,
    row.epoch,
    row.phase,
  );
  if (last) return { reason: last.reason, attempt: { hasHandedIn: last.late === 1 } };
  return row.reason === null ? null : { reason: row.reason, attempt: null };
}

/** An agent that was cut off before its check was told that it had handed in. */
function earlierSaid({ reason, attempt }: Earlier, { isToRepeat }: { isToRepeat: boolean }): string | null {
  if (attempt === null) return reason;
  const repeat =
    attempt.hasHandedIn && isToRepeat
      ? " What was handed in then came to nothing and does not count: hand it in again."
      : "";
  return `You, or an agent before you, started on this and did not finish${reason === null ? "" : `: ${reason}`}. Look at what is there before you do it again.${repeat}`;
}

function handed(row: NodeRow): Handed {
  return {
    number: row.number,
    goal: row.name,
    status: treeStatus(row.state),
    result: row.result === null ? null : parseJson(row.result),
    reason: row.reason,
  };
}

async function byNumbers(tx: Tx, runId: string, numbers: readonly number[]): Promise<NodeRow[]> {
  const rows: NodeRow[] = [];
  for (const number of numbers) rows.push(await getNode(tx, runId, number));
  return rows;
}
