import type { ImportedAgent, ImportedTask } from "../../core/imported.ts";
import type { Moment } from "../../core/moment.ts";
import { type State } from "../../core/words.ts";
import { limits } from "../../core/limits.ts";
import { archivedById } from "../tables/archives.ts";
import { appendAgentEvent } from "../tables/events.ts";
import type { Tx } from "../store.ts";
import { insertTask } from "../tables/tasks.ts";

/**
 * Adds a task of another board as it was. It belongs to no project, because the other board had none, so every
 * project sees it. A claim continues for the rest of its lease, but no longer than a lease of this board. False if a
 * task with this id exists, or lies in the archive: it stays as it is.
 */
export async function importTask(tx: Tx, task: ImportedTask, { now, monotonic }: Moment): Promise<boolean> {
  if ((await tx.get("SELECT 1 FROM tasks WHERE id = ?", task.id)) !== null) return false;
  if ((await archivedById(tx, task.id)) !== null) return false;
  const longest = limits.leaseSeconds.max * 1000;
  const left = Math.min(Math.max(0, (task.lease_until ?? now + longest) - now), longest);
  const isClaimed = task.state === "claimed";
  await insertTask(
    tx,
    {
      ...task,
      payload: jsonOf(task.payload),
      result: jsonOf(task.result),
      epoch: task.claimed_by === null ? 0 : 1,
      lease_until: isClaimed ? now + left : null,
      lease_due: isClaimed ? monotonic + left : null,
      lease_ms: isClaimed ? left : null,
    },
    now,
    { by: "human", imported: "coord" },
  );
  return true;
}

/** The state of a task as it lies in the database. */
export async function stateOfTask(tx: Tx, id: string): Promise<State | null> {
  return (await tx.get<{ state: State }>("SELECT state FROM tasks WHERE id = ?", id))?.state ?? null;
}

/** Adds an agent as it was seen last there. False if it is known here already: it stays as it is. */
export async function importAgent(
  tx: Tx,
  agent: ImportedAgent,
  { now, monotonic }: Moment,
): Promise<boolean> {
  const added = await tx.run(
    `INSERT INTO agents (id, name, project, first_seen, last_seen, seen) VALUES (?, ?, NULL, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    agent.id,
    agent.name,
    agent.first_seen,
    agent.last_seen,
    monotonic - Math.max(0, now - agent.last_seen),
  );
  if (added > 0) await appendAgentEvent(tx, { ...agent, project: null }, now);
  return added > 0;
}

function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
