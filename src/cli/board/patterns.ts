import { resolve } from "node:path";
import { CordError } from "../../core/error.ts";

/** A path or pattern as a person writes it in a folder, with the whole way to it. Throws `usage` for an empty one: a variable that is not set. */
export function pathFrom(folder: string, pattern: string): string {
  if (pattern.trim() === "")
    throw new CordError("usage", 'A path is empty. All that is in the folder is ".".');
  const path = resolve(folder, pattern);
  return /[/\\]$/.test(pattern) && path !== "/" ? `${path}/` : path;
}
