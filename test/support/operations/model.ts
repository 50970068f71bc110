import type { State } from "../../../src/core/words.ts";

/** A task as the model of the random walk knows it: said once more, from the words of the design, without a database. */
export interface ModelTask {
  id: string;
  run: string | null;
  number: number;
  ask: { target: "human" | "parent"; due: number | null } | null;
  parent: ModelTask | null;
  children: ModelTask[];
  needs: ModelTask[];
  state: State;
  epoch: number;
  holder: string | null;
  claimedAt: number;
  leaseUntil: number;
  leaseMs: number;
  synthesis: boolean;
  /** children whose end it has been shown */
  seen: number;
  round: number;
  failures: number;
  createdAt: number;
  /** its children run one after the other */
  serial: boolean;
  /** its first child that completes decides */
  race: boolean;
  /** it has a child for each item of that one's list */
  each: ModelTask | null;
  /** it gives a list of so many items; null: a text */
  items: number | null;
  completedAt: number;
}

export type Verdict = "done" | "conflict" | "stale_lease" | "limit";

const ends: ReadonlySet<State> = new Set(["completed", "failed", "cancelled"]);

export const isOpen = (task: ModelTask): boolean => !ends.has(task.state);
export const unmet = (task: ModelTask): number =>
  task.needs.filter((need) => need.state !== "completed").length;
export const openChildren = (task: ModelTask): number => task.children.filter(isOpen).length;

/** All that stands under a task. */
function below({ children }: ModelTask): ModelTask[] {
  return children.flatMap((child) => [child, ...below(child)]);
}

/** What each action does, and how it is refused. */
export class Model {
  readonly tasks: ModelTask[] = [];
  now = 0;
  /** when the daemon began */
  began = 0;
  /** when each agent was seen last, and when that was last noted in memory, so exact as it is kept */
  readonly #seen = new Map<string, number>();
  readonly #noted = new Map<string, number>();
  #order = 0;

