import { CordError } from "../../core/error.ts";
import { announcedOf, isAlive, type Announcement } from "../../system/announcement.ts";
import { processIdentity } from "../../system/process-identity.ts";
import { healthOf } from "./look.ts";
import type { Health } from "./health.ts";
import { nobodyAt } from "./stranger.ts";
import { Unproven } from "../connection/proof.ts";
import { seenAt, silentHolder } from "./seen.ts";

/**
 * A daemon that was found. `answers`: it has proved whose it is. `older`: its version cannot prove that. `shut`: its
 * process is this user's daemon, but it does not answer, or has another token than this user now. `stranger`: what
 * answers is not this user's daemon.
 */
export type Found =
  | { state: "answers"; url: string; health: Health; said: Announcement | null }
  | { state: "older"; url: string; health: Health }
  | { state: "shut"; url: string; said: Announcement; problem: CordError }
  | { state: "stranger"; url: string; problem: CordError };

/** What listens at a URL. Null: nothing. `database`: one that it may have, beside the default. */
export async function foundAt(url: string, database?: string): Promise<Found | null> {
  try {
    const health = await healthOf(url, { timeoutMs: lookMs });
    return health && { state: "answers", url, health, said: saidBy(health) };
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    if (error instanceof Unproven && error.isOlder) return { state: "older", url, health: error.health };
    const said = seenAt(url, database);
    if (said !== null && error instanceof Unproven && error.isElsewheres)
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

/** The daemon that has the lock of a database and says nothing. Null: none. */
export function foundSilent(database: string): Found | null {
  const said = silentHolder(database);
  return said && { state: "shut", url: said.url, said, problem: nobodyAt(said.url) };
}

/** One that is ending has withdrawn what it said of itself, and answers for a moment. So has one whose word was removed. */
export function seemsEnding(found: Found | null): boolean {
  return found?.state === "answers" && found.said === null && isOfHere(found.health);
}

/** How long after that somebody may take it for one that ends. */
export const endingMs = 2000;

/** A daemon of another machine may be called through a port of this one. */
function isOfHere({ pid, database }: Health): boolean {
  return database !== ":memory:" && pid !== null && processIdentity(pid) !== null;
}

/** How long a daemon that hangs is asked; one that is only busy has answered by then. */
const lookMs = 2000;

function saidBy({ database, pid }: Health): Announcement | null {
  const said = announcedOf(database);
  return said !== null && said.pid === pid && isAlive(said) ? said : null;
}
