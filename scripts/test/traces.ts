import { readdirSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** What a test run may not leave on the machine: files in the home or the temporary directory, and processes. */

/** Names that the programs under test, and those that are fetched to test them, are known to use. */
const theirs =
  /^[._]?(?:cord|claude|codex|gemini|opencode|inspector|mcp|bunx?|npm|npx|node-compile-cache|oxlint|oxfmt|typescript)\b/i;

/** Other runs of tests and benches, at the same time. */
const elsewhere = /^cord-(?:test|bench)-/;

/** Remembers what is there now. The function returned gives what such programs have added since. */
export function watchTraces(home = homedir(), temporary = tmpdir()): () => string[] {
  const folders = [
    temporary,
    ...["", ".config", ".cache", ".local/share", ".local/state"].map((name) => join(home, name)),
  ];
  const before = new Set(folders.flatMap(pathsIn));
  return () =>
    folders
      .flatMap(pathsIn)
      .filter((path) => !before.has(path))
      .filter((path) => theirs.test(nameOf(path)) && !elsewhere.test(nameOf(path)));
}

/** Processes with this folder in their environment: of a test that has it as its temporary directory, or a home in it. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  return namesIn("/proc").flatMap((name) => {
    const pid = Number(name);
    const isTheirs = Number.isInteger(pid) && read(`/proc/${pid}/environ`).includes(folder);
    const command = isTheirs ? read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() : "";
    return command === "" ? [] : [{ pid, command }];
  });
}

function pathsIn(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** None of a folder that is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty for a process that is gone, and for another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
