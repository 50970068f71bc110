import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "../../client/paths.ts";
import { makePrivate } from "../../system/private-file.ts";

/**
 * The file of a run that a person edits, which begins with this text. What was written into it for the same text, and was not
 * taken, is there again. Only its owner reads it: prompts may be anything.
 */
export function fileToEdit(runId: string, name: string, text: string): string {
  const folder = runFolder(runId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const digest = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 8);
  const file = join(folder, `${name}-${digest}.md`);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  rmSync(file, { force: true });
  makePrivate(file, text);
  return file;
}

/** What is said of a file that comes back from the editor as it was given. */
export const unchanged =
  "Nothing was changed. An editor that returns at once needs a flag, such as code --wait.";
