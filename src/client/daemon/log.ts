import { statSync } from "node:fs";
import { dirname } from "node:path";
import { CordError } from "../../core/error.ts";
import { replaceFile } from "../../system/durable-file.ts";
import { openPrivate } from "../../system/private-file.ts";
import { keptFolder, unusableFile } from "../kept-folder.ts";
import { daemonLog } from "../paths.ts";

/**
 * A descriptor of the log for a daemon that is started. A log that has grown too large is replaced by a new one; a
 * single old one is kept.
 */
export function openDaemonLog(file = daemonLog()): number {
  keptFolder(dirname(file));
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) setAside(file);
  try {
    return openPrivate(file, "append");
  } catch (error) {
    throw error instanceof CordError ? error : unusableFile(file, error);
  }
}

/** One that cannot be put aside goes on growing. */
function setAside(file: string): void {
  try {
    replaceFile(file, `${file}.1`);
  } catch {
    // its folder cannot be written, or the path is a folder: the daemon's messages matter more
  }
}

/** Some thousand sentences: a daemon repeats one at most once a minute. */
const maxBytes = 1024 * 1024;
