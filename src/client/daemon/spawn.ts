import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { parse } from "node:path";
import { environment } from "../../system/environment.ts";
import type { Environment } from "../../core/environment.ts";
import { plain } from "../../core/text.ts";
import { daemonEnvironment } from "./environment.ts";
import { openDaemonLog } from "./log.ts";
import { daemonLog } from "../paths.ts";
import { selfCommand } from "../../system/self.ts";

/** A daemon that was started and may not be up yet. */
export interface Starting {
  pid: number;
  /** null: it runs */
  ended(): Ended | null;
  /** The last sentence that a daemon has written to the log since. */
  said(): string;
}

/**
 * `killed`: from outside, before it could say a word. `later`: what stands in its way is about to go, or to come up.
 * `hopeless`: its database has to be fixed by hand, or cord updated.
 */
export type Ended = "killed" | "later" | "refused" | "hopeless";

/** The exit code of a daemon that would be told the same a moment later by nobody. Source: EX_TEMPFAIL of sysexits.h. */
export const laterExit = 75;

/** The exit code of a daemon that will be told the same for as long as its database is as it is. Source: EX_DATAERR of sysexits.h. */
export const hopelessExit = 65;

/** Starts `cord serve` with these flags, detached, writing to the log. `env`: what it keeps of the caller's beside the default. */
export function spawnDaemon(flags: readonly string[], env: Environment = {}): Starting {
  const log = openDaemonLog();
  const { size } = fstatSync(log);
  // oxlint-disable-next-line no-restricted-properties -- the daemon is started
  const child = Bun.spawn([...selfCommand("serve"), ...flags], {
    stdio: ["ignore", log, log],
    // a session of its own; on Windows no console, whose end would end it, and no window either
    detached: true,
    windowsHide: true,
    // the root of the disk, so that no folder is held: on Windows one in which a process stands cannot be removed
    cwd: parse(homedir()).root || "/",
    env: { ...daemonEnvironment(environment), ...env },
  });
  closeSync(log);
  child.unref();
  return {
    pid: child.pid,
    ended: () => {
      if (child.signalCode !== null) return "killed";
      if (child.exitCode === null) return null;
      if (child.exitCode === hopelessExit) return "hopeless";
      return child.exitCode === laterExit ? "later" : "refused";
    },
    said: () => lastSentence(daemonLog(), size),
  };
}

function lastSentence(file: string, since: number): string {
  const lines = textFrom(file, since).split("\n");
  const said = lines.findLast((line) => line.startsWith(prefix));
  return said === undefined ? `Its log is ${file}.` : plain(said.slice(prefix.length));
}

const prefix = "cord serve: ";
const maxBytes = 65_536;

/** What was written since; from the start of a log that was made anew meanwhile. */
function textFrom(file: string, since: number): string {
  try {
    const log = openSync(file, "r");
    try {
      const { size } = fstatSync(log);
      const from = Math.max(size < since ? 0 : since, size - maxBytes);
      const bytes = Buffer.alloc(size - from);
      return bytes.toString("utf8", 0, readSync(log, bytes, 0, bytes.length, from));
    } finally {
      closeSync(log);
    }
  } catch {
    return "";
  }
}
