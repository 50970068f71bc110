import { join } from "node:path";

/**
 * How to start one of cord's own hidden commands as another process: the compiled binary itself, or Bun with
 * the sources. It runs in strangers' directories, so Bun must not read a .env there.
 */
export function selfCommand(name: string): string[] {
  if (import.meta.path.startsWith("/$bunfs/")) return [process.execPath, name];
  return [process.execPath, "--no-env-file", join(import.meta.dir, "../main.ts"), name];
}
