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
  if (isCompiled()) return [ownExecutable(), name];
  return [ownExecutable(), "--no-env-file", ownProgram(), name];
}

/** The file of this program: the binary, or the first of its sources. */
export function ownProgram(): string {
  return isCompiled() ? ownExecutable() : join(import.meta.dir, "../main.ts");
}

/** The file that this process was started from, or what an update has put in its place. */
export function ownExecutable(): string {
  return programNow(process.execPath);
}

/**
 * Where a program that was started from a path is now: what a process starts after an update is the other version.
 * Linux names a file that is gone "… (deleted)", also when another lies at its path by then (proc_pid_exe(5)), and Bun asks
 * for the path of its own program when it is first wanted, which may be after an update. Homebrew takes the folder of a
 * version away when it has installed another, also under processes that run.
 */
export function programNow(program: string): string {
  if (existsSync(program)) return program;
  const path = program.replace(/ \(deleted\)$/, "");
  const linked = linkedByHomebrew(path);
  return !existsSync(path) && existsSync(linked) ? linked : path;
}

/** Homebrew keeps each version in a folder of its own, and a link under opt to the one that is installed. */
export function linkedByHomebrew(program: string): string {
  return program.replace(/\/Cellar\/([^/]+)\/[^/]+\//, "/opt/$1/");
}
