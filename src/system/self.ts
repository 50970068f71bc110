import { join } from "node:path";

/**
 * Whether this is the compiled binary. Its modules lie in a file system of its own, which Bun mounts at /$bunfs/ and on
 * Windows at B:\~BUN\.
 */
export function isCompiled(modulePath: string = import.meta.path): boolean {
  return /^(?:\/\$bunfs\/|[a-z]:[\\/]~BUN[\\/])/i.test(modulePath);
}

/**
 * How to start one of cord's own hidden commands as another process: the compiled binary itself, or Bun with
 * the sources. It runs in strangers' directories, so Bun must not read a .env there.
 */
export function selfCommand(name: string): string[] {
  if (isCompiled()) return [process.execPath, name];
  return [process.execPath, "--no-env-file", ownProgram(), name];
}

/** The file of this program: the binary, or the first of its sources. */
export function ownProgram(): string {
  return isCompiled() ? process.execPath : join(import.meta.dir, "../main.ts");
}
