import { finalStates } from "../../core/words.ts";
import type { TopTask } from "./top-task.ts";

/** A node of a run in the order of its tree: its subtree follows it without a gap. */
export interface TreeEntry {
  task: TopTask;
  depth: number;
  /** How many entries its subtree has, its own counted. */
  size: number;
}

/** The nodes of one run, as many as are known. */
export class Run {
  readonly id: string;
  readonly #nodes = new Map<number, TopTask>();
  #entries: TreeEntry[] | null = null;
  /** The entries are right, but some of their tasks have changed. */
  #stale = false;

  constructor(id: string) {
    this.id = id;
  }

  put(task: TopTask, number: number): void {
    const previous = this.#nodes.get(number);
    this.#nodes.set(number, task);
    // A node changes far more often than it comes: its entry stays and takes the new value.
    if (previous === undefined || previous.parent !== task.parent) this.#entries = null;
    else this.#stale = true;
  }

  get tasks(): Iterable<TopTask> {
    return this.#nodes.values();
  }

  get size(): number {
    return this.#nodes.size;
  }

  get isOpen(): boolean {
    const root = this.#nodes.get(1);
    if (root) return !finalStates.includes(root.state);
    return [...this.#nodes.values()].some((task) => !finalStates.includes(task.state));
  }

  /** The tree in order; a node whose parent is not known stands as a root. */
  entries(): readonly TreeEntry[] {
    if (this.#entries === null) this.#entries = planted(this.#nodes);
    else if (this.#stale) for (const entry of this.#entries) entry.task = this.#current(entry.task);
    this.#stale = false;
    return this.#entries;
  }

  #current(task: TopTask): TopTask {
    return (task.number === null ? undefined : this.#nodes.get(task.number)) ?? task;
  }
}

/** The board's tasks and the runs, in the order of their ids: a UUIDv7 sorts by its time. */
export class Forest {
  readonly #entries = new Map<string, TopTask | Run>();
  #order: string[] = [];

  clear(): void {
    this.#entries.clear();
    this.#order = [];
  }

  put(task: TopTask): void {
    const key = task.runId ?? task.id;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#insert(key);
    if (task.runId === null || task.number === null) {
      this.#entries.set(key, task);
      return;
    }
    const run = entry instanceof Run ? entry : new Run(key);
    run.put(task, task.number);
    this.#entries.set(key, run);
  }

  *newestFirst(): Generator<TopTask | Run> {
    for (let at = this.#order.length - 1; at >= 0; at -= 1) {
      const entry = this.#entries.get(this.#order[at] ?? "");
      if (entry) yield entry;
    }
  }

  /**
   * Removes at least `wanted` ended tasks, as far as there are that many, the oldest first; a run only as a whole.
   */
  takeEnded(wanted: number): TopTask[] {
    const taken: TopTask[] = [];
    this.#order = this.#order.filter((key) => {
      const entry = this.#entries.get(key);
      if (!entry || taken.length >= wanted || isOpen(entry)) return true;
      taken.push(...(entry instanceof Run ? entry.tasks : [entry]));
      this.#entries.delete(key);
      return false;
    });
    return taken;
  }

  /** Nearly always at the end: what is new is newest. */
  #insert(key: string): void {
    let [low, high] = [0, this.#order.length];
    const last = this.#order.at(-1);
    if (last === undefined || last < key) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    this.#order.splice(low, 0, key);
  }
}

function isOpen(entry: TopTask | Run): boolean {
  return entry instanceof Run ? entry.isOpen : !finalStates.includes(entry.state);
}

function planted(nodes: ReadonlyMap<number, TopTask>): TreeEntry[] {
  const sorted = [...nodes].toSorted(([one], [other]) => one - other);
  const children = Map.groupBy(sorted, ([number, { parent }]) =>
    parent !== null && parent !== number && nodes.has(parent) ? parent : null,
  );
  const entries: TreeEntry[] = [];
  const plant = (number: number, task: TopTask, depth: number): number => {
    const entry = { task, depth, size: 1 };
    entries.push(entry);
    for (const [child, node] of children.get(number) ?? []) entry.size += plant(child, node, depth + 1);
    return entry.size;
  };
  for (const [number, root] of children.get(null) ?? []) plant(number, root, 0);
  return entries;
}
