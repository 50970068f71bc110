import { z } from "zod";
import { CordError } from "../../core/error.ts";
import { fence } from "../../core/lease.ts";
import { NodeId } from "../../core/task.ts";
import { nodeName } from "../../core/words.ts";
import { checkDue } from "../../store/lifecycle/check.ts";
import { hasHandedIn, holdBack } from "../../store/lifecycle/hand-in.ts";
import { completeTask, heldOf } from "../../store/lifecycle/transitions.ts";
import type { Tx } from "../../store/store.ts";
import { getTask } from "../../store/tables/ids.ts";
import { asNode, type NodeRow } from "../../store/tables/node-row.ts";
import type { Asking } from "../authority.ts";
import { completeChecked } from "../checked.ts";
import { operation } from "../operation.ts";
import type { Context } from "../context.ts";
import { hidden, inRun, target } from "./target.ts";
import { attemptOver, ownOrNamed } from "../subject.ts";

/** Hands in the calling node's result. Refused, with what is wrong, when it does not fit what the node returns. */
export const complete = operation({
  summary:
    "Hand in your result. Your last act. After creating children: call it at once; you run again when they have ended.",
  effect: "write",
  callers: inRun,
  authority: { act: "complete", find: completable },
  tool: {
    profile: "tree",
    title: "Hand in your result",
    omit: ["node_id", "epoch", "note", "to_check", ...hidden],
  },
  lease: "ends",
  input: () =>
    z.object({
      ...target,
      node_id: NodeId.optional(),
      epoch: z.number().int().optional(),
      result: z.unknown().describe("As your task's returns says"),
      note: z.string().max(500).describe("What is odd about the result").optional(),
      to_check: z.boolean().describe("An engine's: what has a check is held back for it").default(false),
    }),
  output: () => z.object({ completed: z.string(), note: z.string().optional() }),
  run: async (context, input) => {
    const { caller } = context;
    const claimant = { epoch: caller.kind === "node" ? caller.epoch : input.epoch };
    const outcome = await completeChecked<NodeRow, Outcome>(context, {
      result: input.result,
      claimant,
      before: async (tx, row) =>
        caller.kind !== "node" && input.to_check && (await hasSpoken(tx, context, row, input.epoch))
          ? { completed: nodeName(row.number) }
          : null,
      async complete(tx, row, result) {
        if (caller.kind === "node" && (await isHeldBack(tx, context, row, caller.epoch, result)))
          return {
            completed: nodeName(row.number),
            ...waitsFor(row.open_children),
            ...(await waitsForCheck(tx, row)),
          };
        if (
          caller.kind !== "node" &&
          input.to_check &&
          (await isHeldForCheck(tx, context, row, input.epoch, result))
        )
          return { completed: nodeName(row.number) };
        const done = await completeTask(tx, row, result, claimant, context, input.note);
        if ("refused" in done)
          return {
            refused: (caller.kind === "node" ? attemptOver(row, caller.epoch) : done.refused).message,
          };
        return {
          completed: nodeName(row.number),
          ...waitsFor(done.row.state === "completed" ? 0 : 1),
        };
      },
    });
    if ("refused" in outcome) throw new CordError("stale_lease", outcome.refused);
    return outcome;
  },
});

type Outcome = { completed: string; note?: string } | { refused: string };

function waitsFor(children: number): { note?: string } {
  return children === 0 ? {} : { note: "Your children go on; you are started again with their results." };
}

/** An agent that hands in its decomposition is told nothing of the check of its result. */
async function waitsForCheck(tx: Tx, row: NodeRow): Promise<{ note?: string }> {
  return (await checkDue(tx, row)) === null
    ? {}
    : { note: "End your turn. Its check is run now; if that fails, you are told and go on here." };
}

/**
 * A running agent's hand-in is held back until its message is over. A caller that is not the node's holder reaches
 * the fence.
 */
async function isHeldBack(
  tx: Tx,
  { now, monotonic }: Context,
  row: NodeRow,
  epoch: number,
  result: unknown,
): Promise<boolean> {
  return fence(heldOf(row), { epoch }, monotonic) === "held" && holdBack(tx, row, result, now);
}

/**
 * Whether the agent itself has handed in what is still held back: its engine has not heard of it yet, as after a crash of the daemon,
 * and takes its last words for the result. These would stand in its place.
 */
async function hasSpoken(
  tx: Tx,
  { monotonic }: Context,
  row: NodeRow,
  epoch: number | undefined,
): Promise<boolean> {
  return (
    epoch !== undefined && fence(heldOf(row), { epoch }, monotonic) === "held" && (await hasHandedIn(tx, row))
  );
}

/** Holds back the final text of an agent that has ended, where it has to be checked. */
async function isHeldForCheck(
  tx: Tx,
  { now, monotonic }: Context,
  row: NodeRow,
  epoch: number | undefined,
  result: unknown,
): Promise<boolean> {
  if (epoch === undefined || fence(heldOf(row), { epoch }, monotonic) !== "held") return false;
  return (await checkDue(tx, row)) !== null && holdBack(tx, row, result, now, ["running", "ended"]);
}

/** A late completion must reach the fence, which keeps its result; so the node need not be current here. */
async function completable(
  tx: Tx,
  asking: Asking,
  input: Parameters<typeof ownOrNamed>[2],
): Promise<{ row: NodeRow }> {
  const { caller } = asking;
  return caller.kind === "node"
    ? { row: asNode(await getTask(tx, caller.taskId)) }
    : ownOrNamed(tx, asking, input);
}
