import { constants } from "node:fs";
import { lstat, open, opendir, rm, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import {
  attemptFolderPattern,
  compressedSuffix,
  errorFile,
  outputFile,
  removedFile,
} from "../../core/output-files.ts";
import type { OutputRemoved } from "../../core/output-removed.ts";
import { systemCode } from "../../core/system-code.ts";
import { replaceFileLater, syncFolderLater } from "../../system/durable-file.ts";
import { makePrivate } from "../../system/private-file.ts";
import { noFollow } from "../../system/small-file.ts";

/** What the agents of one run have printed, as it lies in the run's folder. No link in it is followed. */
export interface RunOutput {
  folder: string;
  bytes: number;
  /** the folders of attempts, by name */
  attempts: string[];
  /** what can be compressed */
  plain: { path: string; bytes: number }[];
}

/** How deep files lie in a run's folder: in that of an attempt, and of a check in that. */
const maxDepth = 2;
/** What is smaller takes a block of the disk either way. */
const minBytes = 4096;
/** A run of 5,000 nodes has some 20,000; a folder with more is measured so far. */
const maxEntries = 200_000;

/** Looks through a run's folder. Null: there is none, or something else has its name. */
export async function runOutput(folder: string): Promise<RunOutput | null> {
  if ((await kindOf(folder))?.isDirectory() !== true) return null;
  const output: RunOutput = { folder, bytes: 0, attempts: [], plain: [] };
  const folders = [{ path: folder, depth: 0, isOfAttempt: false }];
  let entries = 0;
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const name of await namesIn(at.path)) {
      entries += 1;
      if (entries > maxEntries) return output;
      const path = join(at.path, name);
      const stats = await kindOf(path);
      if (stats === null) continue;
      const isAttempt = at.depth === 0 && stats.isDirectory() && attemptFolderPattern.test(name);
      if (isAttempt) output.attempts.push(name);
      if (stats.isDirectory() && at.depth < maxDepth)
        folders.push({ path, depth: at.depth + 1, isOfAttempt: at.isOfAttempt || isAttempt });
      if (!stats.isFile()) continue;
      output.bytes += stats.size;
      if (at.isOfAttempt && compressible.has(name) && stats.size >= minBytes)
        output.plain.push({ path, bytes: stats.size });
    }
  }
  output.plain.sort((one, other) => (one.path < other.path ? -1 : 1));
  return output;
}

const compressible: ReadonlySet<string> = new Set([outputFile, errorFile]);

/**
 * Puts a compressed file in the place of a file, and says how many bytes that frees. Whoever reads it meanwhile reads it to its end;
 * a crash leaves the file, the compressed one, or both, which say the same. 0: it was being written, and stays as it is.
 */
export async function compressFile(path: string, signal: AbortSignal): Promise<number> {
  const part = `${path}${compressedSuffix}.part`;
  const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
  const source = await open(path, O_RDONLY | noFollow);
  try {
    const { size } = await source.stat();
    await rm(part, { force: true });
    const target = await open(part, O_WRONLY | O_CREAT | O_EXCL | noFollow, 0o600);
    try {
      const pieces = source.createReadStream({ start: 0, autoClose: false });
      await pipeline(pieces, createGzip(), (packed) => writeAll(target, packed), { signal });
      await target.sync();
    } finally {
      await target.close();
    }
    const packed = (await lstat(part)).size;
    if ((await source.stat()).size !== size) {
      await rm(part, { force: true });
      return 0;
    }
    await replaceFileLater(part, path + compressedSuffix);
    await syncFolderLater(dirname(path));
    await unlink(path);
    return size - packed;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  } finally {
    await source.close();
  }
}

async function writeAll(target: FileHandle, packed: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of packed)
    for (let done = 0; done < piece.length;)
      done += (await target.write(piece, done, piece.length - done)).bytesWritten;
}

/**
 * Removes what the attempts have printed, but for those that are named, and says how many folders went. Why stands in the run's
 * folder before the first of them goes.
 */
export async function removeAttempts(
  { folder, attempts }: RunOutput,
  kept: ReadonlySet<string>,
  why: OutputRemoved,
): Promise<number> {
  const going = attempts.filter((name) => !kept.has(name));
  if (going.length === 0) return 0;
  const note = join(folder, removedFile);
  await rm(`${note}.part`, { force: true });
  makePrivate(`${note}.part`, `${JSON.stringify(why)}\n`);
  await replaceFileLater(`${note}.part`, note);
  for (const name of going) await rm(join(folder, name), { recursive: true, force: true });
  return going.length;
}

async function kindOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(systemCode(error))) return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) {
    names.push(name);
    if (names.length >= maxEntries) break;
  }
  return names;
}
