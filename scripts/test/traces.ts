import { readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { processesHere } from "./processes.ts";

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
      .filter((path) => theirs.test(basename(path)) && !elsewhere.test(basename(path)));
}

/** Processes with this folder in their environment: of a test that has it as its temporary directory, or a home in it. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  return processesHere().flatMap(({ pid, argv, environ }) =>
    environ.includes(folder) ? [{ pid, command: argv.join(" ") }] : [],
  );
}

function pathsIn(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name));
}

/** None of a folder that is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
