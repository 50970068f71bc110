import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";

/** The real path of a folder; null if there is none. */
export function realFolder(path: string): string | null {
  try {
    // native: on disks that ignore case or Unicode form, only the system knows how a name is written
    const real = realpathSync.native(path);
    return statSync(real).isDirectory() ? real : null;
  } catch {
    return null;
  }
}

/** The text of a plain file up to a size in bytes; null for anything else. Never blocks, as a pipe would. */
export function readSmall(path: string, maxBytes: number): string | null {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const about = fstatSync(file);
    if (!about.isFile() || about.size > maxBytes) return null;
    const bytes = Buffer.alloc(about.size);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, about.size, 0));
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}
