import { announcementKinds, askKind } from "../../core/words.ts";
import { Run, type TreeEntry } from "./forest.ts";
import { hasEnded, type TopModel } from "./model.ts";
import type { TopTask } from "./top-task.ts";

/** What of the board is listed. active: what is open, publications, and open runs whole; attention: what a person should look at. */
export type Filter = "active" | "attention" | "all";

/** One line of the list. */
export interface TopRow {
  task: TopTask;
  /** How deep in its run's tree; 0 for a task of the board. */
  depth: number;
  /** Whether its subtree is shown; null when it has none. */
  fold: "open" | "closed" | null;
  /** How many tasks are folded away under it. */
  hidden: number;
}

export interface Choice {
  filter: Filter;
  /** Only tasks whose name holds this, whatever the case. */
  search: string;
  /** By task id: what the person folded (true) or unfolded. */
  folds: ReadonlyMap<string, boolean>;
}

/** The list, the newest first, each run as a tree. One pass over the tasks that are loaded. */
export function rowsOf(model: TopModel, choice: Choice): TopRow[] {
  const needle = choice.search.toLowerCase();
  const found = (task: TopTask) => needle === "" || task.name.toLowerCase().includes(needle);
  const rows: TopRow[] = [];
  for (const entry of model.newestFirst()) {
    if (entry instanceof Run) addRun(rows, entry, choice, found);
    else if (isListed(entry, choice.filter) && found(entry))
      rows.push({ task: entry, depth: 0, fold: null, hidden: 0 });
  }
  return rows;
}

/** Whether a task waits for an answer: an ask of a run, or a task of the board whose agent asked about it. */
export function isOpenAsk(task: TopTask): boolean {
  return task.runId === null ? task.state === "waiting" : task.kind === askKind && !hasEnded(task);
}

export function isUrgent(task: TopTask): boolean {
  return task.priority === "high" || task.priority === "urgent";
}

/** A task of the board under a filter; a node of a run is judged with its run. */
function isListed(task: TopTask, filter: Filter): boolean {
  if (filter === "all") return true;
  if (filter === "attention") return wantsAttention(task);
  return !hasEnded(task) || announcementKinds.includes(task.kind);
}

/** Failed, dropped by its agent, a question nobody has answered, or urgent work that nobody has taken. */
function wantsAttention(task: TopTask): boolean {
  return (
    task.state === "failed" ||
    task.dropped ||
    isOpenAsk(task) ||
    (task.state === "pending" && task.runId === null && isUrgent(task))
  );
}

/** The nodes that pass, with all above them, so that each is seen in its place. */
function addRun(rows: TopRow[], run: Run, choice: Choice, found: (task: TopTask) => boolean): void {
  const { filter, folds } = choice;
  if (filter === "active" && !run.isOpen) return;
  const entries = run.entries();
  const passes = (task: TopTask) => found(task) && (filter !== "attention" || wantsAttention(task));
  const isWhole = choice.search === "" && filter !== "attention";
  const kept = isWhole ? null : withAncestors(entries, passes);
  for (let at = 0; at < entries.length;) {
    const entry = entries[at];
    if (entry === undefined) return;
    if (kept && kept[at] === 0) {
      at += entry.size;
      continue;
    }
    const isFolded = isWhole && entry.size > 1 && (folds.get(entry.task.id) ?? startsFolded(entry, filter));
    const fold = entry.size === 1 ? null : isFolded ? "closed" : "open";
    rows.push({ task: entry.task, depth: entry.depth, fold, hidden: isFolded ? entry.size - 1 : 0 });
    at += isFolded ? entry.size : 1;
  }
}

/** A run that is over is one line until it is opened. */
function startsFolded({ task, depth }: TreeEntry, filter: Filter): boolean {
  return filter === "all" && depth === 0 && hasEnded(task);
}

/** 1 for each entry that passes or has one below it that does. */
function withAncestors(entries: readonly TreeEntry[], passes: (task: TopTask) => boolean): Uint8Array {
  const kept = new Uint8Array(entries.length);
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (entry === undefined) continue;
    kept[at] = passes(entry.task) || kept.subarray(at + 1, at + entry.size).includes(1) ? 1 : 0;
  }
  return kept;
}
