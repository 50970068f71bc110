import { CordError } from "../core/error.ts";
import { announcedOf, isAlive, type Announcement } from "../system/announcement.ts";
import { listenerAt, openFilesOf } from "../system/listener.ts";
import { healthOf, isStartable } from "./daemon.ts";
import type { Health } from "./health.ts";
import { databaseFile, tokenFile } from "./paths.ts";
import { nobodyAt } from "./stranger.ts";
import { Unproven } from "./proof.ts";

/**
 * A daemon that was found. `answers`: it has proved whose it is. `older`: it is of a version that cannot. `shut`: its
 * process is this user's daemon, but it says nothing, or has another token than this user now. `stranger`: what answers
 * there is no daemon of this user's.
 */
export type Found =
  | { state: "answers"; url: string; health: Health; said: Announcement | null }
  | { state: "older"; url: string; health: Health }
  | { state: "shut"; url: string; said: Announcement; problem: CordError }
  | { state: "stranger"; url: string; problem: CordError };

/** What listens at a URL. Null: nothing. `database`: one that it may have, beside the usual. */
export async function foundAt(url: string, database?: string): Promise<Found | null> {
  try {
    const health = await healthOf(url, { withinMs: lookMs });
    return health && { state: "answers", url, health, said: saidBy(health) };
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    if (error instanceof Unproven && error.isOlder) return { state: "older", url, health: error.health };
    const said = announcedAt(url, database);
    if (said !== null && error instanceof Unproven && said.tokenFile !== tokenFile())
      return { state: "stranger", url, problem: error };
    return said ? { state: "shut", url, said, problem: error } : { state: "stranger", url, problem: error };
  }
}

/** The daemon that has a database, wherever it listens. Null: nobody says that it has it. */
export async function foundWith(database: string): Promise<Found | null> {
  const said = announcedOf(database);
  if (said === null || !isAlive(said)) return null;
  const found = await foundAt(said.url, database);
  if (found?.state === "answers" && found.health.pid === said.pid) return found;
  const problem = found?.state === "stranger" ? found.problem : nobodyAt(said.url);
  return found?.state === "shut" ? found : { state: "shut", url: said.url, said, problem };
}

/** A daemon that hangs may be asked for so long; one that is only busy has answered by then. */
const lookMs = 2000;

function saidBy({ database, pid }: Health): Announcement | null {
  const said = announcedOf(database);
  return said !== null && said.pid === pid && isAlive(said) ? said : null;
}

/** The live daemon that said that it listens there, checked against the process that does where the system tells which. */
function announcedAt(url: string, database: string | undefined): Announcement | null {
  if (!isStartable(url)) return null;
  const { hostname, port } = new URL(url);
  const listener = listenerAt(hostname.replace(/^\[(.*)\]$/, "$1"), Number(port) || 80);
  const locked = listener === null ? [] : openFilesOf(listener.pid, lockEnding);
  const databases = [...locked.map((path) => path.slice(0, -lockEnding.length)), database ?? databaseFile()];
  const said = databases.map(announcedOf).find((one) => one !== null && new URL(one.url).port === port);
  if (!said || !isAlive(said)) return null;
  return listener === null || listener.pid === said.pid ? said : null;
}

const lockEnding = ".lock";
