import type { Client } from "../../client/client.ts";
import { retry, retryPolicies } from "../../client/connection/retry.ts";
import { followEvents } from "../../client/events.ts";
import { messageOf } from "../../core/error.ts";
import { eventIn, type Event, type EventType } from "../../core/event.ts";
import { type Agent, type Task } from "../../core/task.ts";
import { askKind } from "../../core/words.ts";
import { emptyDetail, shownMessages, textsOf, type Detail } from "../../tui/top/detail.ts";
import type { Run } from "../../core/run.ts";
import type { Snapshot } from "../../tui/top/model.ts";

/** Null is every project. */
type Project = string | null;

/** Who is told of what the daemon says. */
export interface Hearer {
  onSnapshot(snapshot: Snapshot): void;
  onEvent(event: Event): void;
  onAgents(agents: readonly Agent[]): void;
  onRuns(runs: readonly Run[]): void;
  onLost(): void;
}

const newest = 500;
const maxOpen = 1000;
const maxFailed = 200;
const maxRuns = 100;
/** For this many open runs all nodes are loaded, also those that ended before the newest tasks. */
const wholeRuns = 8;

/** What is open, what is new, and what failed; the seq is read first, so that no event falls between. */
export async function readSnapshot(
  client: Client,
  project: Project,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const where = project === null ? {} : { project };
  const { seq, tasks: counts } = await client.call("daemon/status", where, signal);
  const list = (filter: { state?: string[]; run_id?: string }, limit: number) =>
    client.call("tasks/list", { ...where, ...filter, limit, full: false }, signal);
  const [agents, runs, ...lists] = await Promise.all([
    client.call("agents/list", where, signal),
    client.call("runs/list", { ...where, limit: maxRuns }, signal),
    list({}, newest),
    list({ state: ["pending", "claimed", "waiting", "paused"] }, maxOpen),
    list({ state: ["failed"] }, maxFailed),
  ]);
  const open = runs.filter((run) => run.ended_at === null).slice(0, wholeRuns);
  for (const run of open) lists.push(await list({ run_id: run.id }, maxOpen));
  const tasks = new Map<string, Task>();
  for (const task of lists.flat()) if ((tasks.get(task.id)?.seq ?? -1) < task.seq) tasks.set(task.id, task);
  const board = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const nodes = runs.reduce((sum, run) => sum + run.nodes, 0);
  return { seq, tasks: [...tasks.values()], agents, runs, total: board + nodes };
}

/**
 * Tells of every event after the snapshot until the signal ends it. When the daemon goes, it is waited for or started
 * anew, and everything is read again. Rejects when it is gone for good.
 */
export async function follow(
  client: Client,
  project: Project,
  first: Snapshot,
  hearer: Hearer,
  signal: AbortSignal,
): Promise<void> {
  let { seq } = first;
  while (!signal.aborted) {
    const connection = new AbortController();
    const either = AbortSignal.any([signal, connection.signal]);
    const asked = followAgents(client, project, hearer, either, () => connection.abort());
    try {
      const query: Record<string, string> = project === null ? {} : { project };
      for await (const event of followEvents(client, query, seq, either, endsWith)) {
        hearer.onEvent(event);
        if (changesWhoIsThere.has(event.type) || event.kind === askKind) asked.soon();
      }
    } catch {
      // What is wrong shows when everything is read again.
    } finally {
      connection.abort();
    }
    if (signal.aborted) return;
    hearer.onLost();
    const snapshot = await readWhenBack(client, project, signal);
    if (snapshot === null) return;
    seq = snapshot.seq;
    hearer.onSnapshot(snapshot);
  }
}

/** What is missed when a stream breaks is not asked for: everything is read again. */
async function endsWith(loss: unknown): Promise<never> {
  throw loss;
}

const changesWhoIsThere: ReadonlySet<EventType> = new Set([
  "agent.seen",
  "agent.renamed",
  "task.claimed",
  "task.delivered",
  "task.read",
  "run.created",
  "run.ended",
  "run.removed",
]);

const agentsEveryMs = 2000;
const agentsSoonMs = 500;
/** Runs that are looked at again: the open ones, and those that may have ended since the last look. */
const [maxOpenRuns, maxEndedRuns] = [20, 5];

/**
 * Heartbeats are not events: the log would hold nothing else. So who is alive, and which runs have an engine, is
 * asked every few seconds, and soon after an event that may have changed it. A missing answer means that the
 * connection is dead.
 */
function followAgents(
  client: Client,
  project: Project,
  hearer: Hearer,
  signal: AbortSignal,
  onDead: () => void,
): { soon(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let dueAt = Number.POSITIVE_INFINITY;
  const readIn = (ms: number) => {
    const at = performance.now() + ms;
    if (signal.aborted || at >= dueAt) return;
    if (timer) clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(read, ms);
  };
  const read = async () => {
    try {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(agentsEveryMs * 2)]);
      const where = project === null ? {} : { project };
      hearer.onAgents(await client.call("agents/list", where, bound));
      const open = await client.call("runs/list", { ...where, limit: maxOpenRuns, open: true }, bound);
      const newest = await client.call("runs/list", { ...where, limit: maxEndedRuns }, bound);
      hearer.onRuns([...open, ...newest]);
    } catch {
      if (!signal.aborted) onDead();
    }
    dueAt = Number.POSITIVE_INFINITY;
    readIn(agentsEveryMs);
  };
  signal.addEventListener("abort", () => timer && clearTimeout(timer), { once: true });
  readIn(agentsEveryMs);
  return { soon: () => readIn(agentsSoonMs) };
}

/**
 * Reads everything again when the daemon is back. The client starts one on this machine; a remote one is retried
 * until it has been away for too long. Null: the reading was cancelled.
 */
async function readWhenBack(client: Client, project: Project, signal: AbortSignal): Promise<Snapshot | null> {
  const policy = retryPolicies.watch;
  try {
    return await retry(() => readSnapshot(client, project, signal), { policy, signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** A task that is to be read. */
export interface Wanted {
  id: string;
  /** Of its newest event that was seen. */
  seq: number;
}

const maxHistory = 100;

/** The task whole, with its newest events. */
export async function readDetail(client: Client, { id }: Wanted, signal: AbortSignal): Promise<Detail> {
  try {
    const task = await client.call("tasks/get", { id, messages: shownMessages }, signal);
    if (task === null) return { ...emptyDetail(id), problem: `There is no task ${id} any more.` };
    const told = await client.call("tasks/history", { id, limit: maxHistory }, signal);
    const history = told.flatMap((event) => eventIn(event) ?? []);
    return { id, task, texts: textsOf(task), history, problem: null };
  } catch (error) {
    return { ...emptyDetail(id), problem: messageOf(error) };
  }
}
