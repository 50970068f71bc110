import { resolve } from "node:path";

/** A path or pattern as a person writes it in a folder, with the whole way to it. */
export function pathFrom(folder: string, pattern: string): string {
  const path = resolve(folder, pattern);
  return /[/\\]$/.test(pattern) && path !== "/" ? `${path}/` : path;
}
