import envPaths from "env-paths";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { environment } from "../system/environment.ts";
import { defaultPort, isLoopback, loopback, urlOf } from "../core/address.ts";
import { CordError } from "../core/error.ts";

/**
 * Where cord keeps the user's data: `~/.local/share/cord` on Linux, elsewhere where the system wants it. A relative
 * XDG_DATA_HOME is ignored, as the XDG base directory specification says: otherwise each directory would have data of
 * its own.
 */
export function dataFolder(): string {
  const { data } = envPaths("cord", { suffix: "" });
  const home = homedir();
  if (isAbsolute(data)) return data;
  if (isAbsolute(home)) return join(home, ".local", "share", "cord");
  throw new CordError(
    "usage",
    `HOME is ${home === "" ? "empty" : `${home}, which is no absolute path`}, so cord does not know where to keep its files. Set HOME, or XDG_DATA_HOME, to a folder that you can write.`,
  );
}

export function tokenFile(): string {
  return join(dataFolder(), "token");
}

export function databaseFile(): string {
  const given = environment.CORD_DB;
  return given ? resolve(given) : join(dataFolder(), "cord.db");
}

/** The log of daemons that were started on demand. */
export function daemonLog(): string {
  return join(dataFolder(), "daemon.log");
}

export function runFolder(runId: string): string {
  return join(dataFolder(), "runs", runId);
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
