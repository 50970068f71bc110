import type { Client, Output } from "../client/client.ts";
import { isAwayOrDiskTrouble, retry, retryPolicies } from "../client/connection/retry.ts";
import type { CheckReport } from "../core/check.ts";
import { CordError, messageOf } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import type { WorkEnded } from "../core/run-limits.ts";
import type { RunLimit } from "../core/words.ts";
import type { Attempt } from "./attempt.ts";
import type { Claimed } from "./run-context.ts";
import { handable } from "./last-text.ts";
import type { Reporter } from "./reporter.ts";
import type { Final, Verdict } from "./verdict.ts";

/** What a settle needs of its engine. */
export interface SettleContext {
  client: Client;
  runId: string;
  reporter: Reporter;
  /** aborted: the engine waits for the daemon no longer */
  signal: AbortSignal;
  onTrouble(error: unknown): void;
}

/**
 * Tells the daemon how an attempt ended, and retries until the daemon can take it. A refused result becomes a failed
 * attempt; if that is refused too, the node is given back. Throws when the daemon does not come back or refuses
 * everything: the node is then given back at the next renewal, or when its lease ends.
 */
export async function settle(context: SettleContext, attempt: Attempt, verdict: Final): Promise<void> {
  const reason = reasonOf(verdict);
  context.reporter.end(attempt, verdict.kind === "stopped" ? "interrupted" : verdict.kind, reason);
  if (verdict.kind === "done") return settleUnchecked(context, attempt);
  if (!(await isHeld(context, attempt))) return;
  await context.reporter.flush();
  if (verdict.kind === "handIn") return handIn(context, attempt, verdict.text);
  if (verdict.kind === "failed") return fail(context, attempt, verdict);
  if (verdict.kind === "unchecked") return fail(context, attempt, { ...verdict, final: true });
  if (verdict.kind === "silent") return fail(context, attempt, { ...verdict, final: false });
  return release(context, attempt, reason ?? "interrupted");
}

/** What the daemon says of a hand-in. check: the command that has to pass before it counts, with which it then comes again. */
type Settled = Output<"nodes/settle">;

/**
 * Settles a hand-in: it becomes the node's result once the agent can add nothing more. Its cost is reported first,
 * because the next launch is granted from what is left.
 */
export async function settleHandedIn(
  context: SettleContext,
  { node_id, epoch }: Claimed,
  passed?: CheckReport,
): Promise<Settled> {
  const held = { run_id: context.runId, node_id, epoch, ...(passed ? { check: passed } : {}) };
  await context.reporter.flush();
  const settled = await untilTold(context, () =>
    context.client.call("nodes/settle", held, context.signal),
  ).catch(unlessStale);
  return settled ?? { settled: false };
}

/** Whether a node has handed in something: settles that, now that its agent can add nothing more. */
export async function hasHandedIn(context: SettleContext, node: Claimed): Promise<boolean> {
  const { settled, check } = await settleHandedIn(context, node);
  return settled || check !== undefined;
}

/** Takes back what a node has handed in. Null: it is not this attempt's any more. */
export async function refuseHandedIn(
  context: SettleContext,
  { node_id, epoch }: Claimed,
  check: CheckReport,
): Promise<Output<"nodes/refuse"> | null> {
  const held = { run_id: context.runId, node_id, epoch, check, request_id: crypto.randomUUID() };
  return untilTold(context, () => context.client.call("nodes/refuse", held, context.signal)).catch(
    unlessStale,
  );
}

/** Hands in an agent's final text, to be checked before it counts. Null: it is held back for that. */
export async function handInToCheck(
  context: SettleContext,
  attempt: Pick<Attempt, "node" | "folder">,
  text: string,
): Promise<Verdict | null> {
  try {
    await callComplete(context, attempt, text);
    return null;
  } catch (error) {
    if (isStale(error)) return { kind: "stopped" };
    if (!isRefusal(error)) throw error;
    return { kind: "failed", reason: noResultReason(error), final: false };
  }
}

