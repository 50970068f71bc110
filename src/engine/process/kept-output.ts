import { createReadStream, lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { CordError, messageOf } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import { compressedSuffix, outputFile, removedFile } from "../../core/output-files.ts";
import { OutputRemoved } from "../../core/output-removed.ts";
import { readSmall } from "../../system/small-file.ts";
import { Follower } from "./follow.ts";
import { Lines } from "./lines.ts";

/** Where an attempt's output is, if it is still there. */
export type KeptOutput =
  | { state: "plain"; path: string }
  | { state: "compressed"; path: string }
  /** the daemon has removed it */
  | { state: "removed"; removed: OutputRemoved }
  /** it never was on this machine, or somebody else has removed it */
  | { state: "missing" };

/** Looks for the output in an attempt's folder. No link is followed. */
export function keptOutput(dir: string): KeptOutput {
  const path = join(dir, outputFile);
  if (isFile(path)) return { state: "plain", path };
  if (isFile(path + compressedSuffix)) return { state: "compressed", path: path + compressedSuffix };
  const removed = outputRemoved(dirname(dir));
  return removed === null ? { state: "missing" } : { state: "removed", removed };
}

/** Why the output of a run's agents is not in its folder any more; null: nothing was removed there. */
export function outputRemoved(folder: string): OutputRemoved | null {
  const text = readSmall(join(folder, removedFile), maxNoteBytes);
  try {
    return text === null ? null : (OutputRemoved.safeParse(parseJson(text)).data ?? null);
  } catch {
    return null;
  }
}

const maxNoteBytes = 4096;

/** Reads an output to its end, line by line. One that is compressed in this very moment is read all the same. */
export async function readOutput(
  found: Extract<KeptOutput, { path: string }>,
  onLine: (line: string) => void,
): Promise<void> {
  if (found.state === "plain") {
    const follower = begun(found.path, onLine);
    if (follower !== null) return follower.finish();
  }
  const path = found.state === "plain" ? found.path + compressedSuffix : found.path;
  try {
    await readCompressed(path, onLine);
  } catch (error) {
    throw new CordError(
      "failed",
      `${path} cannot be read: ${messageOf(error)}. "gunzip -t" says whether it is damaged.`,
      { cause: error },
    );
  }
}

/** Null: the file has gone since it was looked for. */
function begun(path: string, onLine: (line: string) => void): Follower | null {
  try {
    return new Follower(path, onLine);
  } catch {
    return null;
  }
}

async function readCompressed(path: string, onLine: (line: string) => void): Promise<void> {
  const lines = new Lines();
  await pipeline(createReadStream(path), createGunzip(), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) for (const line of lines.take(piece)) onLine(line);
  });
  if (lines.hasBegun) onLine(lines.end());
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
