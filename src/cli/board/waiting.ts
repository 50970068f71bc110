import type { Client } from "../../client/client.ts";
import { within } from "../../client/connection/deadline.ts";
import { isBusy, retry, retryPolicies } from "../../client/connection/retry.ts";
import { CordError } from "../../core/error.ts";
import { withoutFullStop } from "../../core/wording.ts";
import type { Filter } from "../../core/filter.ts";
import { shortRun } from "../../core/node-refusal.ts";
import type { Task } from "../../core/task.ts";
import { limits } from "../../core/limits.ts";
import { finalStates, nodeName } from "../../core/words.ts";
import { sinceBootMs } from "../../system/boot.ts";
import { maxTimerMs } from "../../system/awake-timer.ts";

/**
 * The newest task that matches now, else the first that comes to match. Throws `timeout` when `until` (milliseconds
 * since the boot) has passed, whatever the daemon does; a working daemon has looked once by then. The daemon holds
 * the call open, and gets with each call everything that a match depends on. So a broken connection or a restarted
 * daemon cannot make a wait miss what happened meanwhile.
 */
export function firstMatch(client: Client, wanted: Filter, { agentId, until }: Waiter): Promise<Task> {
  const what = matchOf(wanted);
  return inTime(client, until, what, async (signal, ask) => {
    do {
      const wait_ms = waitMsUntil(until);
      const list = { ...wanted, limit: 1, wait_ms, agentId };
      const [found] = await ask(() => client.call("tasks/list", list, signal));
      if (found) return found;
    } while (sinceBootMs() < until);
    throw ranOut("nothing matched in time", what);
  });
}

/** Until when, in milliseconds since the boot, and as which agent of the board, to which what comes is no news then. */
interface Waiter {
  agentId: string | undefined;
  until: number;
}

/** Ends what hangs: a daemon that is well answers when the wait is over, which is a little later for an answer. */
function inTime<T>(
  client: Client,
  until: number,
  what: string,
  work: (signal: AbortSignal, ask: Ask) => Promise<T>,
): Promise<T> {
  let refusal: CordError | null = null;
  const onRetry = (error: unknown) =>
    void (refusal = error instanceof CordError && isBusy(error) ? error : null);
  const late = () =>
    ranOut(
      refusal === null ? `no daemon answered at ${client.url} in time` : inClause(refusal.message),
      what,
    );
  return within(Math.max(until - sinceBootMs(), lookMs) + slackMs, undefined, late, (signal) =>
    work(signal, asking(client, signal, onRetry)),
  );
}

/** A sentence as the end of another. */
function inClause(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + withoutFullStop(sentence.slice(1));
}

const lookMs = 2000;
const slackMs = 500;

/** Each call is shorter than what proxies, and clients, let a silent connection live; the last one is a look. */
function waitMsUntil(until: number): number {
  return Math.min(Math.max(1, Math.ceil(until - sinceBootMs())), maxWaitMs);
}

const maxWaitMs = 25_000;

/** The node of a run, its root unless one is named, once it has ended. Throws `timeout` as firstMatch does. */
export function nodeEnd(client: Client, which: Which, { agentId, until }: Waiter): Promise<Task> {
  const what = endOf(which);
  return inTime(client, until, what, async (signal, ask) => {
    const { run: run_id, project, node } = which;
    const node_id = node === undefined ? undefined : nodeName(node);
    const asked = { run_id, project, node_id };
    const { run } = await client.call("runs/get", asked, signal);
    const ended: string[] = [];
    do {
      const wanted = { run_id: run.id, state: [...finalStates], ignore_ids: ended };
      const wait_ms = waitMsUntil(until);
      const list = { ...wanted, limit: limits.listed, wait_ms, agentId };
      const tasks = await ask(() => client.call("tasks/list", list, signal));
      const found = tasks.find((task) =>
        node === undefined ? task.parent_id === undefined : task.number === node,
      );
      if (found) return found;
      if (tasks.some((task) => task.parent_id === undefined))
        throw new CordError("not_found", `Run ${shortRun(run.id)} is over, and had no node ${node}.`);
      ended.push(...tasks.map((task) => task.id));
      if (tasks.length === 0) await refuseRemoved(client, run.id, signal);
    } while (sinceBootMs() < until);
    throw ranOut("nothing matched in time", what);
  });
}

/** Nothing more happens to a run that is gone: its end was there between two looks, and was removed. */
async function refuseRemoved(client: Client, runId: string, signal: AbortSignal): Promise<void> {
  await client.call("runs/result", { run_id: runId }, signal).catch((error: unknown) => {
    if (!(error instanceof CordError) || error.code !== "not_found") throw error;
    throw new CordError("not_found", `Run ${shortRun(runId)} has ended and was removed meanwhile.`);
  });
}

/** A run (the newest of the project unless it is named), or a node of one (of the one here that has it). */
interface Which {
  run: string | undefined;
  node: number | undefined;
  project: string | undefined;
}

/** In words: `the end of node 4 of run 01a1fd89`. */
export function endOf({ run, node, project }: Which): string {
  const here = project === undefined ? "" : " of this project";
  if (node === undefined) return `the end of ${run === undefined ? `the newest run${here}` : `run ${run}`}`;
  const which = run === undefined ? `the run${here} that has it` : `run ${run}`;
  return `the end of node ${node} of ${which}`;
}

/** In words: `a task that is completed, of kind ack, with "stable" in its name, of this project`. */
export function matchOf(filter: Filter): string {
  const parts: [unknown, () => string][] = [
    [filter.state, () => ` that is ${either(filter.state)}`],
    [filter.kind, () => ` of kind ${either(filter.kind)}`],
    [filter.priority, () => ` of priority ${either(filter.priority)}`],
    [filter.name_contains, () => ` with "${filter.name_contains}" in its name`],
    [filter.to, () => ` for ${filter.to}`],
    [filter.since, () => ` changed after seq ${filter.since}`],
    [filter.ignore_ids, () => ` other than ${filter.ignore_ids?.length} that are left out`],
    [filter.project, () => " of this project"],
  ];
  return `a task${parts.flatMap(([given, told]) => (given === undefined ? [] : told())).join(",")}`;
}

/** Keeps an agent alive on the board until the returned function is called. A heartbeat that fails does not end the wait. */
export function heartbeatEvery(
  client: Client,
  agent: { id: string; name: string; project: string | undefined },
  everyMs: number,
): () => void {
  const gone = new AbortController();
  let isUnderWay = false;
  const heartbeat = async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    await client.call("agents/heartbeat", agent, gone.signal).catch(() => {});
    isUnderWay = false;
  };
  void heartbeat();
  const timer = setInterval(() => void heartbeat(), Math.min(everyMs, maxTimerMs));
  return () => {
    clearInterval(timer);
    gone.abort();
  };
}

type Ask = <T>(call: () => Promise<T>) => Promise<T>;

/** Asks, and again while the daemon is away or busy. */
function asking({ connection }: Client, signal: AbortSignal, onRetry: (error: unknown) => void): Ask {
  const { wait, neverReached } = retryPolicies;
  const mayPass = (error: unknown) => (connection.wasReached ? wait : neverReached).mayPass(error);
  return (call) => retry(call, { policy: { ...wait, mayPass }, signal, onRetry });
}

function either(words: string | readonly string[] = []): string {
  return [words].flat().join(" or ");
}

function ranOut(why: string, what: string): CordError {
  return new CordError("timeout", `The wait ran out: ${why}. It was for ${what}.`);
}
