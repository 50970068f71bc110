import type { Moment } from "../../core/moment.ts";
import { freshness, type Freshness } from "../../core/presence.ts";
import { standingOfWaiting } from "../../core/standing.ts";
import type { Agent } from "../../core/task.ts";
import { appendAgentEvent } from "./events.ts";
import type { Store, Tx, Value } from "../store.ts";
import { time } from "./time.ts";

/** first_seen and last_seen are for display; seen is by the monotonic clock, and decides the status. */
interface AgentRow {
  id: string;
  name: string;
  first_seen: number;
  last_seen: number;
  seen: number;
  current_task: string | null;
}

/** Says that an agent lives. first_seen never changes; the first heartbeat, and a new name, are events. */
export async function heartbeat(
  tx: Tx,
  agent: { id: string; name: string; project: string | null },
  { now, monotonic }: Moment,
): Promise<void> {
  const before = await tx.get<{ name: string }>("SELECT name FROM agents WHERE id = ?", agent.id);
  await tx.run(
    `INSERT INTO agents (id, name, project, first_seen, last_seen, seen) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, project = coalesce(excluded.project, agents.project),
       last_seen = excluded.last_seen, seen = excluded.seen`,
    agent.id,
    agent.name,
    agent.project,
    now,
    now,
    monotonic,
  );
  if (before?.name !== agent.name) await appendAgentEvent(tx, agent, now);
}

/** Not every claim of a busy agent is worth a write: its last sign of life is this exact. */
const noteEveryMs = 1000;

const noted = new WeakMap<Store, Map<string, number>>();
const maxNoted = 1000;

/** Whether a committed note of an agent is still exact, so that another would change nothing. */
export function isNoted(store: Store, id: string, monotonic: number): boolean {
  const at = noted.get(store)?.get(id);
  return at !== undefined && monotonic - at <= noteEveryMs;
}

/** To be called when a note has been committed. */
export function rememberNote(store: Store, id: string, monotonic: number): void {
  const known = noted.get(store) ?? new Map<string, number>();
  if (known.size >= maxNoted) known.clear();
  noted.set(store, known.set(id, monotonic));
}

/** An agent that claims without ever having sent a heartbeat is known from then on. */
export async function noteAgent(
  tx: Tx,
  id: string,
  project: string | null,
  { now, monotonic }: Moment,
): Promise<void> {
  await tx.run(
    `INSERT INTO agents (id, name, project, first_seen, last_seen, seen) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, seen = excluded.seen WHERE agents.seen < excluded.seen - ?`,
    id,
    id,
    project,
    now,
    now,
    monotonic,
    noteEveryMs,
  );
}

/** When an agent was seen last, by the monotonic clock; null: never. */
export async function lastSeen(tx: Tx, id: string): Promise<number | null> {
  return (await tx.get<Pick<AgentRow, "seen">>("SELECT seen FROM agents WHERE id = ?", id))?.seen ?? null;
}

/** How many of the agents that were seen last are how fresh. Whoever has a tab open is there now. */
export async function countAgents(
  tx: Tx,
  project: string | undefined,
  monotonic: number,
  isOpen: (id: string) => boolean,
): Promise<Record<Freshness, number>> {
  const { where, values } = seenFrom(project);
  const rows = await tx.all<Pick<AgentRow, "id" | "seen">>(
    `SELECT id, seen FROM agents ${where} ORDER BY seen DESC LIMIT ${maxListed}`,
    ...values,
  );
  const counts = { active: 0, idle: 0, stale: 0 };
  for (const { id, seen } of rows) counts[freshness(isOpen(id) ? 0 : Math.max(0, monotonic - seen))] += 1;
  return counts;
}

function seenFrom(project: string | undefined): { where: string; values: Value[] } {
  if (project === undefined) return { where: "", values: [] };
  return { where: "WHERE (agents.project = ? OR agents.project IS NULL)", values: [project] };
}

const maxListed = 1000;

/** Known agents, the last seen first, each with the newest task it holds, or waits with for an answer. */
export async function listAgents(tx: Tx, project: string | undefined, monotonic: number): Promise<Agent[]> {
  const { where, values } = seenFrom(project);
  const rows = await tx.all<AgentRow>(
    `SELECT agents.id, agents.name, agents.first_seen, agents.last_seen, agents.seen, tasks.id AS current_task
     FROM agents
     LEFT JOIN (
       SELECT claimed_by, max(ordinal) AS newest FROM (
         SELECT claimed_by, ordinal FROM tasks WHERE state = 'claimed'
         UNION ALL SELECT claimed_by, ordinal FROM tasks WHERE run_id IS NULL AND standing = ${standingOfWaiting}
       ) AS busy GROUP BY claimed_by
     ) AS held
       ON held.claimed_by = agents.id
     LEFT JOIN tasks ON tasks.ordinal = held.newest
     ${where} ORDER BY agents.seen DESC, agents.id LIMIT ${maxListed}`,
    ...values,
  );
  return rows.map(({ seen, ...row }) => {
    const age_ms = Math.max(0, monotonic - seen);
    const [first_seen, last_seen] = [time(row.first_seen), time(row.last_seen)];
    return { ...row, first_seen, last_seen, age_ms, status: freshness(age_ms) };
  });
}
