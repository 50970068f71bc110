import { resolve } from "node:path";
import { daemonUrl, databaseFile, isStartable } from "../../client/paths.ts";
import { foundAt, foundSilent, foundWith, type Found } from "../../client/daemon/found.ts";
import { CordError } from "../../core/error.ts";
import { shellWord } from "../../core/shell-word.ts";

/** The daemon that a person means: that at the URL, that with the database, or the default one. */
export interface Which {
  url: string | undefined;
  database: string | undefined;
}

/** Null: there is none. Throws what answers there when it is not a daemon of this user's, or has another database. */
export async function daemonOf({
  url,
  database,
}: Which): Promise<Exclude<Found, { state: "stranger" }> | null> {
  const holder = database === undefined ? null : await holderOf(resolve(database));
  if (database !== undefined && url === undefined) return ownOr(holder);
  const there = ownOr(await foundAt(daemonUrl(url), database));
  if (there === null || database === undefined || holder?.url === there.url) return there;
  throw new CordError(
    "conflict",
    `The daemon at ${there.url} does not have the database ${resolve(database)}. Leave out --db or --url.`,
  );
}

function ownOr(found: Found | null): Exclude<Found, { state: "stranger" }> | null {
  if (found?.state === "stranger") throw found.problem;
  return found;
}

/** In words: where none is, and who has the database that one would have. `action`: what to do with that one. */
export async function noneOf({ url, database }: Which, action: "status" | "stop"): Promise<string> {
  if (database !== undefined && url === undefined) return `No daemon has the database ${resolve(database)}.`;
  const at = daemonUrl(url);
  const none = `No daemon runs at ${at}.`;
  if (!isStartable(at)) return none;
  const own = resolve(databaseFile());
  const holder = await holderOf(own);
  if (holder !== null) return `${none} ${nameOf(holder, own)}: cord daemon ${action} --db ${shellWord(own)}`;
  return action === "status" ? `${none} Any command that needs one starts it.` : none;
}

function nameOf(holder: Found, database: string): string {
  const pid =
    holder.state === "shut" ? holder.said.pid : holder.state === "answers" ? holder.health.pid : null;
  return `A daemon${pid === null ? "" : ` (pid ${pid})`} at ${holder.url} has the database ${database}`;
}

async function holderOf(database: string): Promise<Found | null> {
  return (await foundWith(database)) ?? foundSilent(database);
}
