/**
 * The files that a patch of Codex' apply_patch adds, changes, moves or deletes, also one within a shell command. At most so many;
 * in linear time. Source: its grammar, "*** Add File: ", "*** Update File: ", "*** Delete File: " and "*** Move to: ".
 */
export function patchPaths(command: string, max: number): string[] {
  const paths = new Set<string>();
  for (const [, path = ""] of command.matchAll(header)) {
    if (paths.size === max) break;
    if (path.trim() !== "") paths.add(path.trim());
  }
  return [...paths];
}

const header = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): ([^\r\n]*)/gm;
