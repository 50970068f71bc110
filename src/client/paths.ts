import { join, resolve } from "node:path";
import { environment } from "../system/environment.ts";
import { userFolder } from "../system/user-folder.ts";
import { defaultPort, isLoopback, loopback, urlOf } from "../core/address.ts";
import { CordError } from "../core/error.ts";

/** Where cord keeps the user's data. */
export function dataFolder(): string {
  return userFolder("data");
}

export function tokenFile(): string {
  return join(dataFolder(), "token");
}

export function databaseFile(): string {
  const given = environment.CORD_DB;
  return given ? resolve(given) : join(dataFolder(), "cord.db");
}

/** The archive of a database: beside it, and under a name of its own where it is not cord's own folder. */
export function historyFolder(database: string): string {
  const own = join(dataFolder(), "cord.db");
  return database === own ? join(dataFolder(), "history") : `${database}.history`;
}

/** The log of daemons that were started on demand. */
export function daemonLog(): string {
  return join(dataFolder(), "daemon.log");
}

/** Where the output of all runs' agents is kept, a folder a run. */
export function runsFolder(): string {
  return join(dataFolder(), "runs");
}

export function runFolder(runId: string): string {
  return join(runsFolder(), runId);
}

export const defaultUrl = urlOf(loopback, defaultPort);

/**
 * The daemon's address as a URL that ends in a slash. A name and password in it are dropped: a daemon takes none, and
 * messages show the address. Throws `usage` for anything that is not an address.
 */
export function daemonUrl(given?: string): string {
  const url = given ?? (environment.CORD_URL || defaultUrl);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url) || new URL(url).port === "0")
    throw new CordError("usage", `${url} is no address of a daemon. It must look like ${defaultUrl}.`);
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.endsWith("/") ? pathname : `${pathname}/`}`;
}

/** Whether a command that finds no daemon there starts one. */
export function isStartable(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === "http:" && isLoopback(hostname);
}
