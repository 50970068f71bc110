import envPaths from "env-paths";
import { join } from "node:path";

/** Where cord keeps what is the user's: `~/.local/share/cord` on Linux, elsewhere as the system wants it. */
export function dataFolder(): string {
  return envPaths("cord", { suffix: "" }).data;
}

export function tokenFile(): string {
  return join(dataFolder(), "token");
}

export function databaseFile(): string {
  return process.env["CORD_DB"] ?? join(dataFolder(), "cord.db");
}

/** The log of daemons that were started on demand. */
export function daemonLog(): string {
  return join(dataFolder(), "daemon.log");
}

export function runFolder(runId: string): string {
  return join(dataFolder(), "runs", runId);
}

export const defaultUrl = "http://127.0.0.1:7777/";

/** The daemon's address as a URL that ends in a slash. */
export function daemonUrl(given?: string): string {
  const url = given ?? process.env["CORD_URL"] ?? defaultUrl;
  return url.endsWith("/") ? url : `${url}/`;
}
