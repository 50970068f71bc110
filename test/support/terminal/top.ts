import type { Event, EventType } from "../../../src/core/event.ts";
import { eventOf, type Given } from "../events.ts";
import { freshness } from "../../../src/core/presence.ts";
import type { Agent, Task } from "../../../src/core/task.ts";
import { TopModel, type Snapshot } from "../../../src/tui/top/model.ts";

/** The moment at which the frames of the tests are drawn. */
export const topTime = Date.parse("2026-03-01T12:00:00Z");

/** A UUIDv7 of so many seconds before NOW. */
export function idAt(secondsAgo: number, tail: number): string {
  const time = (topTime - secondsAgo * 1000).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail.toString(16).padStart(12, "0")}`;
}

/** A pending task of the board, as old as its id says, but for what is given. */
export function boardTask(secondsAgo: number, given: Partial<Task> = {}): Task {
  const at = new Date(topTime - secondsAgo * 1000).toISOString();
  return {
    id: idAt(secondsAgo, 1),
    name: `task of ${secondsAgo}s ago`,
    kind: "task",
    priority: "normal",
    state: "pending",
    claimed_by: null,
    payload: null,
    result: null,
    created_at: at,
    updated_at: at,
    seq: 1,
    epoch: 0,
    ...given,
  };
}

/** The nodes of one run: each is [number, parent, name, what else]. */
export function runTasks(
  secondsAgo: number,
  nodes: readonly (readonly [number, number | null, string, Partial<Task>?])[],
): Task[] {
  const runId = idAt(secondsAgo, 0xffff);
  return nodes.map(([number, parent, name, given]) =>
    boardTask(secondsAgo, {
      id: idAt(secondsAgo, number + 100),
      run_id: runId,
      number,
      name,
      ...(parent === null ? {} : { parent_id: idAt(secondsAgo, parent + 100) }),
      ...given,
    }),
  );
}

export function agentSeen(id: string, silentSeconds: number, given: Partial<Agent> = {}): Agent {
  return {
    id,
    name: id,
    first_seen: new Date(topTime - (silentSeconds + 83) * 1000).toISOString(),
    last_seen: new Date(topTime - silentSeconds * 1000).toISOString(),
    current_task: null,
    age_ms: silentSeconds * 1000,
    status: freshness(silentSeconds * 1000),
    ...given,
  };
}

export function snapshotOf(tasks: readonly Task[], given: Partial<Snapshot> = {}): Snapshot {
  return { seq: 10, tasks, agents: [], runs: [], total: tasks.length, ...given };
}

export function modelOf(tasks: readonly Task[], given: Partial<Snapshot> = {}): TopModel {
  const model = new TopModel();
  model.load(snapshotOf(tasks, given));
  return model;
}

/** An event about a task of the board, or with a path about a node. */
export function taskEvent<Type extends EventType>(
  type: Type,
  task: Task,
  { path, ...given }: Given<Type> & { path?: string } = {},
): Event {
  const { run_id = null, number = null, epoch } = task;
  return eventOf(type, {
    seq: 11,
    at: new Date(topTime).toISOString(),
    task_id: task.id,
    run_id,
    number,
    name: task.name,
    kind: task.kind,
    priority: task.priority,
    state: task.state,
    agent: task.claimed_by,
    node:
      path === undefined || run_id === null || number === null
        ? null
        : { run_id, number, path, epoch, phase: "work" },
    ...given,
  });
}
