import type { Event } from "../../core/event.ts";
import type { Run as RunOnWire } from "../../core/run.ts";
import { parentOf } from "../../core/tree.ts";
import { finalStates, isEngine, type State } from "../../core/words.ts";
import type { Agent, Task } from "../../core/task.ts";
import type { Figures } from "../run/standing.ts";
import { Forest, type Run } from "./forest.ts";
import type { TopTask } from "./top-task.ts";

/** What is known of a run beside its nodes. */
export type RunFigures = Figures & Pick<RunOnWire, "id" | "trouble">;

/** What the dashboard starts from, and starts from again after it has lost the daemon. */
export interface Snapshot {
  /** Its events after this one are to follow. Read before the rest, so that nothing falls between. */
  seq: number;
  /** Each once, in any order */
  tasks: readonly Task[];
  agents: readonly Agent[];
  runs: readonly RunFigures[];
  /** All tasks that there are, also those not in `tasks`. */
  total: number;
}

/**
 * The board and its runs, kept up to date by events. An event costs the same however many tasks there are; a task
 * that was not loaded and changes comes in by its event.
 */
export class TopModel {
  readonly #tasks = new Map<string, TopTask>();
  readonly #forest = new Forest();
  #counts = noCounts();
  #agents: readonly Agent[] = [];
  readonly #runs = new Map<string, RunFigures>();
  #agentsInRuns = 0;
  #older = 0;
  #version = 0;
  readonly #maxTasks: number;
  #letGoAt: number;

  /** Keeps about `most` tasks: when there are more, the oldest that have ended are let go. */
  constructor(maxTasks = 5000) {
    this.#maxTasks = maxTasks;
    this.#letGoAt = maxTasks;
  }

  load({ tasks, agents, runs, total }: Snapshot): void {
    this.#tasks.clear();
    this.#forest.clear();
    this.#runs.clear();
    this.#counts = noCounts();
    this.#agentsInRuns = 0;
    const numbers = new Map(tasks.map((task) => [task.id, task.number ?? null]));
    for (const task of tasks) this.#put(fromTask(task, numbers));
    this.#older = Math.max(0, total - this.#tasks.size);
    this.setAgents(agents);
    this.setRuns(runs);
  }

  /** Of these runs it is known anew; of others what was known stays. */
  setRuns(runs: readonly RunFigures[]): void {
    for (const run of runs) this.#runs.set(run.id, run);
    this.#version += 1;
  }

  setAgents(agents: readonly Agent[]): void {
    this.#agents = agents;
    this.#version += 1;
  }

  /** Takes in an event. False when it tells nothing new, as one that a snapshot holds already. */
  apply(event: Event): boolean {
    if (event.task_id === null || event.state === null) return false;
    const previous = this.#tasks.get(event.task_id);
    if (previous && previous.seq >= event.seq) return false;
    if (!previous && !isBirth(event)) this.#older = Math.max(0, this.#older - 1);
    this.#put(fromEvent(event, event.task_id, event.state, previous));
    if (this.#tasks.size > this.#letGoAt) this.#letGo();
    return true;
  }

  task(id: string): TopTask | undefined {
    return this.#tasks.get(id);
  }

  /** The tasks of the board and the runs, the newest first. */
  newestFirst(): Iterable<TopTask | Run> {
    return this.#forest.newestFirst();
  }

  get agents(): readonly Agent[] {
    return this.#agents;
  }

  run(id: string): RunFigures | undefined {
    return this.#runs.get(id);
  }

  /** How many agents engines have at work. */
  get agentsInRuns(): number {
    return this.#agentsInRuns;
  }

  get counts(): Readonly<Record<State, number>> {
    return this.#counts;
  }

  /** All tasks that there are, those not loaded too. */
  get total(): number {
    return this.#tasks.size + this.#older;
  }

  /** How many are not loaded: ended long ago. */
  get older(): number {
    return this.#older;
  }

  /** Another number whenever something has changed. */
  get version(): number {
    return this.#version;
  }

  #put(task: TopTask): void {
    const previous = this.#tasks.get(task.id);
    if (previous) this.#counts[previous.state] -= 1;
    this.#counts[task.state] += 1;
    this.#agentsInRuns +=
      Number(isRunByEngine(task)) - Number(previous !== undefined && isRunByEngine(previous));
    this.#tasks.set(task.id, task);
    this.#forest.put(task);
    this.#version += 1;
  }

