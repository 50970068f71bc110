import { isJsonObject } from "./json.ts";
import { limits, tabBounds } from "./limits.ts";

/**
 * The files that a tool of a client is about to change, by its arguments: under the names that clients use, and in patches, also where
 * a shell's command applies one. As they stand there, absolute or relative; each once, and no more than tabBounds.files.
 */
export function editedPaths(args: unknown): string[] {
  const paths = new Set<string>();
  if (isJsonObject(args)) collect(args, paths, true);
  return [...paths];
}

function collect(args: Readonly<Record<string, unknown>>, paths: Set<string>, isOuter: boolean): void {
  for (const [key, value] of Object.entries(args)) {
    if (typeof value === "string") {
      if (pathKeys.has(key)) add(value, paths);
      else if (patchKeys.has(key)) for (const path of patched(value)) add(path, paths);
    } else if (Array.isArray(value) && listKeys.has(key)) {
      for (const item of value) {
        if (typeof item === "string") add(item, paths);
        else if (isOuter && isJsonObject(item)) collect(item, paths, false);
        if (paths.size === tabBounds.files) return;
      }
    }
  }
}

function add(path: string, paths: Set<string>): void {
  if (path !== "" && path.length <= limits.pathLength && paths.size < tabBounds.files) paths.add(path);
}

const pathKeys: ReadonlySet<string> = new Set([
  "file",
  "file_path",
  "filePath",
  "absolute_path",
  "notebook",
  "notebook_path",
  "notebookPath",
  "path",
  "target_file",
  "targetFile",
  "TargetFile",
]);

const listKeys: ReadonlySet<string> = new Set(["files", "paths", "edits", "replacements"]);

/** Codex' patch stands in its tool's input, or in a shell's command. */
const patchKeys: ReadonlySet<string> = new Set([
  "command",
  "cmd",
  "input",
  "patch",
  "patchText",
  "patch_text",
]);

/** Of a file that is moved, both names. */
function* patched(text: string): Generator<string> {
  for (const [, path = ""] of text.matchAll(header)) yield path.trim();
}

const header = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm;
