import { existsSync } from "node:fs";
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
  if (isCompiled()) return [programNow(process.execPath), name];
  return [process.execPath, "--no-env-file", ownProgram(), name];
}

/** The file of this program: the binary, or the first of its sources. */
export function ownProgram(): string {
  return isCompiled() ? process.execPath : join(import.meta.dir, "../main.ts");
}

/**
 * Where a program that was started from a path is now. Homebrew takes the folder of a version away when it has installed
 * another, also under processes that run: what these start is the other version, as at any path at which an update puts another
 * file.
 */
export function programNow(program: string): string {
  if (existsSync(program)) return program;
  const linked = linkedByHomebrew(program);
  return existsSync(linked) ? linked : program;
}

/** Homebrew keeps each version in a folder of its own, and a link under opt to the one that is installed. */
export function linkedByHomebrew(program: string): string {
  return program.replace(/\/Cellar\/([^/]+)\/[^/]+\//, "/opt/$1/");
}