  /** A tenth at once, and when all are open not again before there are a tenth more, so that it costs little per event. */
  #letGo(): void {
    for (const task of this.#forest.takeEnded(this.#tasks.size - Math.floor(this.#maxTasks * 0.9))) {
      this.#tasks.delete(task.id);
      this.#counts[task.state] -= 1;
      this.#older += 1;
    }
    this.#letGoAt = Math.max(this.#maxTasks, Math.ceil(this.#tasks.size * 1.1));
    this.#version += 1;
  }
}

function isRunByEngine({ runId, state, agent }: TopTask): boolean {
  return runId !== null && state === "claimed" && agent !== null && isEngine(agent);
}

export function hasEnded(task: TopTask): boolean {
  return finalStates.includes(task.state);
}

function noCounts(): Record<State, number> {
  return { pending: 0, claimed: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
}

/** A publication is born completed, by nobody. Any other first sight is of a task that was among the older ones. */
function isBirth({ type, agent, run_id }: Event): boolean {
  return type === "task.created" || (type === "task.completed" && agent === null && run_id === null);
}

function fromTask(task: Task, numbers: ReadonlyMap<string, number | null>): TopTask {
  return {
    id: task.id,
    seq: task.seq,
    name: task.name,
    kind: task.kind,
    priority: task.priority,
    state: task.state,
    agent: task.claimed_by,
    createdAt: Date.parse(task.created_at),
    dropped: task.run_id === undefined && task.state === "pending" && task.epoch > 0,
    runId: task.run_id ?? null,
    number: task.number ?? null,
    blockedBy: task.ready === false ? blockersText(task.blocked_by?.map(({ number }) => number) ?? []) : null,
    parent: task.parent_id === undefined ? null : (numbers.get(task.parent_id) ?? null),
    activity: null,
  };
}

function fromEvent(event: Event, id: string, state: State, previous: TopTask | undefined): TopTask {
  return {
    id,
    seq: event.seq,
    name: event.name ?? previous?.name ?? "",
    kind: event.kind ?? previous?.kind ?? "",
    priority: event.priority ?? previous?.priority ?? "",
    state,
    agent: event.agent,
    createdAt: previous?.createdAt ?? timeOfId(id) ?? Date.parse(event.at),
    dropped: isDrop(event) || (state === "pending" && previous?.dropped === true),
    runId: event.run_id,
    number: event.number,
    blockedBy: event.ready === false ? (previous?.blockedBy ?? blockersText(needsIn(event))) : null,
    parent: previous?.parent ?? (event.node && parentOf(event.node.path)),
    activity: activityAfter(event, previous),
  };
}

/** Also an answer whose asker was gone. A node that is retried or goes on to its synthesis is no drop: the engine takes it again. */
function isDrop(event: Event): boolean {
  if (event.run_id === null && (event.type === "task.released" || event.type === "task.answered"))
    return event.state === "pending";
  return event.type === "task.expired";
}

function activityAfter(event: Event, previous: TopTask | undefined): string | null {
  switch (event.type) {
    case "attempt.progress":
      return event.data.notice || event.data.activity || null;
    case "task.said":
      return event.data.text || null;
    case "task.asked":
      return event.data.question || null;
    case "task.modified":
    case "task.told":
    case "task.lapsing":
    case "task.delivered":
    case "task.read":
    case "task.acked":
      return previous?.activity ?? null;
    default:
      return null;
  }
}

/** Only its first event says what a task needs. */
function needsIn({ data }: Event): readonly number[] {
  return ("needs" in data && data.needs) || [];
}

function blockersText(numbers: readonly (number | undefined)[]): string {
  return numbers.filter((number) => number !== undefined).join(", ");
}

/** RFC 9562: the first 48 bits of a UUIDv7 are its millisecond. */
function timeOfId(id: string): number | null {
  const time = Number.parseInt(id.slice(0, 13).replace("-", ""), 16);
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? time : null;
}
