import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CordError, messageOf } from "../core/error.ts";
import { isWholeId } from "../core/short-id.ts";
import { folderSize, type FolderSize } from "../system/folder-size.ts";
import { runFolder, runsFolder } from "./paths.ts";

/** The ids of the runs whose agents' output is on this machine, whichever database they are in. */
export function runsWithOutput(): string[] {
  try {
    return readdirSync(runsFolder()).filter(isWholeId);
  } catch {
    return [];
  }
}

/** How large the output of a run's agents is on this machine; null: there is none. */
export function outputSize(runId: string, goesOn?: () => boolean): FolderSize | null {
  const folder = folderOf(runId);
  if (folder === null) return null;
  return lstatSync(folder).isDirectory() ? folderSize(folder, goesOn) : { bytes: 0, files: 1, isWhole: true };
}

/** Removes it. Links in it, and one in its place, go themselves, and nothing that they lead to. Throws `failed` where it cannot. */
export function removeOutput(runId: string): void {
  const folder = folderOf(runId);
  if (folder === null) return;
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    throw new CordError(
      "failed",
      `The output of run ${runId} could not be removed whole: ${messageOf(error)}. Once ${join(folder, "")} can be written, go on with "cord runs rm ${runId}".`,
      { cause: error },
    );
  }
}

/** An id comes from a daemon, and names a folder only if it is one. */
function folderOf(runId: string): string | null {
  if (!isWholeId(runId)) return null;
  const folder = runFolder(runId);
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? null : folder;
}