  add(task: Pick<ModelTask, "id" | "run" | "number"> & Partial<ModelTask>): ModelTask {
    const added: ModelTask = {
      ask: null,
      parent: null,
      children: [],
      needs: [],
      state: "pending",
      epoch: 0,
      holder: null,
      claimedAt: 0,
      leaseUntil: 0,
      leaseMs: 0,
      synthesis: false,
      seen: 0,
      round: 0,
      failures: 0,
      createdAt: (this.#order += 1),
      serial: false,
      race: false,
      each: null,
      items: null,
      completedAt: 0,
      ...task,
    };
    this.tasks.push(added);
    added.parent?.children.push(added);
    this.goOn(added);
    return added;
  }

  claim(task: ModelTask, agent: string, leaseMs: number): Verdict {
    const free = task.state === "pending" || (task.state === "claimed" && task.leaseUntil <= this.now);
    if (!free || unmet(task) > 0 || task.ask || this.outcome(task) !== null) return "conflict";
    task.state = "claimed";
    task.epoch += 1;
    task.holder = agent;
    task.claimedAt = this.#order += 1;
    task.leaseUntil = this.now + leaseMs;
    task.leaseMs = leaseMs;
    if (task.synthesis) {
      task.seen = task.children.length - openChildren(task);
      if (openChildren(task) === 0) task.round += 1;
    }
    return "done";
  }

  /** Whether the attempt that holds it still does. */
  isHeld(task: ModelTask): boolean {
    return task.state === "claimed" && task.leaseUntil > this.now;
  }

  /** What a claimant that names itself so is told; done if it may act. */
  private holds(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    const live = this.isHeld(task);
    if (agent === undefined && epoch === undefined) return live ? "done" : "conflict";
    const same = (agent ?? task.holder) === task.holder && (epoch ?? task.epoch) === task.epoch;
    return live && same ? "done" : "stale_lease";
  }

  extend(task: ModelTask, agent: string, epoch: number | undefined, leaseMs: number): Verdict {
    const verdict = this.holds(task, agent, epoch);
    if (verdict === "done") Object.assign(task, { leaseUntil: this.now + leaseMs, leaseMs });
    return verdict;
  }

  /** A claim of the board's own tells that its agent is there. */
  noteClaim(agent: string): void {
    const noted = this.#noted.get(agent);
    if (noted !== undefined && this.now - noted <= 1000) return;
    this.note(agent);
    this.#noted.set(agent, this.now);
  }

  private note(agent: string): void {
    const seen = this.#seen.get(agent);
    if (seen === undefined || seen < this.now - 1000) this.#seen.set(agent, this.now);
  }

  /** A line of its holder's changes nothing but when that was seen. */
  say(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    const verdict = this.holds(task, agent, epoch);
    if (verdict === "done" && task.holder !== null) this.note(task.holder);
    return verdict;
  }

  /** Its holder asks about a task of the board: it waits, without a lease. A node's agent has another way. */
  askAbout(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    if (task.run !== null) return "conflict";
    const verdict = this.say(task, agent, epoch);
    if (verdict === "done") task.state = "waiting";
    return verdict;
  }

  /** The answer gives it back to who asked, or to the board if that agent is gone. Of a node it is an answer as ever. */
  answerAbout(task: ModelTask): Verdict {
    if (task.run !== null) return this.answer(task);
    if (task.state !== "waiting") return "conflict";
    if (this.isGone(task.holder)) this.free(task, "pending");
    else {
      task.state = "claimed";
      task.epoch += 1;
      task.claimedAt = this.#order += 1;
      task.leaseUntil = this.now + task.leaseMs;
    }
    return "done";
  }

  tell(task: ModelTask): Verdict {
    const isAsked =
      task.run === null ? task.state === "waiting" : task.ask !== null && task.state === "pending";
    if (isAsked) return this.answerAbout(task);
    if (!isOpen(task)) return "conflict";
    return task.run === null || task.state === "claimed" ? "done" : "conflict";
  }

  private isGone(agent: string | null): boolean {
    const seen = agent === null ? undefined : this.#seen.get(agent);
    return this.now - this.began >= 60_000 && (seen === undefined || this.now - seen >= 60_000);
  }

  release(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    const verdict = this.holds(task, agent, epoch);
    if (verdict === "done") this.giveBack(task);
    return verdict;
  }

  complete(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    const verdict = this.holds(task, agent, epoch);
    if (verdict !== "done") return verdict;
    const open = openChildren(task);
    if (open > 0 || task.children.length > task.seen) {
      task.synthesis = true;
      task.failures = 0;
      this.free(task, open > 0 ? "waiting" : "pending");
      this.goOn(task);
      if (task.state === "waiting" && this.asked(task, task.claimedAt)) task.state = "pending";
    } else this.end(task, "completed");
    return "done";
  }

  fail(task: ModelTask, agent: string | undefined, epoch: number | undefined): Verdict {
    const verdict = this.holds(task, agent, epoch);
    if (verdict !== "done") return verdict;
    const isDecided = task.race && task.children.some(({ ask, state }) => !ask && state === "completed");
    if (isDecided) this.giveBack(task);
    else this.end(task, "failed");
    return verdict;
  }

  /** As an engine reports it: the first failure gives the node back. */
  failAttempt(task: ModelTask, epoch: number, final: boolean): Verdict {
    if (final || task.failures >= 1) return this.fail(task, undefined, epoch);
    const verdict = this.release(task, undefined, epoch);
    if (verdict === "done") task.failures += 1;
    return verdict;
  }

  cancel(task: ModelTask): Verdict {
    if (!isOpen(task)) return "conflict";
    this.end(task, "cancelled");
    return "done";
  }

  pause(task: ModelTask): Verdict {
    const open = below(task).filter(({ ask }) => ask === null);
    const stopped = [...open, task].filter(({ state }) => ["pending", "claimed", "waiting"].includes(state));
    for (const one of stopped) this.free(one, "paused");
    return stopped.length > 0 ? "done" : "conflict";
  }

  resume(task: ModelTask): Verdict {
    // one that goes on may end another that is still paused: the lowest number first, and itself last
    const inOrder = below(task).toSorted((one, other) => one.number - other.number);
    const paused = [...inOrder, task].filter(({ state }) => state === "paused");
    for (const one of paused) {
      if (one.state !== "paused") continue;
      if (one.children.length > 0) one.synthesis = true;
      one.state = openChildren(one) > 0 ? "waiting" : "pending";
      this.goOn(one);
      if (one.state === "waiting" && this.asked(one, 0)) one.state = "pending";
    }
    return paused.length > 0 ? "done" : "conflict";
  }

  modify(task: ModelTask): Verdict {
    return task.state === "pending" || task.state === "paused" ? "done" : "conflict";
  }

  answer(task: ModelTask): Verdict {
    if (!task.ask || task.state !== "pending") return "conflict";
    this.end(task, "completed");
    return "done";
  }

  /** What a child of a serial node comes after. */
  before(parent: ModelTask): ModelTask[] {
    const kept = parent.children.filter(
      ({ ask, state }) => !ask && state !== "failed" && state !== "cancelled",
    );
    return parent.serial ? kept.slice(-1) : [];
  }

  /** Whether a child may be made here, and with these needs. */
  mayCreate(parent: ModelTask, needs: readonly ModelTask[], ask: boolean): Verdict {
    if (!ask && parent.round >= 5) return "limit";
    if (!ask && parent.each) return "conflict";
    const above = lineOf(parent);
    const isRacing = (need: ModelTask) =>
      lineOf(need).some((one) => one !== need && one.race && !above.includes(one));
    const impossible = needs.some(
      (need) =>
        above.includes(need) ||
        need.state === "failed" ||
        need.state === "cancelled" ||
        (need.state !== "completed" && isRacing(need)),
    );
    return impossible || needs.some((need) => this.waitsFor(need, above)) ? "conflict" : "done";
  }

  /** A parent that waits hears a question at once. */
  ask(asker: ModelTask): void {
    const { parent } = asker;
    if (parent?.state !== "waiting") return;
    parent.state = "pending";
    parent.synthesis = true;
  }

  sweep(): void {
    for (const task of this.tasks) {
      if (task.state === "claimed" && task.leaseUntil <= this.now) this.giveBack(task);
      if (task.state === "pending" && task.ask?.due != null && task.ask.due <= this.now)
        this.end(task, "completed");
    }
  }

  private asked(task: ModelTask, since: number): boolean {
    return task.children
      .flatMap((child) => child.children)
      .some((one) => one.ask?.target === "parent" && one.state === "pending" && one.createdAt > since);
  }

  private waitsFor(need: ModelTask, above: readonly ModelTask[], been = new Set<ModelTask>()): boolean {
    if (!isOpen(need) || been.has(need)) return false;
    been.add(need);
    if (above.includes(need)) return true;
    return [...need.children, ...need.needs].some((next) => this.waitsFor(next, above, been));
  }

  private free(task: ModelTask, state: State): void {
    task.state = state;
    task.holder = null;
  }

  private giveBack(task: ModelTask): void {
    this.free(task, "pending");
    this.goOn(task);
  }

  private end(task: ModelTask, state: "completed" | "failed" | "cancelled"): void {
    task.state = state;
    if (state === "completed") {
      task.completedAt = this.#order += 1;
      for (const other of this.tasks) if (other.needs.includes(task)) this.goOn(other);
    } else {
      for (const child of task.children) if (isOpen(child)) this.end(child, "cancelled");
      for (const other of this.tasks)
        if (other.needs.includes(task) && isOpen(other)) this.end(other, "cancelled");
    }
    const { parent } = task;
    if (!parent) return;
    this.goOn(parent);
    if (parent.state === "waiting" && openChildren(parent) === 0) {
      parent.state = "pending";
      parent.synthesis = true;
    }
  }

  /** What cord itself makes of a node: nothing, an end, or a child for each of so many items. */
  outcome(task: ModelTask): Outcome | null {
    const { each, race } = task;
    if (each !== null && task.children.length === 0) {
      if (unmet(task) > 0) return null;
      if (each.items === null || (race && each.items === 0)) return { end: "failed" };
      return each.items === 0 ? { end: "completed", items: 0 } : { children: each.items };
    }
    const work = task.children.filter(({ ask }) => !ask);
    const completed = work.filter(({ state }) => state === "completed");
    if (race) {
      const [winner] = completed.toSorted((one, other) => one.completedAt - other.completedAt);
      if (winner) return { end: "completed", items: winner.items };
      return work.length > 0 && !work.some(isOpen) ? { end: "failed" } : null;
    }
    if (each === null || work.some(isOpen)) return null;
    return completed.length === 0 ? { end: "failed" } : { end: "completed", items: work.length };
  }

  /** Whether a new node could do nothing but fail at once. */
  isHopeless({ each, race }: Pick<ModelTask, "each" | "race">, needs: readonly ModelTask[]): boolean {
    if (each === null || needs.some(({ state }) => state !== "completed")) return false;
    return each.items === null || (race && each.items === 0);
  }

  /** In the same moment in which what it hangs on ends. */
  goOn(task: ModelTask): void {
    if (task.state !== "pending" && task.state !== "waiting") return;
    const outcome = this.outcome(task);
    if (outcome === null) return;
    task.synthesis = true;
    if ("end" in outcome) {
      task.items = outcome.items ?? null;
      this.endAlone(task, outcome.end);
      return;
    }
    task.state = "waiting";
    const inherited = task.needs.filter((need) => need !== task.each);
    for (let index = 0; index < outcome.children; index += 1) {
      const before = task.serial ? task.children.slice(-1) : [];
      const { run, items } = task;
      const number = 1 + this.tasks.filter((other) => other.run === run).length;
      this.add({ id: "", run, number, parent: task, needs: [...inherited, ...before], items });
    }
  }

  /** What still runs below it is of no use any more, before anybody hears of its end. */
  private endAlone(task: ModelTask, state: "completed" | "failed"): void {
    task.state = state;
    for (const child of task.children) if (isOpen(child)) this.end(child, "cancelled");
    this.end(task, state);
  }
}

type Outcome = { end: "completed" | "failed"; items?: number | null } | { children: number };

/** The task and its ancestors. */
export function lineOf(task: ModelTask): ModelTask[] {
  return task.parent ? [task, ...lineOf(task.parent)] : [task];
}
