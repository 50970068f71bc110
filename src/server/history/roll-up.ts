import { historyBounds } from "../../core/limits.ts";
import {
  agedAfter,
  dayAt,
  endedStandings,
  eventLinesOf,
  isOlder,
  looseAfter,
  moveRolled,
  oldTasksAfter,
  removeArchived,
  removeEvents,
  rollableTo,
  rolledTo,
  taskLine,
  type Line,
  type OldTask,
} from "../../store/lifecycle/archiving.ts";
import type { Store, Tx } from "../../store/store.ts";
import { partId, settledTime, type ArchivePart } from "../../store/tables/archives.ts";
import { ArchiveFile } from "./archive-file.ts";

export interface RollUp {
  store: Store;
  /** the archive's folder */
  folder: string;
  /** events older than this go */
  keptMs: number;
  /** the wall clock */
  now: number;
  /** a clock in milliseconds, for the lengths of steps */
  clock(): number;
  /** up to where the vault is drawn; null where there is none */
  drawnTo: number | null;
  /** Lets others have the store for so many milliseconds. Throws what ends the roll-up. */
  pause(ms: number): Promise<void>;
}

export interface RolledUp {
  tasks: number;
  events: number;
  files: number;
  /** the longest that one step has held the store, in milliseconds */
  longestMs: number;
}

/**
 * Moves what is old into the archive. What is written down is durable, and read back, before its rows go; a file holds a few MB, and
 * its rows go before the next is begun. All is done in short steps with pauses three times as long, so that a claim waits
 * for one step at most.
 *
 * A crash before a file has its name leaves nothing of it. One after that leaves rows that are in the archive too: they are archived once
 * more the next time, and a reader tells the two by their seq. How far the log is rolled up is noted last, so nothing is
 * passed over.
 */
export async function rollUp(options: RollUp): Promise<RolledUp> {
  return new Roller(options).run();
}

class Roller {
  readonly #options: RollUp;
  readonly #done: RolledUp = { tasks: 0, events: 0, files: 0, longestMs: 0 };
  #upTo = 0;
  #batch: Batch | null = null;

  constructor(options: RollUp) {
    this.#options = options;
  }

  async run(): Promise<RolledUp> {
    const from = await this.#step("read", rolledTo);
    this.#upTo = await this.#aged(from);
    if (this.#upTo <= from) return this.#done;
    try {
      await this.#gatherEvents(from);
      for (const standing of endedStandings) await this.#gatherTasks(standing);
      await this.#finishBatch();
    } finally {
      await this.#batch?.file.discard();
    }
    await this.#step("write", (tx) => moveRolled(tx, this.#upTo));
    return this.#done;
  }

  /** Up to where the log is old. It is not looked at before its oldest events are well over the limit. */
  async #aged(from: number): Promise<number> {
    const { now, keptMs, drawnTo } = this.#options;
    const settled = await this.#step("read", settledTime);
    if (settled === null) return from;
    const before = Math.min(settled, now) - keptMs;
    const upTo = await this.#step("read", (tx) => rollableTo(tx, drawnTo));
    const isDue = await this.#step("read", (tx) => isOlder(tx, from, before - keptMs * historyBounds.slack));
    if (!isDue || upTo <= from) return from;
    const bounds = { before, now, upTo };
    for (let seq = from; ;) {
      const aged = await this.#step("read", (tx) => agedAfter(tx, seq, bounds));
      seq = aged.seq;
      if (aged.isAll) return seq;
    }
  }

  async #gatherEvents(from: number): Promise<void> {
    for (let seq = from; seq < this.#upTo;) {
      const { lines, until } = await this.#step("read", (tx) => looseAfter(tx, seq, this.#upTo));
      for (const line of lines) {
        const batch = (this.#batch ??= await this.#begin());
        batch.events.push(line.seq);
        await this.#write(batch, line.text, line.seq);
      }
      seq = until;
      await this.#endPart();
    }
  }

