import { resolve } from "node:path";
import { foundAt, foundWith, type Found } from "../../client/found.ts";
import { daemonUrl } from "../../client/paths.ts";
import { CordError } from "../../core/error.ts";

/** The daemon that a person means: that at the URL, that with the database, or the usual one. */
export interface Which {
  url: string | undefined;
  database: string | undefined;
}

/** Null: there is none. Throws what answers there when it is not a daemon of this user's, or has another database. */
export async function daemonOf({
  url,
  database,
}: Which): Promise<Exclude<Found, { state: "stranger" }> | null> {
  const holder = database === undefined ? null : await foundWith(resolve(database));
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

/** In words: where none is. */
export function noneOf({ url, database }: Which): string {
  if (database !== undefined && url === undefined) return `No daemon has the database ${resolve(database)}.`;
  return `No daemon runs at ${daemonUrl(url)}.`;
}
