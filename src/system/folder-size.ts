import { lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";

/** How large a folder is: all files in it, at any depth. A link counts as itself, and is not followed. */
export interface FolderSize {
  bytes: number;
  files: number;
  /** false: it was not looked through to its end, and there is more */
  isWhole: boolean;
}

/** `goesOn` is asked at each entry whether there is time for more. What cannot be looked into counts as nothing. */
export function folderSize(folder: string, goesOn: () => boolean = () => true): FolderSize {
  const size: FolderSize = { bytes: 0, files: 0, isWhole: true };
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const name of namesIn(at)) {
      if (!goesOn()) return { ...size, isWhole: false };
      const path = join(at, name);
      const stats = look(path);
      if (stats?.isDirectory() === true) folders.push(path);
      else if (stats !== undefined) {
        size.bytes += stats.size;
        size.files += 1;
      }
    }
  }
  return size;
}

/** One after the other: a folder may hold millions. */
function* namesIn(folder: string): Generator<string> {
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) yield entry.name;
    } finally {
      entries.closeSync();
    }
  } catch {
    // it is gone meanwhile, or no folder, or not this user's
  }
}

function look(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