  async #gatherTasks(standing: number): Promise<void> {
    for (let ordinal: number | null = 0; ordinal !== null;) {
      const from: number = ordinal;
      const upTo = this.#upTo;
      const { tasks, next } = await this.#step("read", (tx, isOver) =>
        oldTasksAfter(tx, { standing, ordinal: from, upTo }, isOver),
      );
      for (let read = 0; read < tasks.length;) {
        const some = await this.#step("read", (tx, isOver) => copiesOf(tx, tasks.slice(read), isOver));
        for (const copy of some) if (copy.text !== null) await this.#writeTask(copy);
        read += some.length;
      }
      ordinal = next;
    }
  }

  async #writeTask({ task, text, events }: TaskCopy): Promise<void> {
    if (text === null) return;
    const batch = (this.#batch ??= await this.#begin());
    batch.tasks.push({ ...task, part: batch.parts });
    await this.#write(batch, text, task.seq);
    for (let lines = events; ;) {
      for (const line of lines) await this.#write(batch, line.text, line.seq);
      const last = lines.at(-1);
      if (last === undefined || lines.length < historyBounds.stepRows) break;
      lines = await this.#step("read", (tx) => eventLinesOf(tx, task.id, last.seq));
    }
    await this.#endPart();
  }

  async #begin(): Promise<Batch> {
    const file = await ArchiveFile.begin(this.#options.folder);
    return { file, lines: [], partBytes: 0, bytes: 0, parts: 0, newest: 0, tasks: [], events: [] };
  }

  async #write(batch: Batch, text: string, seq: number): Promise<void> {
    batch.lines.push(text);
    batch.partBytes += Buffer.byteLength(text);
    batch.newest = Math.max(batch.newest, seq);
    // so that memory holds no more than a part and a line
    if (batch.partBytes >= historyBounds.readBytes / 8) await this.#flush(batch);
  }

  /** Ends a part that is long enough, and the file with it. */
  async #endPart(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    if (batch.partBytes >= historyBounds.partBytes) await this.#flush(batch);
    if (batch.bytes >= historyBounds.fileBytes) await this.#finishBatch();
  }

  async #flush(batch: Batch): Promise<void> {
    if (batch.lines.length === 0) return;
    await batch.file.add(`${batch.lines.join("\n")}\n`);
    batch.bytes += batch.partBytes;
    batch.parts += 1;
    batch.lines = [];
    batch.partBytes = 0;
  }

  /** Makes the file durable; then its rows go. */
  async #finishBatch(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    await this.#flush(batch);
    const parts = await batch.file.finish(await this.#step("read", (tx) => dayAt(tx, batch.newest)));
    this.#batch = null;
    this.#done.files += 1;
    for (let from = 0; from < batch.events.length; from += historyBounds.stepRows) {
      const seqs = batch.events.slice(from, from + historyBounds.stepRows);
      await this.#step("write", (tx) => removeEvents(tx, seqs));
      this.#done.events += seqs.length;
    }
    await this.#removeTasks(batch.tasks, parts);
  }

  async #removeTasks(tasks: readonly FiledTask[], parts: readonly ArchivePart[]): Promise<void> {
    for (let next = 0; next < tasks.length;) {
      const { now } = this.#options;
      const bounds = { upTo: this.#upTo, parts, now };
      const left = tasks.slice(next, next + historyBounds.stepRows);
      const { done, removed } = await this.#step("write", (tx, isOver) =>
        removeSome(tx, left, bounds, isOver),
      );
      next += done;
      this.#done.tasks += removed;
    }
  }

  /** One short job of the store, and a pause. The job may run twice. */
  async #step<T>(what: "read" | "write", job: (tx: Tx, isOver: () => boolean) => Promise<T>): Promise<T> {
    const { store, clock, pause } = this.#options;
    let took = 0;
    const value = await store[what](async (tx) => {
      const begun = clock();
      const made = await job(tx, () => clock() - begun >= historyBounds.stepMs);
      took = clock() - begun;
      return made;
    });
    this.#done.longestMs = Math.max(this.#done.longestMs, took);
    await pause(pauseShare * took);
    return value;
  }
}

/** A task as it is archived: null where it is gone. Of its events there may be more. */
interface TaskCopy {
  task: OldTask;
  text: string | null;
  events: Line[];
}

/** The first of these tasks, as long as there is time. */
async function copiesOf(tx: Tx, tasks: readonly OldTask[], isOver: () => boolean): Promise<TaskCopy[]> {
  const copies: TaskCopy[] = [];
  for (const task of tasks) {
    copies.push({ task, text: await taskLine(tx, task.ordinal), events: await eventLinesOf(tx, task.id, 0) });
    if (isOver()) break;
  }
  return copies;
}

/** So much longer than a step is the pause after it. */
const pauseShare = 3;

/** A task, and which part of the file it is in. */
interface FiledTask extends OldTask {
  part: number;
}

/** A file that is being written, and whose rows go once it is durable. */
interface Batch {
  file: ArchiveFile;
  lines: string[];
  partBytes: number;
  bytes: number;
  parts: number;
  /** the newest event in it */
  newest: number;
  tasks: FiledTask[];
  events: number[];
}

/** Removes the first of these tasks, as long as there is time. A part is noted with the first task that is removed for it. */
async function removeSome(
  tx: Tx,
  tasks: readonly FiledTask[],
  { upTo, parts, now }: { upTo: number; parts: readonly ArchivePart[]; now: number },
  isOver: () => boolean,
): Promise<{ done: number; removed: number }> {
  let [done, removed] = [0, 0];
  for (const task of tasks) {
    const part = parts[task.part];
    if (part === undefined) break;
    const outcome = await removeArchived(tx, task, { upTo, part: () => partId(tx, part, now) });
    if (outcome !== "partly") done += 1;
    if (outcome === "removed") removed += 1;
    if (isOver() || outcome === "partly") break;
  }
  return { done, removed };
}
