import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { bytes } from "../../core/bytes.ts";
import type { HistorySettings } from "../../core/history.ts";
import { systemCode } from "../../core/system-code.ts";
import { isWholeId } from "../../core/short-id.ts";
import { compressFile, removeAttempts, runOutput } from "./run-output.ts";

/** What the database says of a run whose output is here. */
export interface KnownRun {
  id: string;
  /** null: it is not over, or an engine works on it */
  endedAt: number | null;
  /** the folders of attempts that its next engine reads: they stay */
  needed: ReadonlySet<string>;
}

export interface Tidying {
  /** the folder of all runs' output */
  folder: string;
  /** Which of these are runs of the database. What no run of it has printed is somebody else's, and left alone. */
  runs(ids: readonly string[]): Promise<KnownRun[]>;
  settings: HistorySettings;
  /** the wall clock */
  now: number;
  /** by when age is counted: a clock that is wrong for a day makes nothing old; null: that is not known yet */
  settled: number | null;
  /** what was measured before of runs that are over: they do not grow, so each is looked through once, and again when it was changed */
  measured: Map<string, Measured>;
  /** how much is compressed at most */
  maxCompressedBytes: number;
  signal: AbortSignal;
}

/** What was done, in bytes freed. */
export interface Tidied {
  compressedFiles: number;
  removedRuns: number;
  freed: number;
  /** what all runs of the database have here now */
  bytes: number;
}

interface Measured {
  /** when the run ended: one that was opened again is measured again */
  endedAt: number;
  bytes: number;
}

/** A run that is over. */
interface Over {
  run: KnownRun;
  endedAt: number;
}

/**
 * Keeps the output of runs within its bounds. What has been over for longer than `keep` is removed. If there is more than
 * `outputs` then, it is compressed, and once all is compressed removed, the oldest first, until there is no more than that. What
 * is not over stays, whatever its size.
 */
export async function tidyOutputs(tidying: Tidying): Promise<Tidied> {
  const { settled, settings, signal } = tidying;
  const { over, total } = await look(tidying);
  const done: Tidied = { compressedFiles: 0, removedRuns: 0, freed: 0, bytes: total };
  const { keep, outputs } = settings;
  for (const one of over)
    if (settled !== null && settled - one.endedAt > keep.value)
      await remove(one, { tidying, done, setting: "keep", value: keep.text });
  if (!(await compress(over, tidying, done))) return done;
  for (const one of over) {
    if (done.bytes <= outputs.value || signal.aborted) break;
    await remove(one, { tidying, done, setting: "outputs", value: bytes(outputs.value) });
  }
  return done;
}

/** Compresses until there is no more than there may be. False: there is more to compress, another time. */
async function compress(over: readonly Over[], tidying: Tidying, done: Tidied): Promise<boolean> {
  const { settings, signal } = tidying;
  let left = tidying.maxCompressedBytes;
  for (const { run } of over) {
    if (done.bytes <= settings.outputs.value) return true;
    const { plain } = (await runOutput(join(tidying.folder, run.id))) ?? { plain: [] };
    if (plain.length > 0) tidying.measured.delete(run.id);
    for (const file of plain) {
      if (done.bytes <= settings.outputs.value) return true;
      if (signal.aborted || left <= 0) return false;
      if (!(await isStillOver(tidying, run))) break;
      left -= file.bytes;
      const freed = await compressed(file.path, signal);
      // there is no room to make room in that way
      if (freed === "full") return true;
      done.compressedFiles += freed > 0 ? 1 : 0;
      done.freed += freed;
      done.bytes -= freed;
    }
  }
  return true;
}

/** The runs that are over, the oldest first, and how much there is of all runs of the database. */
async function look(tidying: Tidying): Promise<{ over: Over[]; total: number }> {
  const names = await readdir(tidying.folder).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  });
  const ids = names.filter(isWholeId);
  const over: Over[] = [];
  let total = 0;
  for (let at = 0; at < ids.length && !tidying.signal.aborted; at += askedAtOnce)
    for (const run of await tidying.runs(ids.slice(at, at + askedAtOnce))) {
      total += await bytesOf(tidying, run);
      if (run.endedAt !== null) over.push({ run, endedAt: run.endedAt });
    }
  return { over: over.toSorted((one, other) => one.endedAt - other.endedAt), total };
}

async function bytesOf({ folder, measured }: Tidying, { id, endedAt }: KnownRun): Promise<number> {
  const known = measured.get(id);
  if (known !== undefined && known.endedAt === endedAt) return known.bytes;
  const bytes = (await runOutput(join(folder, id)))?.bytes ?? 0;
  if (endedAt !== null) measured.set(id, { endedAt, bytes });
  return bytes;
}

const askedAtOnce = 100;

/** A run may be opened again at any moment. */
async function isStillOver({ runs }: Tidying, { id, endedAt }: KnownRun): Promise<boolean> {
  const [now] = await runs([id]);
  return now !== undefined && now.endedAt === endedAt;
}

interface Removing {
  tidying: Tidying;
  done: Tidied;
  setting: "keep" | "outputs";
  value: string;
}

async function remove({ run }: Over, { tidying, done, setting, value }: Removing): Promise<void> {
  if (tidying.signal.aborted || !(await isStillOver(tidying, run))) return;
  const at = new Date(tidying.now).toISOString();
  const folder = join(tidying.folder, run.id);
  const before = await runOutput(folder);
  if (before === null || (await removeAttempts(before, run.needed, { at, setting, value })) === 0) return;
  tidying.measured.delete(run.id);
  const freed = before.bytes - ((await runOutput(folder))?.bytes ?? 0);
  done.removedRuns += 1;
  done.freed += freed;
  done.bytes -= freed;
}

/** How much that freed: nothing where the file has gone meanwhile, or somebody has it open who keeps it from being removed. */
async function compressed(path: string, signal: AbortSignal): Promise<number | "full"> {
  try {
    return await compressFile(path, signal);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOSPC" || code === "EDQUOT") return "full";
    if (signal.aborted || passing.has(code)) return 0;
    throw error;
  }
}

/** ELOOP: a link has taken its place. The last three: Windows, while somebody reads it. */
const passing: ReadonlySet<string> = new Set(["ENOENT", "ELOOP", "EBUSY", "EPERM", "EACCES"]);
