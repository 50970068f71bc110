import { dirname } from "node:path";
import { CordError } from "../../core/error.ts";
import { openPrivate } from "../../system/private-file.ts";
import { rotateLog } from "../../system/rotated-log.ts";
import { keptFolder, unusableFile } from "../kept-folder.ts";
import { daemonLog } from "../paths.ts";

/** A descriptor of the log for a daemon that is started. A log that has grown too large begins anew; see rotateLog. */
export function openDaemonLog(file = daemonLog()): number {
  keptFolder(dirname(file));
  try {
    rotateLog(file);
  } catch {
    // its folder cannot be written, or the path is a folder: the daemon's messages matter more
  }
  try {
    return openPrivate(file, "append");
  } catch (error) {
    throw error instanceof CordError ? error : unusableFile(file, error);
  }
}
