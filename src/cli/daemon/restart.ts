import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Announcement } from "../../system/announcement.ts";
import { environment } from "../../system/environment.ts";
import { restartService } from "../../client/daemon/service.ts";
import type { Service } from "../../core/about.ts";
import { createClient } from "../../client/client.ts";
import { healthOf } from "../../client/daemon/look.ts";
import { defaults } from "../../core/limits.ts";
import { olderSettings } from "../../client/daemon/older.ts";
import { foundWith } from "../../client/daemon/found.ts";
import { databaseFile, daemonUrl } from "../../client/paths.ts";
import type { Starting } from "../../client/daemon/spawn.ts";
import { howEnded, startSuccessor, type Settings } from "../../client/daemon/successor.ts";
import { daemonToken } from "../../client/token.ts";
import { CordError } from "../../core/error.ts";
import { urlOf } from "../../core/address.ts";
import { prefixesIn } from "../../core/push-target.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { print, printJson, tell } from "../output.ts";
import { addressIn, calledAt, type Address } from "../serve/address.ts";
import { refuseUnusable } from "./vault-folder.ts";
import { daemonOf, type Which } from "./which.ts";

/** What is to be other than it was. A vault of false: none. */
interface Changes {
  vault: string | boolean | undefined;
  addr: Address | undefined;
}

/**
 * Replaces the running daemon by one of this version, with the same address, database, vault and flags unless new
 * ones are given. The new one starts beside the old one and ends it; waiting clients reconnect to it. If none runs
 * one is started, so that following a hint always works.
 */
export async function restart(which: Which, changes: Changes, json: boolean): Promise<void> {
  const found = await daemonOf(await mayMove(which));
  const said = found?.state === "answers" || found?.state === "shut" ? found.said : null;
  if (said?.service) return restartAsService(said, said.service, changes, json);
  const settings = withChanges(await settingsOf(found, which), which, changes);
  if (settings.vault !== null) refuseUnusable(settings.vault);
  const isUntold = found?.state === "shut" && !existsSync(settings.database);
  const starting = startSuccessor(settings, "any");
  const url = calledAt(addressIn(settings.url));
  await untilUp(url, starting);
  const before = found === null ? "Started" : "Restarted";
  const vault = settings.vault === null ? "" : `, vault ${settings.vault}`;
  const { database } = settings;
  if (json)
    await printJson({ replaced: found !== null, pid: starting.pid, url, database, vault: settings.vault });
  else await print(`${before} the daemon: pid ${starting.pid} at ${url}, database ${database}${vault}.`);
  if (isUntold) tellSaved(settings.database);
}

/** What a service is started with stands in a file of its manager's, which has it started before it is up. */
async function restartAsService(
  { pid: before, database }: Announcement,
  service: Service,
  { vault, addr }: Changes,
  json: boolean,
): Promise<void> {
  const named = `The daemon is run by ${service.manager}, as ${plain(service.name)}`;
  if (vault !== undefined || addr !== undefined)
    throw new CordError("usage", `${named}. To change what it is started with: cord daemon install --help`);
  restartService(service);
  const deadline = performance.now() + upWithinMs;
  for (;;) {
    const found = await foundWith(database);
    const said = found?.state === "answers" ? found.said : null;
    if (said?.service?.name === service.name && said.pid !== before) {
      if (json) return printJson({ replaced: true, pid: said.pid, url: said.url, database, service });
      return print(`${named}, which has started it anew: pid ${said.pid}.`);
    }
    if (performance.now() > deadline)
      throw new CordError(
        "failed",
        `${named}, which was told to start it anew, and none has come up within ${upWithinMs / 1000} s. See what it says: cord daemon`,
      );
    await Bun.sleep(pollMs);
  }
}

/** The old one could not say it itself: the database was gone under it, and its caller could not be told. */
function tellSaved(database: string): void {
  const beside = readdirSync(dirname(database), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.startsWith(`${basename(database)}.saved`))
    .map(({ name }) => join(dirname(database), name));
  const [saved] = beside.toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (saved === undefined) return;
  const [from, to] = [shellWord(saved), shellWord(database)];
  tell(
    `cord daemon: the database was gone, and what the old daemon held is saved in ${saved}. To go on with that: mv ${from} ${to}, then restart again.`,
  );
}

/** --db may name the database that the daemon is to have: then it is not how the daemon is found. */
async function mayMove(which: Which): Promise<Which> {
  if (which.database === undefined || which.url !== undefined) return { ...which, database: undefined };
  const holder = await foundWith(resolve(which.database));
  return holder === null ? { url: undefined, database: undefined } : which;
}

async function settingsOf(found: Awaited<ReturnType<typeof daemonOf>>, which: Which): Promise<Settings> {
  const fresh = { vault: null, open: false, exposed: false, ...onDemand };
  switch (found?.state) {
    case undefined:
      return { ...fresh, url: daemonUrl(which.url), database: resolve(databaseFile()) };
    case "answers":
      return createClient({ url: found.url, token: daemonToken() }).call("daemon/describe", {});
    case "shut": {
      const { url, database, vault, pushTo = [], started } = found.said;
      return { ...fresh, url, database, vault, push_to: pushTo, ...(started === "hand" ? byHand : onDemand) };
    }
    case "older": {
      const { database } = found.health;
      return { url: found.url, database, ...olderSettings(found.url) };
    }
  }
}

const byHand = { started: "hand", idle_exit_seconds: null } as const;
const onDemand = { started: "demand", idle_exit_seconds: defaults.idleExitSeconds } as const;

/** A person who gives it a vault wants it drawn: such a daemon stays. */
function withChanges(settings: Settings, { database }: Which, { vault, addr }: Changes): Settings {
  const folder =
    typeof vault === "string" ? vault : vault === false ? null : environment.CORD_VAULT || undefined;
  return {
    ...settings,
    ...(database === undefined ? {} : { database: resolve(database) }),
    ...(addr === undefined ? {} : { url: urlOf(addr.hostname, addr.port) }),
    ...(environment.CORD_PUSH_TO ? { push_to: prefixesIn(environment.CORD_PUSH_TO) } : {}),
    ...(folder === undefined ? {} : { vault: folder === null ? null : resolve(folder) }),
    ...(typeof folder === "string" ? byHand : {}),
  };
}

async function untilUp(url: string, starting: Starting): Promise<void> {
  const deadline = performance.now() + upWithinMs;
  for (;;) {
    const ended = starting.ended() !== null;
    const health = await healthOf(url).catch(() => null);
    if (health?.pid === starting.pid) return;
    if (ended || performance.now() > deadline)
      throw new CordError("failed", `The new daemon for ${url} ${howEnded(starting)}`);
    await Bun.sleep(pollMs);
  }
}

const upWithinMs = 30_000;
const pollMs = 20;
