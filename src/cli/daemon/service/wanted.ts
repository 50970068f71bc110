import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { databaseFile, daemonLog, daemonUrl, defaultUrl, isStartable } from "../../../client/paths.ts";
import { hostAndPort } from "../../../core/address.ts";
import type { Environment } from "../../../core/environment.ts";
import { CordError } from "../../../core/error.ts";
import { prefixesIn } from "../../../core/push-target.ts";
import { linkedByHomebrew, selfCommand } from "../../../system/self.ts";
import type { Which } from "../which.ts";

/** What a service is to run. */
export interface WantedService {
  /** absolute, and the words behind it */
  command: string[];
  /** beside what its manager gives it */
  env: Record<string, string>;
  /** where what it says goes, if its manager keeps no log of its own */
  log: string;
  /** where it will listen, as a URL, and its database */
  url: string;
  database: string;
  vault: string | null;
}

/** A service has none of this shell's environment: what of it matters is written down. Throws `usage` for what no file can hold. */
export function wantedService(
  { url: given, database }: Which,
  vault: string | boolean | undefined,
  env: Environment,
): WantedService {
  const url = daemonUrl(given);
  if (!isStartable(url))
    throw new CordError(
      "usage",
      `${url} is not of this machine, where the service would run. Name a port of it: --url ${defaultUrl}`,
    );
  const folder = vault === false ? null : (typeof vault === "string" ? vault : env.CORD_VAULT) || null;
  const wished = database ?? (env.CORD_DB || undefined);
  const wanted: WantedService = {
    command: [
      ...stable(selfCommand("serve")),
      ...(url === defaultUrl ? [] : ["--addr", hostAndPort(url)]),
      ...(wished === undefined ? [] : ["--db", resolve(wished)]),
      ...(folder === null ? [] : ["--vault", resolve(folder)]),
      ...prefixesIn(env.CORD_PUSH_TO ?? "").flatMap((prefix) => ["--push-to", prefix]),
    ],
    env: keptOf(env),
    log: daemonLog(),
    url,
    database: resolve(wished ?? databaseFile()),
    vault: folder === null ? null : resolve(folder),
  };
  for (const word of [...wanted.command, ...Object.values(wanted.env), wanted.log])
    if (/\p{Cc}/u.test(word))
      throw new CordError(
        "usage",
        `${JSON.stringify(word)} holds a control character, which no service file can. Rename it.`,
      );
  return wanted;
}

/** Where its data and its settings are. */
function keptOf(env: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["XDG_DATA_HOME", "XDG_CONFIG_HOME"] as const) {
    const value = env[name];
    if (value) kept[name] = value;
  }
  return kept;
}

/** By a path that stays over an update. */
export function stable([program = "", ...words]: readonly string[]): string[] {
  const linked = linkedByHomebrew(program);
  return [isSameFile(linked, program) ? linked : program, ...words];
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
