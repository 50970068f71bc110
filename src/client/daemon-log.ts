import { renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { openPrivate } from "../system/private-file.ts";
import { keptFolder } from "./kept-folder.ts";
import { daemonLog } from "./paths.ts";

/** A descriptor of the log for a daemon that is started. One that has grown gives its place to a new one; a single old one is kept. */
export function openDaemonLog(file = daemonLog()): number {
  keptFolder(dirname(file));
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > mostBytes) renameSync(file, `${file}.1`);
  return openPrivate(file, "append");
}

/** Some thousand sentences: a daemon says the same one once a minute at the most. */
const mostBytes = 1024 * 1024;
