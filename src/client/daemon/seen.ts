import { addressOf, defaultPort, loopback } from "../../core/address.ts";
import { announcedOf, besideDatabase, isAlive, type Announcement } from "../../system/announcement.ts";
import { listenerAt } from "../../system/listener.ts";
import { lockHolderOf, openFilesOf } from "../../system/open-files.ts";
import { processIdentity } from "../../system/process-identity.ts";
import { argvOf } from "../../system/process-words.ts";
import { databaseFile, isStartable } from "../paths.ts";

/**
 * What is known of this user's daemons without asking them: from what they wrote beside their databases, and from
 * their processes.
 */

/**
 * The live daemon at a URL. Either it said so itself, and the listening process confirms it where the system shows
 * that; or what it wrote is gone, and its process holds the database's lock. Null: none is known. `database`: one to
 * check besides the default.
 */
export function seenAt(url: string, database = databaseFile()): Announcement | null {
  if (!isStartable(url)) return null;
  const { hostname, port } = addressOf(url);
  const listener = listenerAt(hostname, port);
  const locks = listener === null ? [] : openFilesOf(listener.pid, lockEnding);
  const databases = [...locks.map((path) => path.slice(0, -lockEnding.length)), database];
  const said = databases
    .map(announcedOf)
    .find((one) => one !== null && isAlive(one) && addressOf(one.url).port === port);
  if (said && (listener === null || listener.pid === said.pid)) return said;
  if (listener === null || !locks.includes(besideDatabase(database, "lock"))) return null;
  return seenOf(listener.pid, database, url);
}

/**
 * The daemon that holds a database's lock without having announced its address: it is starting, ending, or was
 * stopped in between. Null: none, or one that has announced it.
 */
export function silentHolder(database: string): Announcement | null {
  const said = announcedOf(database);
  if (said !== null && isAlive(said)) return null;
  const pid = lockHolderOf(besideDatabase(database, "lock"));
  return pid === null ? null : seenOf(pid, database, null);
}

const lockEnding = ".lock";

/** A daemon's process, by the words it was started with. Null: it is no daemon. */
function seenOf(pid: number, database: string, url: string | null): Announcement | null {
  const identity = processIdentity(pid);
  const argv = argvOf(pid);
  if (identity === null || !argv.includes("serve")) return null;
  return {
    ...identity,
    url: url ?? `http://${wordAfter(argv, "--addr") ?? `${loopback}:${defaultPort}`}/`,
    database,
    vault: wordAfter(argv, "--vault"),
    started: argv.includes("--on-demand") ? "demand" : "hand",
    tokenFile: null,
    version: "",
  };
}

/** The word after a flag in what a process was started with. */
export function wordAfter(argv: readonly string[], flag: string): string | null {
  return argv[argv.indexOf(flag) + 1 || argv.length] ?? null;
}