/** Ends a run's work at a limit; retries until the daemon has heard it. Null: it cannot be told. */
export async function endWork(context: SettleContext, limit: RunLimit): Promise<WorkEnded | null> {
  const { client, runId, signal } = context;
  try {
    const { synthesis } = await untilTold(context, () =>
      client.call("runs/end-work", { run_id: runId, limit }, signal),
    );
    return synthesis ? "synthesis" : "nothing";
  } catch (error) {
    context.onTrouble(error);
    return null;
  }
}

function reasonOf(verdict: Final): string | null {
  if (verdict.kind === "outside") return verdict.trouble.sentence;
  if (verdict.kind === "limited") return verdict.parked.reason;
  return "reason" in verdict && verdict.kind !== "halted" ? verdict.reason : null;
}

function isHeld(context: SettleContext, { node }: Attempt): Promise<boolean> {
  return untilTold(context, async () => {
    const task = await context.client.call("tasks/get", { id: node.id, messages: 0 }, context.signal);
    return task?.state === "claimed" && task.epoch === node.epoch;
  });
}

function untilTold<T>({ signal, onTrouble }: SettleContext, work: () => Promise<T>): Promise<T> {
  return retry(work, { policy: retryPolicies.settle, signal, onRetry: onTrouble });
}

/** One request id for all tries: a try whose answer was lost is not applied twice. */
function heldBy({ runId }: SettleContext, { node: { node_id, epoch } }: Pick<Attempt, "node">) {
  return { run_id: runId, node_id, epoch, request_id: crypto.randomUUID() };
}

/** Settles what needs no check. Where its run got one since this attempt began, its session goes on, and hands in anew. */
async function settleUnchecked(context: SettleContext, attempt: Attempt): Promise<void> {
  const { check } = await settleHandedIn(context, attempt.node);
  if (check === undefined) return;
  const reason = "it has a check since";
  context.reporter.end(attempt, "interrupted", reason);
  await context.reporter.flush();
  await release(context, attempt, reason);
}

async function handIn(context: SettleContext, attempt: Attempt, text: string): Promise<void> {
  try {
    await callComplete(context, attempt, text);
    await settleUnchecked(context, attempt);
  } catch (error) {
    if (error instanceof CordError && !isRefusal(error)) return void unlessStale(error);
    await fail(context, attempt, { reason: noResultReason(error), final: false });
  }
}

async function callComplete(
  context: SettleContext,
  attempt: Pick<Attempt, "node" | "folder">,
  text: string,
): Promise<void> {
  const result = { ...heldBy(context, attempt), ...handable(text, attempt.folder), to_check: true };
  await untilTold(context, () => context.client.call("nodes/complete", result, context.signal));
}

function noResultReason(error: unknown): string {
  return `it ended without calling complete(), and its final text is no result. ${messageOf(error)}`;
}

async function fail(
  context: SettleContext,
  attempt: Attempt,
  { reason, final, limit }: { reason: string; final: boolean; limit?: RunLimit },
): Promise<void> {
  const failure = {
    ...heldBy(context, attempt),
    reason: reason.slice(0, limits.reasonLength),
    final,
    ...(limit ? { limit } : {}),
  };
  try {
    await untilTold(context, () => context.client.call("nodes/fail", failure, context.signal));
  } catch (error) {
    if (!isRefusal(error)) return void unlessStale(error);
    context.onTrouble(error);
    await release(context, attempt, `it could not be failed: ${messageOf(error)}`);
  }
}

async function release(context: SettleContext, attempt: Attempt, reason: string): Promise<void> {
  const given = { ...heldBy(context, attempt), reason: reason.slice(0, limits.noteLength) };
  await untilTold(context, () => context.client.call("nodes/release", given, context.signal)).catch(
    unlessStale,
  );
}

/** Another has taken the node over meanwhile: what this attempt has to say does not matter any more. */
export function unlessStale(error: unknown): null {
  if (!isStale(error)) throw error;
  return null;
}

/** The daemon has looked at it, and will not take it. */
function isRefusal(error: unknown): boolean {
  return error instanceof CordError && !isStale(error) && !isAwayOrDiskTrouble(error);
}

function isStale(error: unknown): boolean {
  return error instanceof CordError && stale.has(error.code);
}

const stale: ReadonlySet<string> = new Set(["stale_lease", "conflict", "not_found"]);
