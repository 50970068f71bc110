import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "../../client/paths.ts";
import { makePrivate } from "../../system/private-file.ts";

/** Makes a file of a run anew that a person edits, and returns its path. Only its owner reads it: prompts may be anything. */
export function fileToEdit(runId: string, name: string, text: string): string {
  const folder = runFolder(runId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, name);
  rmSync(file, { force: true });
  makePrivate(file, text);
  return file;
}

/** What is said of a file that comes back from the editor as it was given. */
export const unchanged =
  "Nothing was changed. An editor that returns at once needs a flag, such as code --wait.";
